// SPDX-License-Identifier: Apache-2.0
// The token of an Authorization field (RFC 6750 §2.1, RFC 9110 §11.6.2). It is read here alone, so that no two parts of
// the program, and no server with keyhold::guard, can read one field differently.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.hpp"

namespace keyhold {

// RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token. The scheme's case does not matter (RFC 9110 §11.1).
//
// Nothing: the field is of another scheme, so its sender has not tried to show a token (RFC 6750 §3.1). An empty text:
// the scheme is Bearer and nothing follows, which is to be refused as malformed. Of which letters the token consists is
// asked by whoever knows tokens of its kind: a pass over all of them would cost a quarter of what keyhold::guard takes
// for a token that it has seen. A blank behind the token is such a letter, as those around a field are gone before it
// comes here (RFC 9110 §5.5).
constexpr std::optional<std::string_view> bearer_token(std::string_view field) {
    const std::string_view scheme = field.substr(0, field.find(' '));
    if (!equal_ignoring_case(scheme, "Bearer")) return std::nullopt;
    field.remove_prefix(std::min(field.find_first_not_of(' ', scheme.size()), field.size()));
    return field;
}

// RFC 6750 §2.1, b64token: what a token that we cannot read ourselves may be made of.
constexpr bool is_b64token(std::string_view text) {
    text = text.substr(0, text.find_last_not_of('=') + 1);
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_ascii_alphanumeric(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
    });
}

}  // namespace keyhold
