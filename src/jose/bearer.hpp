// SPDX-License-Identifier: Apache-2.0
// The token in an Authorization field (RFC 6750 §2.1).
#pragma once

#include <algorithm>
#include <string_view>

#include "base/text.hpp"

namespace keyhold::jose {

// Empty if none came: "Bearer" in any case (RFC 9110 §11.1), one space or more, the token (§11.4).
constexpr std::string_view bearer_token(std::string_view field) {
    constexpr std::string_view bearer = "bearer";
    const std::size_t space = field.find(' ');
    if (space != bearer.size()) return {};
    for (std::size_t i = 0; i < bearer.size(); ++i)
        if (ascii_lower(field[i]) != bearer[i]) return {};
    const std::size_t token = field.find_first_not_of(' ', space);
    return token == field.npos ? std::string_view() : field.substr(token);
}

// RFC 6750 §2.1, b64token: what a token that we cannot read ourselves may be made of.
constexpr bool is_b64token(std::string_view text) {
    text = text.substr(0, text.find_last_not_of('=') + 1);
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               std::string_view("-._~+/").find(c) != std::string_view::npos;
    });
}

}  // namespace keyhold::jose
