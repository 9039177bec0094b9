// SPDX-License-Identifier: Apache-2.0
// What the database refuses.
#pragma once

#include "base/errors.hpp"

namespace keyhold::errors {

// clang-format off
// 400 and not 409 for a name that is taken, with this very sentence: so answers the FastAPI service in whose place clients find us (tests/application/main.py).
inline constexpr ErrorRow username_taken{400, Exit::conflict, "username_taken", "Bad Request", "Username already exists"};
inline constexpr ErrorRow invalid_credentials{401, Exit::not_allowed, "invalid_credentials", "Unauthorized", "Invalid credentials", "invalid_grant"};
inline constexpr ErrorRow registration_refused{403, Exit::not_allowed, "registration_refused", "Forbidden", "Nobody can register here"};
inline constexpr ErrorRow database_in_use{409, Exit::conflict, "database_in_use", "Conflict", "The database is in use"};
inline constexpr ErrorRow account_not_found{404, Exit::not_found, "account_not_found", "Not Found", "There is no such account"};
inline constexpr ErrorRow email_taken{400, Exit::conflict, "email_taken", "Bad Request", "Another account has this e-mail address"};
inline constexpr ErrorRow role_not_found{404, Exit::not_found, "role_not_found", "Not Found", "There is no such role"};
inline constexpr ErrorRow last_administrator{409, Exit::conflict, "last_administrator", "Conflict", "This is the last administrator"};
inline constexpr ErrorRow precondition_failed{412, Exit::conflict, "precondition_failed", "Precondition Failed", "It has changed since it was read"};
// clang-format on

}  // namespace keyhold::errors
