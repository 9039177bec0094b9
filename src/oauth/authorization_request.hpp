// SPDX-License-Identifier: Apache-2.0
// What the authorization endpoint is asked for (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1), checked:
// the one pathway for it, whichever way it came.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "domain/authorizations.hpp"
#include "domain/id_tokens.hpp"
#include "domain/registered_clients.hpp"
#include "http/incoming.hpp"
#include "pages/visit.hpp"

namespace keyhold::oauth {

// When the person was sent to sign in once more, so that they cannot come back as they were. Ours.
inline constexpr std::string_view authenticated_after_field = "keyhold_authenticated_after";

// A request that may be answered, to a redirect URI that is the client's own.
struct AuthorizationRequest {
    domain::RegisteredClient client;
    std::string redirect_uri;
    std::string state;           // empty: none
    std::string scope;           // what of the scope that was asked for this client may have
    std::string nonce;           // empty: none
    std::string code_challenge;  // of S256; empty: none, where the client may do without
    std::string login_hint;
    std::string hinted_account;   // of the id_token_hint, or the `sub` that is asked for; empty: none
    std::string id_token_claims;  // that are asked for one by one
    bool prompt_none = false;
    bool prompt_login = false;  // or select_account: the person is asked again
    bool prompt_consent = false;
    std::optional<std::chrono::seconds> max_age;
    Time authenticated_after{};  // ours: the person was sent to sign in again then
    http::FormFields fields;     // as they came, without those that mean nothing to us
    std::string pushed_uri;      // RFC 9126: it was said before; empty: all of it came with the person
};

// Why there is no code. Without a redirect URI the client, or where it wants the answer, cannot be trusted: the person
// is told, and nobody else (RFC 6749 §4.1.2.1).
struct AuthorizationRefusal {
    std::string_view error;  // RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6
    std::string description;
    std::string redirect_uri = {};
    std::string state = {};
};

struct AuthorizationSources {
    const domain::RegisteredClients& clients;
    const domain::Authorizations& authorizations;
    domain::IdTokens& id_tokens;
};
std::variant<AuthorizationRequest, AuthorizationRefusal> read_authorization_request(
    std::string_view query, const AuthorizationSources& sources);

// Where the answer goes: the redirect URI with these parameters, and with `state` and `iss` (RFC 9207).
struct AnswerField {
    std::string_view name, value;
};
std::string answer_location(std::string_view redirect_uri, std::string_view state, std::string_view issuer,
                            std::initializer_list<AnswerField> fields);

// The scopes that this client may have, in the order in which it asked; others are ignored (RFC 6749 §3.3).
std::string allowed_scope(std::string_view wanted, const domain::RegisteredClient& client);

// What each of them lets a client do, as sentences for the page that asks; a scope that has none is shown as it is.
std::vector<pages::Values> sentences_of_scopes(const pages::Visit& visit, std::string_view scope);

// Names and values as a query, in which nothing but letters, digits and "-._~" stands for itself.
std::string query_of(const http::FormFields& fields);

}  // namespace keyhold::oauth
