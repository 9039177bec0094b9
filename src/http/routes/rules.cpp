// SPDX-License-Identifier: Apache-2.0
#include "http/rules.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <chrono>

#include "base/integer.hpp"

namespace keyhold::http {
namespace {

std::string count_of(std::size_t number, std::string_view what) {
    return std::to_string(number).append(" ").append(what).append(number == 1 ? "" : "s");
}

// "1.5", "10": as short as it can be.
std::string text_of(double value) {
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end};
}

// One code point of UTF-8 text: a byte and the continuation bytes (10xxxxxx) behind it.
std::string_view next_character(std::string_view text, std::size_t at) {
    std::size_t size = 1;
    while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xc0) == 0x80) ++size;
    return text.substr(at, size);
}

// A class is a bit for each ASCII character and one for all others together, as a pattern cannot name any beyond ASCII.
bool is_in(const Pattern::Item& item, std::string_view character) {
    const auto code = static_cast<unsigned char>(character.front());
    if (code >= 0x80) return item.others;
    return ((item.ascii[code / 64] >> (code % 64)) & 1) != 0;
}

bool are_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "2026-11-29" (RFC 3339 §5.6, full-date).
// std::chrono knows the length of months and leap years.
bool is_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const std::string_view year = text.substr(0, 4), month = text.substr(5, 2), day = text.substr(8, 2);
    if (!are_digits(year) || !are_digits(month) || !are_digits(day)) return false;
    return std::chrono::year_month_day(std::chrono::year(*parse_integer<int>(year)),
                                       std::chrono::month(*parse_integer<unsigned>(month)),
                                       std::chrono::day(*parse_integer<unsigned>(day)))
        .ok();
}

bool is_below(std::string_view two_digits, int limit) {
    return two_digits.size() == 2 && are_digits(two_digits) && *parse_integer<int>(two_digits) < limit;
}

// "2026-11-29T17:30:18.5Z" or with an offset (RFC 3339 §5.6, date-time; a leap second is allowed).
// A leap second is let through at any time, as nobody knows the future ones.
bool is_date_time(std::string_view text) {
    if (text.size() < 20 || !is_date(text.substr(0, 10)) || (text[10] != 'T' && text[10] != 't')) return false;
    if (!is_below(text.substr(11, 2), 24) || text[13] != ':' || !is_below(text.substr(14, 2), 60) || text[16] != ':' ||
        !is_below(text.substr(17, 2), 61))
        return false;
    text.remove_prefix(19);
    if (text.starts_with('.')) {
        const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
        if (end == 1) return false;
        text.remove_prefix(end);
    }
    if (text == "Z" || text == "z") return true;
    return text.size() == 6 && (text[0] == '+' || text[0] == '-') && is_below(text.substr(1, 2), 24) &&
           text[3] == ':' && is_below(text.substr(4, 2), 60);
}

// Eight, four, four, four and twelve hex digits (RFC 9562 §4).
bool is_uuid(std::string_view text) {
    static constexpr Pattern uuid("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    return matches(uuid, text);
}

// A scheme and something behind it, without blanks and controls (RFC 3986 §3).
bool is_uri(std::string_view text) {
    static constexpr Pattern uri("[A-Za-z][A-Za-z0-9+.-]{0,30}:[!-~]+");
    return text.size() <= 2048 && matches(uri, text);
}

// The address that HTML's <input type=email> takes, in ASCII: at most 254 bytes (RFC 5321 §4.5.3.1.3), 64 before the
// '@', labels of at most 63 that neither begin nor end with '-'.
bool is_email(std::string_view text) {
    static constexpr Pattern local("[A-Za-z0-9.!#$%&'*+/=?\\^_`{}\\|~-]{1,64}");
    static constexpr Pattern label("[A-Za-z0-9-]{1,63}");
    const std::size_t sign = text.find('@');
    if (text.size() > 254 || sign == text.npos || !matches(local, text.substr(0, sign))) return false;
    for (std::string_view rest = text.substr(sign + 1);;) {
        const std::string_view part = rest.substr(0, rest.find('.'));
        if (!matches(label, part) || part.starts_with('-') || part.ends_with('-')) return false;
        if (part.size() == rest.size()) return true;
        rest.remove_prefix(part.size() + 1);
    }
}

// `what` ends the sentence "Value is not a valid ...".
struct FormatRow {
    Format format;
    std::string_view name;  // in JSON Schema
    std::string_view what;
    bool (*has)(std::string_view text);
};
constexpr std::array formats{
    FormatRow{Format::email, "email", "e-mail address", is_email},
    FormatRow{Format::uuid, "uuid", "UUID", is_uuid},
    FormatRow{Format::date, "date", "date (2026-11-29)", is_date},
    FormatRow{Format::date_time, "date-time", "time (2026-11-29T17:30:18Z)", is_date_time},
    FormatRow{Format::uri, "uri", "URL", is_uri},
};
// The row of a format is found by its number.
static_assert([] {
    for (std::size_t i = 0; i < formats.size(); ++i)
        if (static_cast<std::size_t>(formats[i].format) != i) return false;
    return true;
}());

const FormatRow& row_of(Format format) { return formats[static_cast<std::size_t>(format)]; }

}  // namespace

// Counts on beyond what is kept, so that ok() and count() stay right.
void Reading::wrong(std::string type, std::string message) {
    ++count_;
    if (errors_.size() < most_errors) errors_.push_back({std::move(type), at_, std::move(message), {}});
}

void check_rule(const Length& rule, std::string_view text, Reading& reading) {
    const std::size_t size = count_characters(text);
    if (size < rule.least)
        reading.wrong("string_too_short", "String should have at least " + count_of(rule.least, "character"));
    if (size > rule.most)
        reading.wrong("string_too_long", "String should have at most " + count_of(rule.most, "character"));
}

