// SPDX-License-Identifier: Apache-2.0
// Access tokens: made after a log-in, read at every protected route.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "domain/adoption/adopted_claims.hpp"
#include "domain/adoption/old_tokens.hpp"
#include "domain/keys/signing_keys.hpp"
#include "domain/sessions/liveness.hpp"
#include "jose/jwt.hpp"
#include "keyhold/hooks.hpp"

namespace keyhold::domain {

struct IssuedToken {
    // A JSON Web Token in compact form (RFC 7515 §7.1).
    std::string access_token;
    // From when it was issued; less than TokenRules::lifetime where the session ends before.
    std::chrono::seconds expires_in;
    std::optional<std::string> scope;  // what it grants; without a word there is none (RFC 6749 §3.3)
};

// Whom a token is made for.
struct TokenSubject {
    const store::Subject& account;
    std::string_view session_id;
    Time session_ends_at;                      // if it is not refreshed: no token outlives its session
    std::optional<std::int64_t> status_index;  // the session's; status_lists.hpp
    // The scopes that were asked for, which the token is limited to; empty: all that the account has.
    std::optional<std::vector<std::string>> scopes = {};
    // The OAuth client that it is given to, with those scopes; empty: whoever showed the password.
    std::string_view client_id = {};
};

// Who came with a token.
struct Bearer {
    LiveAccount account;
    std::optional<Id> session;  // the tutorial's tokens have none
    // What the account may do now, and the token with it; null: nothing.
    std::shared_ptr<const Rights> rights;
    // Whether it may look after the account itself, its sessions and its password: tokens of a log-in do, those of an
    // OAuth client only with the scope for that (registered_clients.hpp).
    bool opens_account = true;
    // Whether it is limited to scopes that were asked for, when its session began or when it was refreshed: those of
    // `rights`, and never all that the account has.
    bool is_limited = false;
    // Whether an OAuth client was given it, whatever its scopes are.
    bool is_of_client = false;
};

// With which token a client came, and what for; of a log-in's, both are empty.
struct ClientBearer {
    LiveAccount account;
    std::string client_id;
    std::string scope;
};

struct TokenRules {
    std::chrono::seconds lifetime{30 * 60};
    std::string issuer;  // empty: no `iss` is written, none is asked for
    // What tokens under keys of our own are for (RFC 9068 §2.2); empty: the issuer.
    std::string audience;
    // `typ` of tokens under keys of our own: "at+jwt" (RFC 9068 §2.1), or "JWT" for resource servers that refuse any
    // other. Tokens of type at+jwt are taken either way; those of type JWT only where it is set, as ID tokens and
    // whatever else a key may sign are of that type too (RFC 8725 §3.11).
    std::string typ = "at+jwt";
    // The issuer of tokens under SECRET_KEY; the tutorial's have none.
    std::string secret_issuer;
    // Whether tokens under keys of our own name the user (`preferred_username`, OpenID Connect Core §5.1); under the
    // secret `sub` does.
    bool names_user = true;
    // Where the lists are that say whether sessions have ended (status_lists.hpp); empty: tokens name none.
    std::string status_lists;
    OldTokenRules old;
};

// Under a SECRET_KEY tokens are the tutorial's: `sub` is the username, or what an adopted application's tokens have
// there. Under keys of our own they are RFC 9068's: `sub`
// is the account's id, `typ` is at+jwt unless TokenRules says otherwise.
class Tokens {
public:
    // `warn` hears, once of each kind, why tokens that an application signed with the secret are refused. `adopted`
    // says what tokens under the secret carry where `sub` is not the username (TokenRules::old).
    using Warn = std::function<void(const std::string&)>;
    // All references must outlive it, and `adopted`, which may be null.
    Tokens(
        SigningKeys& keys, Liveness& liveness, const Clock& clock, Random& random, TokenRules rules,
        Warn warn = [](const std::string&) {}, const Hooks& hooks = Hooks::none(), AdoptedClaims* adopted = nullptr);

    // Claims: sub, sid, iat, exp, jti; with a secret uid (the account's id), and iss if it is configured; with keys of
    // our own iss, aud, client_id and preferred_username; for whoever has roles, or asked for scopes, scope and roles
    // (RFC 9068 §2.2.3); for an OAuth client its client_id and scope, and no preferred_username; where there are
    // lists, status (status_lists.hpp); and those that hooks add. Refused: refused_by_hook.
    Result<IssuedToken> issue(const TokenSubject& subject);

