// SPDX-License-Identifier: Apache-2.0
// What OAuth clients are refused, with what the database refuses of them.
#pragma once

#include "domain/errors.hpp"
#include "store/client_errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow client_not_found{404, Exit::not_found, "client_not_found", "Not Found", "There is no such client"};
inline constexpr ErrorRow unauthorized_client{400, Exit::not_allowed, "unauthorized_client", "Bad Request", "This client may not do this", "unauthorized_client"};
// clang-format on

}  // namespace keyhold::errors
