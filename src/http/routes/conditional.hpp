// SPDX-License-Identifier: Apache-2.0
// Conditional requests (RFC 9110 §13).
#pragma once

#include <string_view>

#include "base/errors.hpp"
#include "http/message.hpp"

namespace keyhold::errors {

// RFC 6585 §3.
// clang-format off
inline constexpr ErrorRow precondition_required{428, Exit::failed, "precondition_required", "Precondition Required", "Say in If-Match which ETag the change is of"};
// clang-format on

}  // namespace keyhold::errors

namespace keyhold::http {

// Whether If-None-Match names this entity tag, or "*" (RFC 9110 §13.1.2). Compared weakly, as the RFC says.
// For GET and HEAD alone, where 304 is the answer then; for other methods it would be 412 (§13.1.2). `etag` has its
// quotes, so it is found within a list, and with "W/" before it, and never as a part of another tag.
inline bool has_it_already(const Request& request, std::string_view etag) {
    const std::string_view known = request.find("If-None-Match").value_or("");
    return known == "*" || known.find(etag) != known.npos;
}

}  // namespace keyhold::http
