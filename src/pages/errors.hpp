// SPDX-License-Identifier: Apache-2.0
// What pages refuse.
#pragma once

#include "base/errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow form_expired{403, Exit::not_allowed, "form_expired", "Forbidden", "This form is not of this browser and session any more: load its page again; the browser has to keep cookies"};
// Of a form that was shown before somebody signed in or out in another tab: a browser is led on.
inline constexpr ErrorRow form_settled{409, Exit::conflict, "form_settled", "Conflict", "What this form asks for is so already: somebody has signed in or out since it was shown"};
// clang-format on

}  // namespace keyhold::errors
