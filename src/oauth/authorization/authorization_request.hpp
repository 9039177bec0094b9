// SPDX-License-Identifier: Apache-2.0
// What the authorization endpoint is asked for (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1), checked:
// the one pathway for it, whichever way it came.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "domain/clients/authorizations.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/clients/request_objects.hpp"
#include "domain/keys/id_tokens.hpp"
#include "http/incoming.hpp"
#include "oauth/response_type.hpp"
#include "oauth/settings.hpp"
#include "pages/visit.hpp"

namespace keyhold::oauth {

// A request that may be answered, to a redirect URI that is the client's own.
// Whatever of it has no comment is as the client sent it, decoded.
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
    bool prompt_login = false;           // whoever is signed in shows the password again
    bool prompt_select_account = false;  // the person says who they are
    bool prompt_consent = false;
    std::optional<std::chrono::seconds> max_age;
    std::string sign_in_proof;  // ours (pages/sign_in_proof.hpp); empty: none
    http::FormFields fields;    // as they came, without that and those that mean nothing to us
    std::string pushed_uri;     // RFC 9126: it was said before; empty: all of it came with the person
    ResponseType response_type = ResponseType::code;
};

// Why there is no code. Without a redirect URI the client, or where it wants the answer, cannot be trusted: the person
// is told, and nobody else (RFC 6749 §4.1.2.1).
struct AuthorizationRefusal {
    std::string_view error;  // RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6
    std::string description;
    std::string redirect_uri = {};
    std::string state = {};
    ResponseType response_type = ResponseType::code;  // that was asked for: it says where the answer goes
};

// What is looked at to check a request; all references have to outlive the call.
struct AuthorizationSources {
    const domain::RegisteredClients& clients;
    const domain::Authorizations& authorizations;
    domain::IdTokens& id_tokens;
    domain::RequestObjects& request_objects;
    const Settings& settings;
};
// `query` as it stands behind the '?', or as a form. Asks the database for the client, and for a request that was
// pushed. Nothing is used up.
std::variant<AuthorizationRequest, AuthorizationRefusal> read_authorization_request(
    std::string_view query, const AuthorizationSources& sources);

// Where the answer goes: the redirect URI with these parameters, and with `state` and `iss` (RFC 9207).
struct AnswerField {
    std::string_view name, value;  // left out where the value is empty
};
std::string answer_location(std::string_view redirect_uri, std::string_view state, std::string_view issuer,
                            ResponseType type, std::initializer_list<AnswerField> fields);

// The scopes that this client may have, in the order in which it asked; others are ignored (RFC 6749 §3.3).
std::string allowed_scope(std::string_view wanted, const domain::RegisteredClient& client,
                          ResponseType type = ResponseType::code);

// Others are ignored (RFC 6749 §3.1).
void keep_known(http::FormFields& fields);

// Names and values as a query, in which nothing but letters, digits and "-._~" stands for itself.
std::string query_of(const http::FormFields& fields);

}  // namespace keyhold::oauth
