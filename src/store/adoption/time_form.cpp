// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/time_form.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "store/adoption/dialect.hpp"

namespace keyhold::store {

namespace {

// Takes what has the letters of `pattern`, where a 0 stands for any digit, from the front of `text`.
bool take(std::string_view& text, std::string_view pattern) {
    const auto fits = [](char letter, char wanted) {
        return wanted == '0' ? is_ascii_digit(letter) : letter == wanted;
    };
    if (text.size() < pattern.size() || !std::ranges::equal(text.substr(0, pattern.size()), pattern, fits))
        return false;
    text.remove_prefix(pattern.size());
    return true;
}

// By how many digits it has: from September 2001 to the year 2286 seconds have ten.
std::int64_t units_of(std::string_view digits) {
    if (digits.starts_with('0') || !std::ranges::all_of(digits, is_ascii_digit)) return 0;
    switch (digits.size()) {
        case 10:
            return 1;
        case 13:
            return 1000;
        case 16:
            return 1'000'000;
        default:
            return 0;
    }
}

}  // namespace

std::optional<TimeForm> parse_time_form(std::string_view text) {
    TimeForm form;
    const std::size_t whole = std::min(text.find('.'), text.size());
    form.per_second = units_of(text.substr(0, whole));
    if (form.per_second != 0) {
        if (whole == text.size()) return form;
        // Python's time.time(), whose fraction has as many digits as it needs.
        text.remove_prefix(whole + 1);
        form.digits = 6;
        return form.per_second == 1 && std::ranges::all_of(text, is_ascii_digit) ? std::optional(form) : std::nullopt;
    }
    if (!take(text, "0000-00-00")) return std::nullopt;
    form.has_time = !text.empty();
    if (!form.has_time) return form;
    form.between = text.front();
    text.remove_prefix(1);
    if ((form.between != ' ' && form.between != 'T') || !take(text, "00:00:00")) return std::nullopt;
    if (take(text, "."))
        for (; !text.empty() && is_ascii_digit(text.front()); text.remove_prefix(1)) ++form.digits;
    if (text.empty()) return form;
    const bool has_space = take(text, " ");
    if (text == "Z" && !has_space) {
        form.zone = "Z";
        return form;
    }
    if (!text.starts_with('+') && !text.starts_with('-')) return std::nullopt;
    text.remove_prefix(1);
    const bool has_colon = take(text, "00:00");
    if ((!has_colon && !take(text, "0000")) || !text.empty()) return std::nullopt;
    form.zone = std::string(has_space ? " " : "") + (has_colon ? "+00:00" : "+0000");
    return form;
}

std::optional<TimeForm> common_form(const TimeForm& one, const TimeForm& other) {
    TimeForm common = one;
    if (one.digits == 0) common.digits = other.digits;
    if (other.digits != 0 && other.digits != common.digits) return std::nullopt;
    TimeForm same = other;
    same.digits = common.digits;
    return common == same ? std::optional(common) : std::nullopt;
}

std::string now_in(const ForeignDialect& dialect, const TimeForm& form) {
    constexpr std::int64_t microseconds = 1'000'000;
    const std::string whole = " AS " + std::string(dialect.whole_number) + ")";
    if (form.per_second == 1 && form.digits != 0) return "(" + std::string(dialect.microseconds) + " / 1000000.0)";
    if (form.per_second == microseconds) return std::string(dialect.microseconds);
    if (form.per_second != 0)
        return "CAST(" + std::string(dialect.microseconds) + " / " + std::to_string(microseconds / form.per_second) +
               whole;
    // "2026-01-02 03:04:05.678901", of which the date is the first ten letters and the time begins with the twelfth.
    const auto part = [&](int from, std::size_t letters) {
        return "SUBSTR(" + std::string(dialect.utc_text) + ", " + std::to_string(from) + ", " +
               std::to_string(letters) + ")";
    };
    if (!form.has_time) return part(1, 10);
    const std::string between(dialect.between);
    std::string list = part(1, 10) + between + in_quotes(std::string(1, form.between), '\'') + between +
                       part(12, form.digits == 0 ? 8 : 9 + std::min<std::size_t>(form.digits, 6));
    if (!form.zone.empty()) list += between + in_quotes(form.zone, '\'');
    return std::string(dialect.joins) + "(" + list + ")";
}

}  // namespace keyhold::store
