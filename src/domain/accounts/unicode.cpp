// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/unicode.hpp"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>

#include "base/text.hpp"

namespace keyhold::domain {

namespace {

const utf8proc_uint8_t* bytes(std::string_view text) { return reinterpret_cast<const utf8proc_uint8_t*>(text.data()); }

std::string map(std::string_view text, int options) {
    utf8proc_uint8_t* out = nullptr;
    const auto size = utf8proc_map(bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &out,
                                   static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(out, std::free);
    if (size == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
    // Not UTF-8: callers have checked that before.
    if (size < 0) throw std::invalid_argument(utf8proc_errmsg(size));
    return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

// False at the first byte that is not UTF-8.
template <class Visit>
bool each_code_point(std::string_view text, Visit visit) {
    while (!text.empty()) {
        utf8proc_int32_t point = 0;
        const auto size = utf8proc_iterate(bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &point);
        if (size <= 0) return false;
        visit(point);
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

}  // namespace

bool is_mark(std::int32_t point) {
    const auto category = utf8proc_category(point);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

std::optional<std::vector<std::int32_t>> code_points(std::string_view text) {
    std::vector<std::int32_t> points;
    points.reserve(text.size());
    if (!each_code_point(text, [&](std::int32_t point) { points.push_back(point); })) return std::nullopt;
    return points;
}

bool is_plain_text(std::string_view text) {
    constexpr std::int32_t zero_width_non_joiner = 0x200C, zero_width_joiner = 0x200D;
    bool is_plain = true;
    const bool is_utf8 = each_code_point(text, [&](std::int32_t point) {
        // CC: controls; ZL, ZP: separators of lines and paragraphs; CN: unassigned; CO: private; CF: format
        // characters, as those that turn the direction of writing.
        switch (utf8proc_category(point)) {
            case UTF8PROC_CATEGORY_CC:
            case UTF8PROC_CATEGORY_ZL:
            case UTF8PROC_CATEGORY_ZP:
            case UTF8PROC_CATEGORY_CN:
            case UTF8PROC_CATEGORY_CO:
                is_plain = false;
                break;
            case UTF8PROC_CATEGORY_CF:
                is_plain &= point == zero_width_non_joiner || point == zero_width_joiner;
                break;
            default:
                break;
        }
    });
    return is_utf8 && is_plain;
}

std::optional<std::size_t> count_characters(std::string_view text) {
    std::size_t count = 0;
    if (!each_code_point(text, [&](std::int32_t) { ++count; })) return std::nullopt;
    return count;
}

std::string nfc(std::string_view text) { return map(text, UTF8PROC_COMPOSE); }

std::string in_small_letters(std::string_view text) {
    if (is_ascii(text)) return ascii_lower(text);
    std::string small;
    each_code_point(text, [&](std::int32_t point) {
        std::array<utf8proc_uint8_t, 4> bytes{};
        const auto size = utf8proc_encode_char(utf8proc_tolower(point), bytes.data());
        small.append(bytes.begin(), bytes.begin() + size);
    });
    return nfc(small);
}

std::string visible_nfkc(std::string_view text) {
    return map(text, UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);
}

// Decomposed first, as the definition demands: U+0345 folds to a letter, which must not overtake other marks.
std::string nfkc_casefold(std::string_view text) {
    return map(map(text, UTF8PROC_DECOMPOSE), UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

}  // namespace keyhold::domain
