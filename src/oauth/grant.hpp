// SPDX-License-Identifier: Apache-2.0
// What the token endpoint is asked for (RFC 6749 §4.3.2, §6), and the grants that it knows: a row each, and a file each
// that holds only what is the grant's own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/log_in.hpp"
#include "domain/log_in_counters.hpp"
#include "http/route.hpp"

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
    std::optional<std::string> scope;
    std::optional<Secret> device_token;  // ours: of an earlier log-in (domain/throttle.hpp)
    std::optional<std::string> client_id;
    std::optional<Secret> client_secret;
};
KEYHOLD_FIELDS(TokenRequest, (grant_type), (username), (password), (refresh_token), (scope), (device_token),
               (client_id), (client_secret))

struct GrantServices {
    domain::Accounts& accounts;
    domain::Throttle& throttle;
    domain::Sessions& sessions;
    domain::Tokens& tokens;
    domain::LogInCounters& counters;
};

struct Grant {
    std::string_view name;  // the grant_type
    http::On on;
    Result<domain::LoggedIn> (*give)(const TokenRequest&, const http::Request&, const GrantServices&);
};
std::span<const Grant> grants();

// Refused: validation_failed without a parameter of theirs; what the log-in and the refresh refuse.
Result<domain::LoggedIn> give_for_password(const TokenRequest& wanted, const http::Request& request,
                                           const GrantServices& services);
Result<domain::LoggedIn> give_for_refresh_token(const TokenRequest& wanted, const http::Request& request,
                                                const GrantServices& services);

// A parameter that this grant needs is not there.
inline Error missing(std::string_view parameter) {
    return {errors::validation_failed, std::vector{FieldError{"missing", {"body", parameter}, "Field required", {}}}};
}

}  // namespace keyhold::oauth
