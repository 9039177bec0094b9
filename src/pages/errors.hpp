// SPDX-License-Identifier: Apache-2.0
// What pages refuse.
#pragma once

#include "base/errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow form_expired{403, Exit::not_allowed, "form_expired", "Forbidden", "This form is not of this browser and session any more: load its page again; the browser has to keep cookies"};
// clang-format on

}  // namespace keyhold::errors
