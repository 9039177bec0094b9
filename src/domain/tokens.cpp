#include "domain/tokens.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "domain/names.hpp"

namespace keyhold::domain {

namespace {

Result<Bearer> bearer(std::optional<LiveAccount> account, std::optional<Id> session = {}) {
    if (!account) return Errc::token_not_live;
    return Bearer{*std::move(account), session};
}

}  // namespace

Tokens::Tokens(const jose::KeySet& keys, Liveness& liveness, const Clock& clock, Random& random, TokenRules rules)
    : keys_(keys), liveness_(liveness), clock_(clock), random_(random), rules_(std::move(rules)), expectations_{} {
    expectations_.issuer = rules_.issuer;
}

IssuedToken Tokens::issue(const TokenSubject& subject) {
    const Time now = clock_.now();
    const Time expires = std::min(now + rules_.lifetime, subject.session_ends_at);
    const bool by_name = rules_.subject == Subject::username;
    std::string claims;
    json::Writer writer(claims);
    writer.begin_object();
    writer.member("sub", by_name ? subject.username : subject.account_id);
    if (by_name) writer.member("uid", subject.account_id);
    writer.member("sid", subject.session_id);
    if (!rules_.issuer.empty()) writer.member("iss", rules_.issuer);
    writer.member("iat", std::int64_t{now.time_since_epoch().count()});
    writer.member("exp", std::int64_t{expires.time_since_epoch().count()});
    writer.member("jti", make_id(now, random_));
    writer.end_object();
    // RFC 9068 §2.1 names the type of access tokens; the tutorial's are plain JWTs.
    return {jose::issue(claims, keys_.signing(), by_name ? "JWT" : "at+jwt"), expires - now};
}

Result<jose::VerifiedToken> Tokens::verify(std::string_view token) {
    auto verified = jose::verify(token, keys_, expectations_, clock_.now());
    if (verified && verified->subject().empty()) return Errc::token_claims;
    return verified;
}

Result<Bearer> Tokens::authenticate(std::string_view token) {
    const auto verified = verify(token);
    if (!verified) return verified.error();
    return find_bearer(*verified);
}

std::optional<Tokens::LiveClaims> Tokens::live_claims(std::string_view token) {
    const auto verified = verify(token);
    if (!verified) return std::nullopt;
    auto bearer = find_bearer(*verified);
    if (!bearer) return std::nullopt;
    LiveClaims found{std::move(bearer->account.username), {}};
    for (auto claim = verified->claims().first(); claim; claim = claim->next()) {
        found.claims.emplace_back(claim->name(), "");
        json::append_value(found.claims.back().second, *claim);
    }
    return found;
}

// A claim that decides is never passed over because it is of another type.
Result<Bearer> Tokens::find_bearer(const jose::VerifiedToken& token) {
    if (const auto sid = token.claims().find("sid")) return find_by_session(token, *sid);
    if (rules_.subject == Subject::id) {
        const auto id = parse_id(token.subject());
        return bearer(id ? liveness_.find_account(*id) : std::nullopt);
    }
    if (const auto uid = token.claims().find("uid")) {
        if (!uid->is_string()) return Errc::token_claims;
        const auto id = parse_id(*uid->string());
        return bearer(id ? liveness_.find_account(*id) : std::nullopt);
    }
    const auto name = parse_name(token.subject());
    if (!name) return Errc::token_not_live;
    auto account = liveness_.find_by_name_key(name->key);
    // The application that issued it told "Bob" from "bob": it stands for whoever is spelled that way.
    if (account && account->username != name->shown) return Errc::token_not_live;
    return bearer(std::move(account));
}

Result<Bearer> Tokens::find_by_session(const jose::VerifiedToken& token, const json::Value& sid) {
    if (!sid.is_string()) return Errc::token_claims;
    const auto id = parse_id(*sid.string());
    auto account = id ? liveness_.find_session(*id) : std::nullopt;
    if (!account) return Errc::token_not_live;
    const bool is_its_own = rules_.subject == Subject::username ? token.subject() == account->username
                                                                : parse_id(token.subject()) == account->id;
    if (!is_its_own) return Errc::token_claims;
    return bearer(std::move(account), id);
}

}  // namespace keyhold::domain
