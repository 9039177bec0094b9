// SPDX-License-Identifier: Apache-2.0
#include "base/percent_encoding.hpp"

#include "base/text.hpp"

namespace keyhold {

std::string percent_encoded(std::string_view text, std::string_view marks) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_ascii_alphanumeric(c) || marks.find(c) != marks.npos)
            encoded += c;
        else
            encoded.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
    return encoded;
}

std::optional<std::string> percent_decoded(std::string_view text, char plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        // Most characters stand for themselves and are copied together: a token has a thousand of them.
        std::size_t end = i;
        while (end < text.size() && text[end] != '%' && text[end] != '+') ++end;
        out.append(text.substr(i, end - i));
        i = end;
        if (i == text.size()) break;
        if (text[i] == '+') {
            out += plus;
            continue;
        }
        if (!is_percent_encoded(text, i)) return std::nullopt;
        out += static_cast<char>(*hex_value(text[i + 1]) * 16 + *hex_value(text[i + 2]));
        i += 2;
    }
    return out;
}

}  // namespace keyhold
