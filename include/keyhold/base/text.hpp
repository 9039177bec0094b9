// SPDX-License-Identifier: Apache-2.0
// Small things that are asked of text everywhere: once, so that all who ask get the same answer.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace keyhold {

// Without spaces and tabs at both ends (the OWS of RFC 9110 §5.6.3).
// A view into `text`; other white space, as line breaks, stays.
constexpr std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// A-Z to a-z, and nothing else: for names of protocols, never for people's.
constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
inline std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return ascii_lower(c); });
    return lower;
}

constexpr char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }
inline std::string ascii_upper(std::string_view text) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return ascii_upper(c); });
    return upper;
}
constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

constexpr bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_ascii_alphanumeric(char c) { return is_ascii_letter(c) || is_ascii_digit(c); }
constexpr bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

// What ends a line or a C string, or moves a cursor: C0 and DEL.
constexpr bool is_ascii_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }
constexpr bool has_ascii_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_ascii_control);
}
// Letters, digits and marks; with the space where it may stand.
constexpr bool is_ascii_visible(char c) { return c > ' ' && c <= '~'; }
constexpr bool is_ascii_printable(char c) { return c == ' ' || is_ascii_visible(c); }

// The first `longest` bytes, with '?' for each byte that is not printable ASCII. For what strangers choose and others
// read in lists and mails: other letters could turn the sentence around them (Unicode's bidirectional ones).
std::string printable_ascii(std::string_view text, std::size_t longest);

// UTF-8 as it is, with '?' for controls: those of ASCII and U+0080 to U+009F. For what quotes anybody and goes to a
// terminal or into a log: it is one line, and nothing in it is obeyed.
std::string without_controls(std::string_view text);

// {"a", "b"} and ", " -> "a, b"
template <class Words>
std::string joined(const Words& words, std::string_view separator) {
    std::string text;
    bool is_first = true;
    for (const auto& word : words) {
        if (!is_first) text += separator;
        text += word;
        is_first = false;
    }
    return text;
}

// Unicode code points of text that is UTF-8: each byte but continuation bytes begins one.
// Of text that is no UTF-8 it is some number that is not larger than its size.
constexpr std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    return count;
}

// Whether it is UTF-8 (RFC 3629 §4): nothing overlong, no surrogates, nothing past U+10FFFF.
constexpr bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        // 0 behind the end, which continues nothing: a character that is cut off is not well formed.
        const auto byte = [&](std::size_t behind) -> unsigned {
            return at + behind < text.size() ? static_cast<unsigned char>(text[at + behind]) : 0u;
        };
        const auto continues = [&](std::size_t behind, unsigned least = 0x80, unsigned most = 0xbf) {
            return byte(behind) >= least && byte(behind) <= most;
        };
        const unsigned first = byte(0);
        if (first < 0x80) {
            at += 1;
        } else if (first >= 0xc2 && first <= 0xdf && continues(1)) {
            at += 2;
        } else if (first >= 0xe0 && first <= 0xef &&
                   continues(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf) && continues(2)) {
            at += 3;
        } else if (first >= 0xf0 && first <= 0xf4 &&
                   continues(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf) && continues(2) &&
                   continues(3)) {
            at += 4;
        } else {
            return false;
        }
    }
    return true;
}

}  // namespace keyhold
