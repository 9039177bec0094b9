// SPDX-License-Identifier: Apache-2.0
// What pages refuse.
#pragma once

#include "base/errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow form_expired{403, Exit::not_allowed, "form_expired", "Forbidden", "This form is not of this browser and session any more: load its page again; the browser has to keep cookies"};
inline constexpr ErrorRow password_needed{403, Exit::not_allowed, "password_needed", "Forbidden", "Sign in once more: it is too long ago for this"};
// clang-format on

}  // namespace keyhold::errors