    // For an OAuth client that acts for nobody but itself (RFC 6749 §4.4): `sub` is its id, and there is no session. It
    // opens nothing here; resource servers know it by `client_id` and `scope`. Refused: unauthorized_client under a
    // secret, where `sub` is a name that somebody may have.
    Result<IssuedToken> issue_for_client(std::string_view client_id, std::string_view scope);

    // What access tokens that are signed now say as `aud`; empty: they say none, as those under a secret.
    std::string_view audience();

    // What a log-in gets of the scopes that it asks for, as a session keeps it.
    // Those of `asked` that the account's roles grant, separated by spaces; the others are left out, not refused (RFC
    // 6749 §3.3).
    std::string granted(const store::Subject& account, const std::vector<std::string>& asked);
    // The same for an OAuth client, which has those about the person (`openid`, `profile` ...) without a role.
    std::string granted_to_client(const store::Subject& account, const std::vector<std::string>& asked);

    // Who a bearer token stands for. Refused: the token_* rows. A token that carries `sid` stands for that session, and
    // is refused once that has ended. All others are refused if they were issued before the account was made, its
    // password changed, its sessions ended or the database restored; under the secret also if they are not the
    // application's access tokens (old_tokens.hpp). One that carries `uid` alone stands for that account, so an old
    // token does not open a name that was registered anew; one without (the tutorial's) is looked up by what `sub` is
    // (OldTokenRules::sub), and must spell it as the account does.
    Result<Bearer> authenticate(std::string_view token);

    // The same, with the OAuth client that the token was given to.
    Result<ClientBearer> authenticate_client(std::string_view token);

    // Whose live session a token is, as far as memory knows: for what has to be cheap and may be wrong about tokens
    // that nobody has shown lately. Empty for a token without a session.
    std::optional<Id> recall_account(std::string_view token);
    // The same, with its session and what is known of the account: for pages that greet somebody on a thread that may
    // not ask the database. `account` is empty if memory knows nothing.
    struct Recalled {
        Id session{};
        LiveAccount account;
    };
    Recalled recall(std::string_view token);

    // What a token says, if authenticate() would accept it: names and JSON values.
    struct LiveClaims {
        std::string username;
        std::vector<std::pair<std::string, std::string>> claims;
        std::string client_id() const;  // the OAuth client that it was given to; empty: a person's own
    };
    std::optional<LiveClaims> live_claims(std::string_view token);
    // The same of a token that a client has for itself, whose `username` is empty. Whether there still is such a client
    // is for the caller to find out.
    std::optional<LiveClaims> claims_of_client(std::string_view token);

private:
    // Signature, type, issuer, audience and times; nothing of the session.
    Result<jose::VerifiedToken> verify(std::string_view token);
    // Whether the session or account is live, and whose it is.
    Result<Bearer> find_bearer(const jose::VerifiedToken& token);
    std::shared_ptr<const Rights> rights_of(const jose::VerifiedToken& token, const store::Subject& account);
    LiveAccount find_account(const jose::VerifiedToken& token);
    bool is_over(const jose::VerifiedToken& token, const store::Subject& account) const;
    void note_clock_of_application(const jose::VerifiedToken& token);
    void warn_once(std::string_view sentence);
    Result<Bearer> find_by_session(const jose::VerifiedToken& token, const json::Value& sid);

    SigningKeys& keys_;
    Liveness& liveness_;
    const Clock& clock_;
    Random& random_;
    TokenRules rules_;
    const Warn warn_;
    const Hooks& hooks_;
    AdoptedClaims* const adopted_;
    // Seconds by which the clock of the application that shares our secret was seen to be ahead of ours, at most.
    std::atomic<std::int64_t> application_ahead_ = 0;
    std::mutex warned_mutex_;
    std::set<std::string, std::less<>> warned_;  // under warned_mutex_
    jose::Expectations under_secret_;
    // Of tokens under keys of our own; those under the secret are held against `under_secret_`.
    jose::Expectations expectations_;
};

}  // namespace keyhold::domain
