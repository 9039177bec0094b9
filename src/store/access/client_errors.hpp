// SPDX-License-Identifier: Apache-2.0
// Refused clients and what they come with.
#pragma once

#include "base/errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow client_taken{409, Exit::conflict, "client_taken", "Conflict", "There is a client of this id already"};
inline constexpr ErrorRow code_invalid{400, Exit::not_allowed, "code_invalid", "Bad Request", "The code is wrong, used, expired or another client's, or what came with it does not fit", "invalid_grant"};
// clang-format on

}  // namespace keyhold::errors
