// SPDX-License-Identifier: Apache-2.0
// private_key_jwt: a client proves who it is by a JWT under a key of its own (RFC 7521 §4.2, RFC 7523 §3, OpenID
// Connect Core §9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/clients/client_authentication.hpp"
#include "domain/clients/client_keys.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/passwords/address_allowance.hpp"
#include "store/access/authorization_store.hpp"

namespace keyhold::domain {

inline constexpr std::string_view client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// Whether `aud` of these claims is one of the audiences, or has one of them (RFC 7519 §4.1.3).
bool is_in_audience(const json::Value& claims, const std::vector<std::string>& audiences);

// By which an assertion may be signed: those of key pairs.
std::vector<std::string_view> client_assertion_algorithms();

// Each assertion is a row for up to an hour: of clients of strangers at one address (IPv6: one /64) so many at once,
// and so many more a minute. A server whose people sign in brings one for each code and each refresh.
inline constexpr std::int64_t assertions_at_once = 600, assertions_per_minute = 300;

// Any thread.
class ClientAssertions {
public:
    // All must outlive it. An assertion names one of `audiences`: the issuer, or the endpoint (RFC 7523 §3).
    ClientAssertions(store::AuthorizationStore& store, const RegisteredClients& clients, ClientKeys& keys,
                     ClientAuthentication& authentication, const Clock& clock, std::vector<std::string> audiences)
        : store_(store),
          clients_(clients),
          keys_(keys),
          authentication_(authentication),
          clock_(clock),
          audiences_(std::move(audiences)) {}

    // The client that it proves to be; `client_id` is what else it says of itself, or empty. It is used up: `jti` is
    // good once. Refused: invalid_client; too_many_attempts, right or wrong, as for secrets; too_many_requests, to
    // clients of strangers (is_of_operator()) from one address. Asks the database, and where its keys are fetched, the
    // client; what proves nothing waits for the disk.
    struct Shown {
        std::string_view type, assertion, client_id;
        std::string_view address;
    };
    Result<std::string> authenticate(const Shown& shown);

private:
    // Whom an assertion names, whether it proves that or not; and when it expires, if it does.
    struct Look {
        std::string client_id;
        std::string jti = {};
        std::optional<Time> expires_at = {};
        bool is_strangers = false;  // of a client that the operator does not know
    };
    // Checks everything but whether it was used before.
    Look look_at(const Shown& shown);
    store::AuthorizationStore& store_;
    const RegisteredClients& clients_;
    ClientKeys& keys_;
    ClientAuthentication& authentication_;
    const Clock& clock_;
    const std::vector<std::string> audiences_;
    AddressAllowance strangers_{assertions_at_once, assertions_per_minute};
};

}  // namespace keyhold::domain
