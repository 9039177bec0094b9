#include "domain/tokens.hpp"

#include "base/id.hpp"
#include "base/json.hpp"
#include "domain/names.hpp"

namespace keyhold::domain {

Tokens::Tokens(const jose::KeySet& keys, Liveness& liveness, const Clock& clock, Random& random, TokenRules rules)
    : keys_(keys), liveness_(liveness), clock_(clock), random_(random), rules_(std::move(rules)), expectations_{} {
    expectations_.issuer = rules_.issuer;
}

IssuedToken Tokens::issue(const store::Account& account) {
    const Time now = clock_.now();
    const bool by_name = rules_.subject == Subject::username;
    std::string claims;
    json::Writer writer(claims);
    writer.begin_object();
    writer.member("sub", by_name ? account.username : account.id);
    if (by_name) writer.member("uid", account.id);
    if (!rules_.issuer.empty()) writer.member("iss", rules_.issuer);
    writer.member("iat", std::int64_t{now.time_since_epoch().count()});
    writer.member("exp", std::int64_t{(now + rules_.lifetime).time_since_epoch().count()});
    writer.member("jti", make_id(now, random_));
    writer.end_object();
    // RFC 9068 §2.1 names the type of access tokens; the tutorial's are plain JWTs.
    return {jose::issue(claims, keys_.signing(), by_name ? "JWT" : "at+jwt"), rules_.lifetime};
}

Result<std::shared_ptr<const LiveAccount>> Tokens::authenticate(std::string_view token) {
    const auto verified = jose::verify(token, keys_, expectations_, clock_.now());
    if (!verified) return verified.error();
    if (verified->subject().empty()) return Errc::token_claims;
    auto account = find_account(*verified);
    if (!account) return std::move(account).error();
    if (!*account) return Errc::token_not_live;
    return *std::move(account);
}

Result<std::shared_ptr<const LiveAccount>> Tokens::find_account(const jose::VerifiedToken& token) {
    if (rules_.subject == Subject::id) return liveness_.find_by_id(token.subject());
    if (const auto uid = token.claims().find("uid")) {
        // A claim that decides is never passed over because it is of another type.
        if (!uid->is_string()) return Errc::token_claims;
        return liveness_.find_by_id(*uid->string());
    }
    const auto name = parse_name(token.subject());
    if (!name) return Errc::token_not_live;
    auto account = liveness_.find_by_name_key(name->key);
    // The application that issued it told "Bob" from "bob": it stands for whoever is spelled that way.
    if (account && account->username != name->shown) return Errc::token_not_live;
    return account;
}

}  // namespace keyhold::domain
