// SPDX-License-Identifier: Apache-2.0
// private_key_jwt: a client proves who it is by a JWT under a key of its own (RFC 7521 §4.2, RFC 7523 §3, OpenID
// Connect Core §9).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/client_keys.hpp"
#include "domain/registered_clients.hpp"
#include "store/authorization_store.hpp"

namespace keyhold::domain {

inline constexpr std::string_view client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// By which an assertion may be signed: those of key pairs.
std::vector<std::string_view> client_assertion_algorithms();

// Any thread.
class ClientAssertions {
public:
    // All must outlive it. An assertion names one of `audiences`: the issuer, or the endpoint (RFC 7523 §3).
    ClientAssertions(store::AuthorizationStore& store, const RegisteredClients& clients, ClientKeys& keys,
                     const Clock& clock, std::vector<std::string> audiences)
        : store_(store), clients_(clients), keys_(keys), clock_(clock), audiences_(std::move(audiences)) {}

    // The client that it proves to be; `client_id` is what else it says of itself, or empty. It is used up: `jti` is
    // good once. Refused: invalid_client. Asks the database, and where its keys are fetched, the client.
    Result<std::string> authenticate(std::string_view type, std::string_view assertion, std::string_view client_id);

private:
    bool is_signed(std::string_view assertion, const RegisteredClient& client);
    store::AuthorizationStore& store_;
    const RegisteredClients& clients_;
    ClientKeys& keys_;
    const Clock& clock_;
    const std::vector<std::string> audiences_;
};

}  // namespace keyhold::domain
