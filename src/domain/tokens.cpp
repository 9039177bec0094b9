// SPDX-License-Identifier: Apache-2.0
#include "domain/tokens.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "domain/names.hpp"
#include "jose/errors.hpp"

namespace keyhold::domain {

namespace {

// Another node may have issued it a moment ago, by a clock that is ahead of ours. `exp` is not extended by this.
constexpr std::chrono::seconds other_nodes_ahead{60};

constexpr std::string_view own_type = "at+jwt";     // RFC 9068 §2.1
constexpr std::string_view own_client = "keyhold";  // RFC 9068 §2.2 wants one; a log-in with a password names none

}  // namespace

Tokens::Tokens(SigningKeys& keys, Liveness& liveness, const Clock& clock, Random& random, TokenRules rules, Warn warn,
               const Hooks& hooks)
    : keys_(keys),
      liveness_(liveness),
      clock_(clock),
      random_(random),
      rules_(std::move(rules)),
      warn_(std::move(warn)),
      hooks_(hooks) {
    if (rules_.audience.empty()) rules_.audience = rules_.issuer;
    under_secret_ = expectations_under_secret(rules_.secret_issuer);
    under_secret_.issuer_ahead = expectations_.issuer_ahead = other_nodes_ahead;
    expectations_.issuer = rules_.issuer;
    expectations_.audience = rules_.audience;
    expectations_.type = own_type;
    if (rules_.typ != own_type) expectations_.other_type = rules_.typ;
    expectations_.under_secret = &under_secret_;
}

Result<IssuedToken> Tokens::issue(const TokenSubject& subject) {
    const std::string id = to_text(subject.account.id);
    Claims added;
    if (auto asked = hooks_.ask(TokenIssuing{id, subject.account.username, subject.session_id, added}); !asked)
        return std::move(asked).error();
    liveness_.follow();  // never under a key that was dropped a moment ago
    const Time now = clock_.now();
    const Time expires = std::min(now + rules_.lifetime, subject.session_ends_at);
    const jose::Key& key = keys_.signing(now);
    const bool is_secret = key.is_symmetric();
    const std::string& issuer = is_secret ? rules_.secret_issuer : rules_.issuer;
    std::string claims;
    json::Writer writer(claims);
    writer.begin_object();
    writer.member("sub", is_secret ? subject.account.username : id);
    if (is_secret) writer.member("uid", id);
    writer.member("sid", subject.session_id);
    if (!issuer.empty()) writer.member("iss", issuer);
    if (!is_secret && !rules_.audience.empty()) writer.member("aud", rules_.audience);
    if (!is_secret) writer.member("client_id", own_client);
    writer.member("iat", std::int64_t{now.time_since_epoch().count()});
    writer.member("exp", std::int64_t{expires.time_since_epoch().count()});
    writer.member("jti", make_id(now, random_));
    for (const auto& [name, value] : added.all()) {
        writer.name(name);
        writer.raw(value);
    }
    writer.end_object();
    return IssuedToken{jose::issue(claims, key, is_secret ? "JWT" : std::string_view(rules_.typ)), expires - now};
}

Result<jose::VerifiedToken> Tokens::verify(std::string_view token) {
    liveness_.follow();  // a key that was dropped is gone before it is looked for
    const Time now = clock_.now();
    auto verified = jose::verify(token, keys_.verifying(now), expectations_, now);
    if (verified && verified->subject().empty()) return errors::token_claims;
    return verified;
}

Result<Bearer> Tokens::authenticate(std::string_view token) {
    const auto verified = verify(token);
    if (!verified) return verified.error();
    return find_bearer(*verified);
}

// No follow(), which may ask the database: a key that was dropped a moment ago still gives a place in a queue.
std::optional<Id> Tokens::recall_account(std::string_view token) {
    const Time now = clock_.now();
    const auto verified = jose::verify(token, keys_.verifying(now), expectations_, now);
    if (!verified) return std::nullopt;
    const auto sid = verified->claims().find("sid");
    const auto session = sid && sid->is_string() ? parse_id(*sid->string()) : std::nullopt;
    const auto account = session ? liveness_.recall_session(*session) : LiveAccount();
    return account ? std::optional(account->id) : std::nullopt;
}

std::optional<Tokens::LiveClaims> Tokens::live_claims(std::string_view token) {
    const auto verified = verify(token);
    if (!verified) return std::nullopt;
    auto bearer = find_bearer(*verified);
    if (!bearer) return std::nullopt;
    LiveClaims found{bearer->account->username, {}};
    for (auto claim = verified->claims().first(); claim; claim = claim->next()) {
        found.claims.emplace_back(claim->name(), "");
        json::append_value(found.claims.back().second, *claim);
    }
    return found;
}

// A claim that decides is never passed over because it is of another type.
Result<Bearer> Tokens::find_bearer(const jose::VerifiedToken& token) {
    if (const auto sid = token.claims().find("sid")) return find_by_session(token, *sid);
    if (token.key().is_symmetric()) {
        if (auto checked = check_old_token(token.claims(), rules_.old, clock_.now()); !checked) {
            warn_once(checked.error().detail());
            return checked.error().errc();
        }
        if (const auto uid = token.claims().find("uid"); uid && !uid->is_string()) return errors::token_claims;
    }
    auto account = find_account(token);
    if (!account || is_over(token, *account)) return errors::token_not_live;
    return Bearer{std::move(account), {}};
}

// Whom a token stands for that belongs to no session.
LiveAccount Tokens::find_account(const jose::VerifiedToken& token) {
    const auto uid = token.string_claim("uid");
    if (uid || !token.key().is_symmetric()) {
        const auto id = parse_id(uid.value_or(token.subject()));
        return id ? liveness_.find_account(*id) : LiveAccount();
    }
    const auto name = parse_name(token.subject());
    if (!name) return {};
    auto account = liveness_.find_by_name_key(name->key);
    // The application that issued it told "Bob" from "bob": it stands for whoever is spelled that way.
    if (account && account->username != name->shown) return {};
    return account;
}

// Whether it was issued before its account's tokens were last ended, or before a restore of the database.
bool Tokens::is_over(const jose::VerifiedToken& token, const store::Subject& account) const {
    Time first = account.tokens_valid_from;
    if (const auto restored = liveness_.restored_at()) first = std::max(first, *restored + std::chrono::seconds(1));
    const auto lifetime = token.key().is_symmetric() ? rules_.old.lifetime : rules_.lifetime;
    return !is_issued_from(token.claims(), lifetime, first, clock_.now());
}

void Tokens::warn_once(std::string_view sentence) {
    constexpr std::size_t most = 32;  // claims have any names
    {
        const std::lock_guard lock(warned_mutex_);
        if (warned_.size() == most || !warned_.emplace(sentence).second) return;
    }
    warn_("a token under the secret was refused. " + std::string(sentence));
}

Result<Bearer> Tokens::find_by_session(const jose::VerifiedToken& token, const json::Value& sid) {
    if (!sid.is_string()) return errors::token_claims;
    const auto id = parse_id(*sid.string());
    auto account = id ? liveness_.find_session(*id) : LiveAccount();
    if (!account) return errors::token_not_live;
    const bool is_its_own =
        token.key().is_symmetric() ? token.subject() == account->username : parse_id(token.subject()) == account->id;
    if (!is_its_own) return errors::token_claims;
    return Bearer{std::move(account), id};
}

}  // namespace keyhold::domain
