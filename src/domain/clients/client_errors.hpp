// SPDX-License-Identifier: Apache-2.0
// What OAuth clients are refused, with what the database refuses of them.
#pragma once

#include "domain/errors.hpp"
#include "jose/errors.hpp"
#include "store/access/client_errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow unsupported_token_type{400, Exit::failed, "unsupported_token_type", "Bad Request", "A token that a client has for itself cannot be taken back: it is good until it expires", "unsupported_token_type"};
inline constexpr ErrorRow invalid_target{400, Exit::not_allowed, "invalid_target", "Bad Request", "No token of this server is for this resource", "invalid_target"};
inline constexpr ErrorRow client_not_found{404, Exit::not_found, "client_not_found", "Not Found", "There is no such client"};
inline constexpr ErrorRow unauthorized_client{400, Exit::not_allowed, "unauthorized_client", "Bad Request", "This client may not do this", "unauthorized_client"};
inline constexpr ErrorRow invalid_redirect_uri{400, Exit::not_allowed, "invalid_redirect_uri", "Bad Request", "A redirect URI cannot be registered", "invalid_redirect_uri"};
inline constexpr ErrorRow authorization_pending{400, Exit::not_allowed, "authorization_pending", "Bad Request", "Nobody has typed the code and allowed this yet", "authorization_pending"};
inline constexpr ErrorRow slow_down{400, Exit::not_allowed, "slow_down", "Bad Request", "Ask less often: wait five seconds longer from now on", "slow_down"};
inline constexpr ErrorRow device_code_expired{400, Exit::not_allowed, "device_code_expired", "Bad Request", "Nobody has typed the code in time", "expired_token"};
inline constexpr ErrorRow access_denied{400, Exit::not_allowed, "access_denied", "Bad Request", "The person has not allowed this", "access_denied"};
inline constexpr ErrorRow user_code_unknown{400, Exit::not_allowed, "user_code_unknown", "Bad Request", "There is no such code, or it is over", "invalid_request"};
// clang-format on

}  // namespace keyhold::errors