// The words are pydantic's, so that clients of FastAPI which show or compare them need no change.
void check_list_length(const Length& rule, std::size_t items, Reading& reading) {
    const auto said = [&](std::string_view bound, std::size_t limit) {
        return std::string("List should have ").append(bound).append(" ") + count_of(limit, "item") +
               " after validation, not " + std::to_string(items);
    };
    if (items < rule.least) reading.wrong("too_short", said("at least", rule.least));
    if (items > rule.most) reading.wrong("too_long", said("at most", rule.most));
}

void check_range(const Range<std::int64_t>& rule, std::int64_t value, Reading& reading) {
    if (value < rule.least)
        reading.wrong("greater_than_equal", "Input should be greater than or equal to " + std::to_string(rule.least));
    if (value > rule.most)
        reading.wrong("less_than_equal", "Input should be less than or equal to " + std::to_string(rule.most));
}

void check_range(const Range<double>& rule, double value, Reading& reading) {
    if (value < rule.least)
        reading.wrong("greater_than_equal", "Input should be greater than or equal to " + text_of(rule.least));
    if (value > rule.most)
        reading.wrong("less_than_equal", "Input should be less than or equal to " + text_of(rule.most));
}

void check_rule(const Pattern& rule, std::string_view text, Reading& reading) {
    if (!matches(rule, text))
        reading.wrong("string_pattern_mismatch",
                      std::string("String should match pattern '").append(rule.text()).append("'"));
}

void check_rule(Format rule, std::string_view text, Reading& reading) {
    if (!has_format(rule, text))
        reading.wrong("value_error", std::string("Value is not a valid ").append(row_of(rule).what));
}

std::string alternatives(std::span<const std::string_view> values) {
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) text += i + 1 == values.size() ? " or " : ", ";
        text.append("'").append(values[i]).append("'");
    }
    return text;
}

void check_one_of(std::span<const std::string_view> values, std::string_view text, Reading& reading) {
    if (std::find(values.begin(), values.end(), text) == values.end())
        reading.wrong("enum", "Input should be " + alternatives(values));
}

// Follows all ways of splitting the text between the items at once, so the time does not depend on how many there are:
// for each item a set of bits says how often it may have matched so far.
bool matches(const Pattern& pattern, std::string_view text) {
    constexpr std::size_t most_repeats = 1001;  // Pattern allows {1000}
    using Counts = std::bitset<most_repeats + 1>;
    const std::size_t size = pattern.size();
    // reached[i][n]: item i is the current one and has matched n times; at `any_number` a count is kept at `least`.
    std::vector<Counts> reached(size + 1), next(size + 1);
    // As far as an item's matches are counted: beyond it a count stays where it is (no upper bound) or is dropped.
    const auto cap = [&](std::size_t i) {
        const auto& item = pattern.item(i);
        return item.most == Pattern::any_number ? item.least : item.most;
    };
    // An item that has matched its least number of times may be left for the next one.
    const auto advance = [&](std::vector<Counts>& at) {
        for (std::size_t i = 0; i < size; ++i)
            if ((at[i] >> pattern.item(i).least).any()) at[i + 1].set(0);
    };
    reached[0].set(0);
    advance(reached);
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view character = next_character(text, at);
        at += character.size();
        bool alive = false;
        for (auto& counts : next) counts.reset();
        for (std::size_t i = 0; i < size; ++i) {
            if (reached[i].none() || !is_in(pattern.item(i), character)) continue;
            // At the cap of an item without an upper bound the count stays where it is; otherwise a count moves up by
            // one, and what moves beyond the cap is gone.
            const bool stays = pattern.item(i).most == Pattern::any_number && reached[i].test(cap(i));
            Counts moved = reached[i] << 1;
            moved.reset(cap(i) + 1u);
            if (stays) moved.set(cap(i));
            next[i] = moved;
            alive = alive || moved.any();
        }
        if (!alive) return false;
        advance(next);
        std::swap(reached, next);
    }
    return reached[size].any();
}

bool has_format(Format format, std::string_view text) { return row_of(format).has(text); }

void write_length(json::Writer& out, const Length& rule, Counted counted) {
    const bool characters = counted == Counted::characters;
    if (rule.least > 0) out.member(characters ? "minLength" : "minItems", static_cast<std::int64_t>(rule.least));
    if (rule.most != std::numeric_limits<std::size_t>::max())
        out.member(characters ? "maxLength" : "maxItems", static_cast<std::int64_t>(rule.most));
}

void write_rule(json::Writer& out, const Range<std::int64_t>& rule) {
    if (rule.least != std::numeric_limits<std::int64_t>::min()) out.member("minimum", rule.least);
    if (rule.most != std::numeric_limits<std::int64_t>::max()) out.member("maximum", rule.most);
}

void write_rule(json::Writer& out, const Range<double>& rule) {
    out.name("minimum");
    out.raw(text_of(rule.least));
    if (rule.most == std::numeric_limits<double>::max()) return;
    out.name("maximum");
    out.raw(text_of(rule.most));
}

// JSON Schema looks for the pattern anywhere in the string; ours is about all of it.
void write_rule(json::Writer& out, const Pattern& rule) {
    std::string text(rule.text());
    if (!text.starts_with('^')) text.insert(0, "^");
    if (!text.ends_with('$')) text += '$';
    out.member("pattern", text);
}

void write_rule(json::Writer& out, Format rule) { out.member("format", row_of(rule).name); }
void write_rule(json::Writer& out, const About& rule) { out.member("description", rule.text); }

void write_values(json::Writer& out, std::span<const std::string_view> values) {
    out.name("enum");
    out.begin_array();
    for (const std::string_view value : values) out.value(value);
    out.end_array();
}

}  // namespace keyhold::http
