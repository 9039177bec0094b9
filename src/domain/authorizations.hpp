// SPDX-License-Identifier: Apache-2.0
// Authorization codes (RFC 6749 §4.1, RFC 7636) and what people allowed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/log_in.hpp"
#include "domain/registered_clients.hpp"
#include "domain/sessions.hpp"
#include "domain/tokens.hpp"

namespace keyhold::domain {

// RFC 6749 §4.1.2: "A maximum authorization code lifetime of 10 minutes is RECOMMENDED"; a client comes with it at
// once.
inline constexpr std::chrono::seconds code_lifetime{60};

// RFC 9126 §2.2: "typically relatively short"; the person has to sign in meanwhile.
inline constexpr std::chrono::seconds pushed_lifetime{600};
inline constexpr std::string_view pushed_prefix = "urn:ietf:params:oauth:request_uri:";

// What a person let a client have, in their session.
struct Authorization {
    std::string client_id;
    std::string account_id;
    std::string session_id;  // the person's
    std::string redirect_uri;
    std::string scope;
    std::string nonce;
    std::string code_challenge;  // of S256; empty: none
    Time authenticated_at{};
    std::string id_token_claims = {};  // that the ID token is to have, separated by spaces
};

// What a client shows for a code (RFC 6749 §4.1.3, RFC 7636 §4.5). `client` proved who it is, if it has a secret.
struct CodeShown {
    std::string_view code;
    std::string_view redirect_uri;
    std::string_view verifier;
    const RegisteredClient& client;
    Client from;
};

// Whether it is 43 to 128 unreserved characters (RFC 7636 §4.1); a challenge of S256 is 43 of base64url.
bool is_code_verifier(std::string_view text);
bool is_code_challenge(std::string_view text);

// Any thread.
class Authorizations {
public:
    Authorizations(const store::Stores& stores, Sessions& sessions, Tokens& tokens, const Clock& clock, Random& random)
        : stores_(stores), sessions_(sessions), tokens_(tokens), clock_(clock), random_(random) {}

    // A code: good for a minute, once.
    Secret give(const Authorization& authorization);

    // A session of the client's own, with its tokens. Whatever comes out, the code is used up. One that was used before
    // ends the session that was begun with it (RFC 6749 §4.1.2). Refused: code_invalid, refused_by_hook.
    Result<LoggedIn> redeem(const CodeShown& shown);

    // A client's session with its tokens, where `code` is used up. Refused: code_invalid, refused_by_hook.
    struct ClientSession {
        const RegisteredClient& client;
        Client from;
        std::string_view account_id;
        std::string_view parent_id;  // empty: it ends with no other
        std::string_view scope;
        Time authenticated_at;
        std::string_view nonce, id_token_claims;
        store::CodeUse code;
    };
    Result<LoggedIn> begin_session(const ClientSession& wanted);

    // Keeps a request (a query) for when the person comes with it: its request_uri (RFC 9126 §2.2).
    std::string push(std::string_view client_id, std::string parameters);
    // The request of this client's, until a code was given for it or it expired.
    std::optional<std::string> find_pushed(std::string_view client_id, std::string_view request_uri) const;
    // False if somebody else did.
    bool take_pushed(std::string_view request_uri);

    // Whether the account has allowed the client all of this before.
    bool has_consent(std::string_view account_id, std::string_view client_id, std::string_view scope) const;
    // Adds to what was allowed.
    void remember_consent(std::string_view account_id, std::string_view client_id, std::string_view scope);

private:
    Secret random_text();  // 256 bits
    Error refuse_used(const store::AuthorizationCode& code);

    const store::Stores& stores_;
    Sessions& sessions_;
    Tokens& tokens_;
    const Clock& clock_;
    Random& random_;
};

}  // namespace keyhold::domain
