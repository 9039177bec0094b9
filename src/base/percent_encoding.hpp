// SPDX-License-Identifier: Apache-2.0
// Percent-encoding (RFC 3986 §2.1) for URLs, forms and the fields that borrow it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/text.hpp"

namespace keyhold {

// RFC 3986 §2.3: what stands for itself beside letters and digits; the second one in a query too, where a '/' may stand
// (§3.4).
inline constexpr std::string_view unreserved_marks = "-._~", unreserved_marks_and_slash = "-._~/";
constexpr bool is_unreserved(char c) {
    return is_ascii_alphanumeric(c) || unreserved_marks.find(c) != unreserved_marks.npos;
}

// `text` with "%C3" for each byte that is no ASCII letter or digit, and none of `marks`.
std::string percent_encoded(std::string_view text, std::string_view marks);

// Empty for a '%' without two hexadecimal digits behind it. `plus` is what a '+' stands for: a blank in forms.
std::optional<std::string> percent_decoded(std::string_view text, char plus = '+');

// Of one hexadecimal digit, in either case.
constexpr std::optional<unsigned> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

// Whether two hexadecimal digits stand behind the '%' that stands at `at`.
constexpr bool is_percent_encoded(std::string_view text, std::size_t at) {
    return text.size() - at > 2 && hex_value(text[at + 1]) && hex_value(text[at + 2]);
}

}  // namespace keyhold
