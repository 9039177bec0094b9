// SPDX-License-Identifier: Apache-2.0
// What the token endpoint is asked for (RFC 6749 §4.1.3, §4.3.2, §6), and the grants that it knows: a row each, and a
// file each that holds only what is the grant's own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/clients/authorizations.hpp"
#include "domain/clients/device_grants.hpp"
#include "domain/keys/id_tokens.hpp"
#include "domain/passwords/log_in.hpp"
#include "domain/passwords/log_in_counters.hpp"
#include "http/route.hpp"
#include "oauth/client.hpp"

namespace keyhold::oauth {

// The parameters of all grants. Others are ignored (§3.2), among them client_id and client_secret, which Client reads.
struct TokenRequest {
    static constexpr std::string_view schema_name = "TokenRequest";
    static constexpr http::Notation notation = http::Notation::form;
    static constexpr std::string_view example =
        R"({"grant_type": "password", "username": "testuser", "password": "testpass"})";
    std::string grant_type;
    std::optional<std::string> username;
    std::optional<Secret> password;
    std::optional<Secret> refresh_token;
    std::optional<Secret> code;
    std::optional<std::string> redirect_uri;
    std::optional<Secret> code_verifier;  // RFC 7636 §4.5
    std::optional<std::string> scope;
    std::vector<std::string> resource;   // RFC 8707 §2.2
    std::optional<Secret> device_code;   // RFC 8628 §3.4
    std::optional<Secret> device_token;  // ours: of an earlier log-in (domain/passwords/throttle.hpp)
    std::optional<std::string> client_id;
    std::optional<Secret> client_secret;
    std::optional<std::string> client_assertion_type;
    std::optional<Secret> client_assertion;
};
KEYHOLD_FIELDS(TokenRequest, (grant_type, about("What is shown for the token (RFC 6749)")),
               (username, about("The name of the account, or its address")),
               (password, about("The account's password")), (refresh_token, about("Gets the next tokens, once")),
               (code, about("What was handed out for this very step; it works once")),
               (redirect_uri, about("Where the answer goes; exactly one that is registered")),
               (code_verifier, about("What the code challenge was made of (RFC 7636)")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")),
               (resource, about("What the token is for: the audience of this server's tokens, and no other (RFC 8707)"),
                may_be_absent()),
               (device_code, about("What the device asks with until somebody has allowed it (RFC 8628)")),
               (device_token,
                about("Of an earlier log-in: who brings it is known, and others' wrong guesses do not keep it out")),
               (client_id, about("The name under which the client is registered")),
               (client_secret, about("Its secret, if it has one and does not send it as HTTP Basic")),
               (client_assertion_type, about("Always `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`")),
               (client_assertion, about("A JWT by which the client proves itself (RFC 7523)")))

// Who asks, and the row that says what it may. Clients without a row use the grants that the tutorial's clients need.
struct Asking {
    const Client& client;
    const std::optional<domain::RegisteredClient>& registered;
    const http::Request& request;
};

struct GrantServices {
    domain::Accounts& accounts;
    domain::Throttle& throttle;
    domain::Sessions& sessions;
    domain::Tokens& tokens;
    domain::LogInCounters& counters;
    domain::Authorizations& authorizations;
    domain::DeviceGrants& devices;
    const domain::IdTokens& id_tokens;
};

struct Grant {
    std::string_view name;  // the grant_type
    // The threads that it runs on: hashing, or storing for what waits for the disk.
    http::On on;
    bool without_registration;  // for clients that have no row, too
    // `who.registered` is there, unless `without_registration` is set.
    Result<domain::LoggedIn> (*give)(const TokenRequest&, const Asking&, const GrantServices&);
};
std::span<const Grant> grants();

// Refused: validation_failed without a parameter of theirs; what the log-in, the refresh and the code refuse.
Result<domain::LoggedIn> give_for_password(const TokenRequest& wanted, const Asking& who,
                                           const GrantServices& services);
Result<domain::LoggedIn> give_for_refresh_token(const TokenRequest& wanted, const Asking& who,
                                                const GrantServices& services);
Result<domain::LoggedIn> give_for_client_credentials(const TokenRequest& wanted, const Asking& who,
                                                     const GrantServices& services);
Result<domain::LoggedIn> give_for_authorization_code(const TokenRequest& wanted, const Asking& who,
                                                     const GrantServices& services);

Result<domain::LoggedIn> give_for_device_code(const TokenRequest& wanted, const Asking& who,
                                              const GrantServices& services);

// A parameter that this grant needs is not there.
inline Error missing(std::string_view parameter) {
    return {errors::validation_failed, std::vector{FieldError{"missing", {"body", parameter}, "Field required", {}}}};
}

}  // namespace keyhold::oauth
