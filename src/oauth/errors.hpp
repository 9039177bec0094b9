// SPDX-License-Identifier: Apache-2.0
// What the endpoints for people refuse, on a page, as nobody can be sent back; and userinfo.
#pragma once

#include "domain/clients/client_errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow invalid_authorization_request{400, Exit::failed, "invalid_authorization_request", "Bad Request", "The application that sent you here asked for something that cannot be", "invalid_request"};
inline constexpr ErrorRow invalid_logout_request{400, Exit::failed, "invalid_logout_request", "Bad Request", "The application that sent you here said something about itself or about you that is not right, so nothing was done", "invalid_request"};
inline constexpr ErrorRow limited_session{403, Exit::not_allowed, "limited_session", "Forbidden", "You are signed in for some things only, so you cannot let an application act for you"};
inline constexpr ErrorRow token_repeated{400, Exit::failed, "token_repeated", "Bad Request", "The access token has to come once, in one way: in the field Authorization or in the form (RFC 6750, section 2)", "invalid_request"};
// clang-format on

}  // namespace keyhold::errors
