// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/names.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "domain/accounts/unicode.hpp"

namespace keyhold::domain {

namespace {

// Of what is typed, of the form that we show and of the key; an e-mail address has at most 254 (RFC 5321).
constexpr std::size_t max_bytes = 256;

Error refuse_name(const char* type, const char* why) {
    return {errors::validation_failed, std::vector<FieldError>{{type, {"body", "username"}, why, std::nullopt}}};
}

// Code points that are drawn as nothing without being default-ignorable, so that folding keeps them.
constexpr std::array drawn_blank{0x2800, 0x1D159};  // BRAILLE PATTERN BLANK, MUSICAL SYMBOL NULL NOTEHEAD

// The two format characters that spelling needs (Persian, Indic scripts, emoji); folding leaves them out.
constexpr std::array joiners{0x200C, 0x200D};

bool holds(const auto& list, std::int32_t point) { return std::ranges::find(list, point) != list.end(); }

// Why no name may hold this code point; null if it may.
const char* why_refused(std::int32_t point) {
    switch (utf8proc_category(point)) {
        case UTF8PROC_CATEGORY_CC:
            return "A username cannot contain control characters";
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
            return "A username cannot contain line breaks";
        // Bidi controls, tags, zero-width spaces: they change how a name looks and not what it says.
        case UTF8PROC_CATEGORY_CF:
            return holds(joiners, point) ? nullptr : "A username cannot contain invisible characters";
        // A later Unicode may give an unassigned code point a folding, and keys that are stored would be wrong.
        case UTF8PROC_CATEGORY_CN:
            return "A username cannot contain unassigned code points";
        case UTF8PROC_CATEGORY_CO:
            return "A username cannot contain private-use code points";
        default:
            return holds(drawn_blank, point) ? "A username cannot contain invisible characters" : nullptr;
    }
}

bool is_space(std::int32_t point) { return utf8proc_category(point) == UTF8PROC_CATEGORY_ZS; }

// HTML draws a run of spaces as one, so it is one (as RFC 8266 §2.1 has it for nicknames).
std::string with_single_spaces(std::string text) {
    const auto end = std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; });
    text.erase(end, text.end());
    return text;
}

// NFKC_Casefold until nothing changes: the key of a key must be that key.
std::string fold(std::string_view text) {
    std::string folded = with_single_spaces(nfkc_casefold(text));
    for (std::string again; (again = with_single_spaces(nfkc_casefold(folded))) != folded;) folded = std::move(again);
    return folded;
}

// What must hold of the typed text and of the key. `points` is not empty.
std::optional<Error> check(const std::vector<std::int32_t>& points) {
    for (const std::int32_t point : points)
        if (const char* const why = why_refused(point)) return refuse_name("value_error", why);
    if (is_space(points.front()) || is_space(points.back()))
        return refuse_name("value_error", "A username cannot begin or end with white space");
    // It would be drawn onto whatever stands before the name.
    if (is_mark(points.front())) return refuse_name("value_error", "A username cannot begin with a combining mark");
    return std::nullopt;
}

// Plain ASCII needs no tables, and nearly every name is: this is on the way of each protected request.
bool is_plain(std::string_view typed) {
    return typed.front() != ' ' && typed.back() != ' ' && std::ranges::all_of(typed, is_ascii_printable);
}

Name plain_name(std::string_view typed) { return {std::string(typed), with_single_spaces(ascii_lower(typed))}; }

}  // namespace

Result<Name> parse_name(std::string_view typed) {
    if (typed.empty()) return refuse_name("string_too_short", "A username has at least 1 character");
    if (typed.size() > max_bytes) return refuse_name("string_too_long", "A username is at most 256 bytes long");
    if (is_plain(typed)) return plain_name(typed);

    const auto points = code_points(typed);
    if (!points) return refuse_name("value_error", "A username is UTF-8 text");
    if (auto refused = check(*points)) return *std::move(refused);

    Name name{nfc(typed), fold(typed)};
    if (name.key.empty()) return refuse_name("value_error", "A username has at least 1 visible character");
    if (name.shown.size() > max_bytes || name.key.size() > max_bytes)
        return refuse_name("string_too_long",
                           "A username is at most 256 bytes long when its characters are written out");
    if (auto refused = check(*code_points(name.key))) return *std::move(refused);
    return name;
}

}  // namespace keyhold::domain
