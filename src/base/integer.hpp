// SPDX-License-Identifier: Apache-2.0
// Whole numbers in text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace keyhold {

// Decimal digits, behind a minus if T has a sign, and nothing else. Empty if the value does not fit.
// No plus, no blanks, no locale (std::from_chars). Leading zeros are let through.
template <class T>
std::optional<T> parse_integer(std::string_view text) {
    T number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace keyhold
