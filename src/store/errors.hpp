// SPDX-License-Identifier: Apache-2.0
// What the database refuses.
#pragma once

#include "base/errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow username_taken{400, Exit::conflict, "username_taken", "Bad Request", "Username already exists"};
inline constexpr ErrorRow invalid_credentials{401, Exit::not_allowed, "invalid_credentials", "Unauthorized", "Invalid credentials", "invalid_grant"};
inline constexpr ErrorRow registration_refused{403, Exit::not_allowed, "registration_refused", "Forbidden", "Nobody can register here"};
inline constexpr ErrorRow database_in_use{409, Exit::conflict, "database_in_use", "Conflict", "The database is in use"};
// clang-format on

}  // namespace keyhold::errors
