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
#include "domain/clients/registered_clients.hpp"
#include "domain/passwords/address_allowance.hpp"
#include "domain/passwords/log_in.hpp"
#include "domain/sessions/sessions.hpp"
#include "domain/sessions/tokens.hpp"

namespace keyhold::domain {

// RFC 6749 §4.1.2: "A maximum authorization code lifetime of 10 minutes is RECOMMENDED"; a client comes with it at
// once.
inline constexpr std::chrono::seconds code_lifetime{60};

// RFC 9126 §2.2: "typically relatively short"; the person has to sign in meanwhile.
inline constexpr std::chrono::seconds pushed_lifetime{600};
inline constexpr std::string_view pushed_prefix = "urn:ietf:params:oauth:request_uri:";

// Rows that everybody may cause who knows a client's id: of one address (IPv6: one /64) so many at once, and so many
// more a minute. A household asks for a few; many people behind one address come one after the other.
inline constexpr std::int64_t strangers_at_once = 100, strangers_per_minute = 60;

// What a person let a client have, in their session.
// All that the session will be made of is kept with the code, so that nothing that comes with the code can add to it.
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
// All references must outlive it. Functions that ask the store may throw Unavailable.
class Authorizations {
public:
    Authorizations(const store::Stores& stores, Sessions& sessions, Tokens& tokens, const Clock& clock, Random& random)
        : stores_(stores), sessions_(sessions), tokens_(tokens), clock_(clock), random_(random) {}

    // A code: good for a minute, once.
    // Only its digest is stored.
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
    // Refused: too_many_requests, to clients of strangers (is_of_operator()) from one address.
    Result<std::string> push(const RegisteredClient& client, std::string parameters, std::string_view address);
    // The request of this client's, until a code was given for it or it expired.
    std::optional<std::string> find_pushed(std::string_view client_id, std::string_view request_uri) const;
    // False if somebody else did.
    // Uses the request up, which belongs to the moment at which a code is given for it.
    bool take_pushed(std::string_view request_uri);

    // As of Tokens: for which resource tokens are.
    std::string_view audience() const { return tokens_.audience(); }

    // Whether the account has allowed the client all of this before.
    bool has_consent(std::string_view account_id, std::string_view client_id, std::string_view scope) const;
    // Adds to what was allowed.
    void remember_consent(std::string_view account_id, std::string_view client_id, std::string_view scope);

private:
    Secret random_text();  // 256 bits
    // Ends the session that the code was used for, and refuses.
    Error refuse_used(const store::AuthorizationCode& code);

    const store::Stores& stores_;
    Sessions& sessions_;
    Tokens& tokens_;
    const Clock& clock_;
    Random& random_;
    AddressAllowance strangers_{strangers_at_once, strangers_per_minute};
};

}  // namespace keyhold::domain
