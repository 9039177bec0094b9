// SPDX-License-Identifier: Apache-2.0
// The token of an Authorization field (RFC 6750 §2.1).
#pragma once

#include <string_view>

#include "base/text.hpp"
#include "http/message.hpp"

namespace keyhold::oauth {

// Empty if there is none, another scheme, or more than one field.
inline std::string_view bearer_of(const http::Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    const auto field = request.count("Authorization") == 1 ? request.find("Authorization") : std::nullopt;
    if (!field || field->size() <= scheme.size()) return {};
    if (!http::equal_ignoring_case(field->substr(0, scheme.size()), scheme)) return {};
    return trimmed(field->substr(scheme.size()));
}

}  // namespace keyhold::oauth
