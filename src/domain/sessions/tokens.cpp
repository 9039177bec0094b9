// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/tokens.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "domain/accounts/levels.hpp"
#include "domain/accounts/names.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/accounts/scopes_of_people.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/sessions/live_claims.hpp"
#include "domain/sessions/status_lists.hpp"
#include "jose/errors.hpp"
#include "store/access/session_store.hpp"

namespace keyhold::domain {

namespace {

// Another node may have issued it a moment ago, by a clock that is ahead of ours. `exp` is not extended by this.
constexpr std::chrono::seconds other_nodes_ahead{60};

constexpr std::string_view own_type = "at+jwt";  // RFC 9068 §2.1
// The token has the scopes that were asked for and no others, whatever its account is granted later. Roles stand for
// all that they grant, so such a token names none.
constexpr std::string_view limited_claim = "scope_limited";
constexpr std::string_view own_client = "keyhold";  // RFC 9068 §2.2 wants one; a log-in with a password names none

// What is left of the rights where these scopes alone were asked for.
Rights limited(const Rights* rights, const std::optional<std::vector<std::string>>& scopes) {
    if (rights == nullptr) return {};
    if (!scopes) return *rights;
    return domain::limited(*rights, *scopes);
}

// What an OAuth client has of the scopes that it was given: those that are about the person and their account (OpenID
// Connect Core §5.4), and of the others what the account may do itself.
std::vector<std::string> for_client(const Rights* rights, const std::vector<std::string>& scopes) {
    std::vector<std::string> left;
    for (const std::string& scope : scopes) {
        if (is_about_the_person(scope) || (rights != nullptr && rights->has_scope(scope))) left.push_back(scope);
    }
    return left;
}

bool is_live_claim(std::string_view name) {
    return std::ranges::find(live_claims_of_ours, name, &LiveClaim::name) != live_claims_of_ours.end();
}

// Empty for tokens of a log-in.
std::string_view client_of(const jose::VerifiedToken& token) {
    const std::string_view client = token.string_claim("client_id").value_or("");
    return client == own_client ? std::string_view() : client;
}

// A claim that decides is never passed over because it is of another type.
bool is_limited(const jose::VerifiedToken& token) { return token.claims().find(limited_claim).has_value(); }

bool opens_account(const jose::VerifiedToken& token) {
    const auto client = token.claims().find("client_id");
    if (!client || (client->is_string() && *client->string() == own_client)) return true;
    return store::has_word(token.string_claim("scope").value_or(""), account_scope);
}

}  // namespace

Tokens::Tokens(SigningKeys& keys, Liveness& liveness, const Clock& clock, Random& random, TokenRules rules, Warn warn,
               const Hooks& hooks, AdoptedClaims* adopted)
    : keys_(keys),
      liveness_(liveness),
      clock_(clock),
      random_(random),
      rules_(std::move(rules)),
      warn_(std::move(warn)),
      hooks_(hooks),
      adopted_(adopted) {
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
    // Before the time is read: a hook may take long, and the token's life begins when it is made.
    if (auto asked = hooks_.ask(TokenIssuing{id, subject.account.username, subject.session_id, added}); !asked)
        return std::move(asked).error();
    liveness_.follow();  // never under a key that was dropped a moment ago
    const Time now = clock_.now();
    const Time expires = std::min(now + rules_.lifetime, subject.session_ends_at);
    const jose::Key& key = keys_.signing(now);
    const bool is_secret = key.is_symmetric();
    const std::string& issuer = is_secret ? rules_.secret_issuer : rules_.issuer;
    std::optional<AdoptedClaims::Facts> theirs;
    if (is_secret && adopted_ != nullptr && !(theirs = adopted_->of(subject.account)))
        return errors::invalid_credentials;  // the user has gone meanwhile
    std::string claims;
    const auto rights = liveness_.rights_of(subject.account);
    LiveFacts facts{subject.account, subject.client_id};
    if (!subject.client_id.empty())
        facts.scope = text_of(for_client(rights.get(), subject.scopes.value_or(std::vector<std::string>())));
    else
        facts.scope = text_of(limited(rights.get(), subject.scopes).scopes);
    // A token that is limited to scopes names no roles, as a resource server would take a role for all that it grants.
    if (rights && !subject.scopes) facts.roles = &rights->roles;
    json::Writer writer(claims);
    writer.begin_object();
    // Under the secret `sub` is what the application that shares it looks users up by; under keys of our own an id
    // that never changes.
    writer.member("sub", theirs ? theirs->subject : is_secret ? subject.account.username : id);
    if (is_secret) writer.member("uid", id);
    writer.member("sid", subject.session_id);
    if (!issuer.empty()) writer.member("iss", issuer);
    // The tutorial's tokens have no `aud`, and libraries refuse one that they were not told to expect.
    if (!is_secret && !rules_.audience.empty()) writer.member("aud", rules_.audience);
    if (!subject.client_id.empty())
        writer.member("client_id", subject.client_id);
    else if (!is_secret)
        writer.member("client_id", own_client);
    if (!is_secret && rules_.names_user && subject.client_id.empty())
        // Not for OAuth clients: they get names by the scope `profile`, from /oauth/userinfo or an ID token.
        writer.member("preferred_username", subject.account.username);
    for (const LiveClaim& claim : live_claims_of_ours)
        if (const std::string value = claim.value(facts); !value.empty()) {
            writer.name(claim.name);
            writer.raw(value);
        }
    if (subject.scopes) writer.member(limited_claim, true);
    if (!is_secret && subject.status_index && !rules_.status_lists.empty()) {
        writer.name("status");
        writer.raw(status_claim(*subject.status_index, rules_.status_lists));
    }
    writer.member("iat", std::int64_t{now.time_since_epoch().count()});
    writer.member("exp", std::int64_t{expires.time_since_epoch().count()});
    writer.member("jti", make_id(now, random_));
    // What hooks added comes before what the adopted application's table says: a hook is the operator's own code.
    for (const auto& [name, value] : added.all()) {
        writer.name(name);
        writer.raw(value);
    }
    for (const auto& [name, value] : theirs ? theirs->claims : AdoptedClaims::Values()) {
        if (std::ranges::find(added.all(), name, &AdoptedClaims::Values::value_type::first) != added.all().end())
            continue;
        writer.name(name);
        writer.raw(value);
    }
    writer.end_object();
    return IssuedToken{jose::issue(claims, key, is_secret ? "JWT" : std::string_view(rules_.typ)), expires - now,
                       facts.scope.empty() ? std::nullopt : std::optional(std::move(facts.scope))};
}

std::string Tokens::granted(const store::Subject& account, const std::vector<std::string>& asked) {
    liveness_.follow();
    return text_of(limited(liveness_.rights_of(account).get(), asked).scopes);
}

std::string Tokens::granted_to_client(const store::Subject& account, const std::vector<std::string>& asked) {
    liveness_.follow();
    return text_of(for_client(liveness_.rights_of(account).get(), asked));
}

Result<IssuedToken> Tokens::issue_for_client(std::string_view client_id, std::string_view scope) {
    liveness_.follow();
    const Time now = clock_.now();
    const jose::Key& key = keys_.signing(now);
    // Under the secret `sub` is a username, and a client's id may be somebody's name.
    if (key.is_symmetric())
        return Error(errors::unauthorized_client, "Programs get tokens where keys of our own sign, not a SECRET_KEY");
    std::string claims;
    json::Writer writer(claims);
    writer.begin_object();
    writer.member("sub", client_id);  // RFC 9068 §2.2
    if (!rules_.issuer.empty()) writer.member("iss", rules_.issuer);
    if (!rules_.audience.empty()) writer.member("aud", rules_.audience);
    writer.member("client_id", client_id);
    if (!scope.empty()) writer.member("scope", scope);
    writer.member("iat", std::int64_t{now.time_since_epoch().count()});
    writer.member("exp", std::int64_t{(now + rules_.lifetime).time_since_epoch().count()});
    writer.member("jti", make_id(now, random_));
    writer.end_object();
    return IssuedToken{jose::issue(claims, key, rules_.typ), rules_.lifetime,
                       scope.empty() ? std::nullopt : std::optional(std::string(scope))};
}

std::string_view Tokens::audience() {
    return keys_.signing(clock_.now()).is_symmetric() ? std::string_view() : std::string_view(rules_.audience);
}

Result<jose::VerifiedToken> Tokens::verify(std::string_view token) {
    liveness_.follow();  // a key that was dropped is gone before it is looked for
    const Time now = clock_.now();
    auto verified = jose::verify(token, keys_.verifying(now), expectations_, now);
    // A token without `sub` stands for nobody (RFC 9068 §2.2).
    if (verified && verified->subject().empty()) return errors::token_claims;
    return verified;
}

Result<Bearer> Tokens::authenticate(std::string_view token) {
    const auto verified = verify(token);
    if (!verified) return verified.error();
    return find_bearer(*verified);
}

Result<ClientBearer> Tokens::authenticate_client(std::string_view token) {
    const auto verified = verify(token);
    if (!verified) return verified.error();
    auto bearer = find_bearer(*verified);
    if (!bearer) return std::move(bearer).error();
    const std::string_view client = bearer->session ? client_of(*verified) : std::string_view();
    std::string scope(client.empty() ? std::string_view() : verified->string_claim("scope").value_or(""));
    return ClientBearer{std::move(bearer->account), std::string(client), std::move(scope)};
}

// No follow(), which may ask the database: a key that was dropped a moment ago still gives a place in a queue.
std::optional<Id> Tokens::recall_account(std::string_view token) {
    const auto known = recall(token);
    return known.account ? std::optional(known.account->id) : std::nullopt;
}

Tokens::Recalled Tokens::recall(std::string_view token) {
    const Time now = clock_.now();
    const auto verified = jose::verify(token, keys_.verifying(now), expectations_, now);
    const auto sid = verified ? verified->claims().find("sid") : std::nullopt;
    const auto session = sid && sid->is_string() ? parse_id(*sid->string()) : std::nullopt;
    return session ? Recalled{*session, liveness_.recall_session(*session)} : Recalled();
}

std::optional<Tokens::LiveClaims> Tokens::live_claims(std::string_view token) {
    const auto verified = verify(token);
    if (!verified) return std::nullopt;
    auto bearer = find_bearer(*verified);
    if (!bearer) return std::nullopt;
    LiveClaims found{bearer->account->username, {}};
    // An application's own tokens say what they say.
    const bool is_ours = bearer->session.has_value(), is_limited = domain::is_limited(*verified);
    for (auto claim = verified->claims().first(); claim; claim = claim->next()) {
        const auto name = claim->name();
        if (is_ours && (is_live_claim(name) || name == limited_claim)) continue;
        found.claims.emplace_back(claim->name(), "");
        json::append_value(found.claims.back().second, *claim);
    }
    // Rights as they are now and not as they were when the token was issued, as for our own routes.
    if (!is_ours) return found;
    LiveFacts facts{*bearer->account, client_of(*verified)};
    if (!facts.client_id.empty()) {
        const auto given = parse_scopes(verified->string_claim("scope").value_or(""));
        // As the account's roles are now: what was revoked since is not said.
        facts.scope = text_of(given ? for_client(bearer->rights.get(), *given) : std::vector<std::string>());
    } else if (bearer->rights) {
        facts.scope = text_of(bearer->rights->scopes);
        if (!is_limited) facts.roles = &bearer->rights->roles;
    }
    for (const LiveClaim& claim : live_claims_of_ours)
        if (std::string value = claim.value(facts); !value.empty())
            found.claims.emplace_back(claim.name, std::move(value));
    return found;
}

std::string Tokens::LiveClaims::client_id() const {
    for (const auto& [name, json] : claims)
        if (name == "client_id" && json.size() >= 2) return json.substr(1, json.size() - 2);  // an id needs no escapes
    return {};
}

std::optional<Tokens::LiveClaims> Tokens::claims_of_client(std::string_view token) {
    const auto verified = verify(token);
    // A token with a session is a person's.
    if (!verified || verified->key().is_symmetric() || verified->claims().find("sid")) return std::nullopt;
    if (verified->string_claim("client_id") != verified->subject()) return std::nullopt;
    LiveClaims found{"", {}};
    for (auto claim = verified->claims().first(); claim; claim = claim->next()) {
        found.claims.emplace_back(claim->name(), "");
        json::append_value(found.claims.back().second, *claim);
    }
    return found;
}

// A claim that decides is never passed over because it is of another type.
Result<Bearer> Tokens::find_bearer(const jose::VerifiedToken& token) {
    // A token that names a session stands and falls with it; nothing else that it says makes up for that.
    if (const auto sid = token.claims().find("sid")) return find_by_session(token, *sid);
    if (token.key().is_symmetric()) {
        // The secret signs whatever the application signs with it, refresh tokens and links in mails too.
        if (auto checked = check_old_token(token.claims(), rules_.old, clock_.now()); !checked) {
            warn_once(checked.error().detail());
            return checked.error().errc();
        }
        if (const auto uid = token.claims().find("uid"); uid && !uid->is_string()) return errors::token_claims;
        note_clock_of_application(token);
    }
    // A program's own, whose `sub` is no account's even if it is called as one is.
    if (!token.key().is_symmetric() && token.string_claim("client_id") == token.subject())
        return errors::token_not_live;
    auto account = find_account(token);
    if (!account || is_over(token, *account)) return errors::token_not_live;
    auto rights = rights_of(token, *account);
    return Bearer{std::move(account), {}, std::move(rights), true, is_limited(token)};
}

// As the account's roles are now, not as they were when the token was made: what was revoked is gone at once, and what
// was granted is there, unless the token was limited to other scopes.
std::shared_ptr<const Rights> Tokens::rights_of(const jose::VerifiedToken& token, const store::Subject& account) {
    auto rights = liveness_.rights_of(account);
    if (!rights || !is_limited(token)) return rights;
    const auto scopes = parse_scopes(token.string_claim("scope").value_or(""));
    // What was asked for at the log-in and is still granted.
    return std::make_shared<const Rights>(scopes ? limited(rights.get(), *scopes) : Rights());
}

// Whom a token stands for that belongs to no session.
LiveAccount Tokens::find_account(const jose::VerifiedToken& token) {
    const auto uid = token.string_claim("uid");
    // Under keys of our own `sub` is an id. Only a token of the application, which knows no ids of ours, is looked up
    // by name.
    if (uid || !token.key().is_symmetric()) {
        const auto id = parse_id(uid.value_or(token.subject()));
        return id ? liveness_.find_account(*id) : LiveAccount();
    }
    if (rules_.old.sub == TokenSub::email) return liveness_.find_by_email(token.subject());
    if (rules_.old.sub == TokenSub::id) return liveness_.find_by_adopted_id(token.subject());
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
    // A restore takes away what happened in its own second too.
    if (const auto restored = liveness_.restored_at()) first = std::max(first, *restored + std::chrono::seconds(1));
    const auto lifetime = token.key().is_symmetric() ? rules_.old.lifetime : rules_.lifetime;
    // What an application with a clock ahead of ours issued before a log-out says that it is from after it.
    if (token.key().is_symmetric()) first += std::chrono::seconds(application_ahead_.load());
    return !is_issued_from(token.claims(), lifetime, first, clock_.now());
}

void Tokens::note_clock_of_application(const jose::VerifiedToken& token) {
    const std::int64_t ahead = clock_ahead(token.claims(), clock_.now()).count();
    std::int64_t known = application_ahead_.load();
    while (ahead > known && !application_ahead_.compare_exchange_weak(known, ahead)) {
    }
    if (ahead > known && known == 0)
        warn_("The clock of the application that shares SECRET_KEY is " + std::to_string(ahead) +
              " s ahead of this one. Until both are set (NTP), the tokens that it issues in the first seconds after a "
              "log-out or a new password are refused here");
}

void Tokens::warn_once(std::string_view sentence) {
    constexpr std::size_t most = 32;  // claims have any names
    {
        const std::lock_guard lock(warned_mutex_);
        if (warned_.size() == most || !warned_.emplace(sentence).second) return;
    }
    // Outside of the lock: the log may be slow.
    warn_("a token under the secret was refused. " + std::string(sentence));
}

Result<Bearer> Tokens::find_by_session(const jose::VerifiedToken& token, const json::Value& sid) {
    if (!sid.is_string()) return errors::token_claims;
    const auto id = parse_id(*sid.string());
    auto account = id ? liveness_.find_session(*id) : LiveAccount();
    if (!account) return errors::token_not_live;
    // Under the secret `uid` says it too, where `sub` is what an adopted application calls its users by.
    const bool is_called = token.key().is_symmetric() && rules_.old.sub == TokenSub::username;
    const auto said = token.key().is_symmetric() ? token.string_claim("uid").value_or("") : token.subject();
    // A token whose session and subject disagree was not made by us, whatever its signature.
    if (!(is_called ? token.subject() == account->username : parse_id(said) == account->id))
        return errors::token_claims;
    auto rights = rights_of(token, *account);
    return Bearer{std::move(account),       id, std::move(rights), opens_account(token), is_limited(token),
                  !client_of(token).empty()};
}

}  // namespace keyhold::domain
