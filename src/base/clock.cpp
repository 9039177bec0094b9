// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"

#include <cstdint>
#include <cstdio>

#include "base/integer.hpp"

namespace keyhold {

namespace {

// Reads from the front of a text. Once something is not as expected, `ok` stays false.
struct Reader {
    std::string_view rest;
    bool ok = true;

    bool take_any_of(std::string_view characters) {
        if (rest.empty() || characters.find(rest.front()) == characters.npos) return false;
        rest.remove_prefix(1);
        return true;
    }
    void take(std::string_view characters) { ok = take_any_of(characters) && ok; }
    // Exactly so many digits; 0 and not ok where there are fewer.
    int digits(std::size_t count) {
        int number = 0;
        for (; count != 0; --count) {
            if (rest.empty() || rest.front() < '0' || rest.front() > '9') {
                ok = false;
                return 0;
            }
            number = 10 * number + (rest.front() - '0');
            rest.remove_prefix(1);
        }
        return number;
    }
};

// RFC 3339 §5.6: time-offset; minutes east of Greenwich.
std::chrono::minutes read_offset(Reader& reader) {
    if (reader.rest.empty() || reader.take_any_of("Zz")) return {};
    const bool is_west = reader.rest.front() == '-';
    reader.take("+-");
    const int hours = reader.digits(2);
    reader.take_any_of(":");
    const int minutes = reader.rest.empty() ? 0 : reader.digits(2);  // PostgreSQL writes "+00"
    if (hours > 23 || minutes > 59) reader.ok = false;
    const std::chrono::minutes offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return is_west ? -offset : offset;
}

}  // namespace

// Digits alone are seconds; everything else is a date and a time, part by part.
std::optional<Time> parse_time(std::string_view text) {
    // Seconds from 1970 to the first year of five digits, which rfc3339() cannot write. It bounds negative numbers too,
    // only so that they stay small.
    constexpr std::int64_t year_10000 = 253'402'300'800;
    if (const auto seconds = parse_integer<std::int64_t>(text))
        return *seconds > -year_10000 && *seconds < year_10000 ? std::optional(Time(std::chrono::seconds(*seconds)))
                                                               : std::nullopt;
    Reader reader{text};
    const int year = reader.digits(4);
    reader.take("-");
    const int month = reader.digits(2);
    reader.take("-");
    const int day = reader.digits(2);
    reader.take("Tt ");
    const int hour = reader.digits(2);
    reader.take(":");
    const int minute = reader.digits(2);
    reader.take(":");
    const int second = reader.digits(2);
    // A fraction has one digit or more; it is cut off, as Time has none.
    if (reader.take_any_of(".")) {
        reader.digits(1);
        while (reader.take_any_of("0123456789")) {
        }
    }
    const std::chrono::minutes offset = read_offset(reader);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    // Second 60 is a leap second, which becomes the first second of the next minute.
    if (!reader.ok || !reader.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60)
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) - offset;
}

std::string rfc3339(Time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    // The longest text that the format could make of any numbers, so that the compiler can see that nothing is cut off.
    char text[sizeof "-2147483648-4294967295-4294967295T00:00:00Z"];
    (void)std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                        static_cast<int>(clock.seconds().count()));
    return text;
}

std::optional<Time> parse_day_or_time(std::string_view text) {
    constexpr std::size_t size_of_day = 10;
    const bool is_day = text.size() == size_of_day && text[4] == '-';  // ten digits are seconds since 1970
    return parse_time(is_day ? std::string(text) + "T00:00:00Z" : std::string(text));
}

}  // namespace keyhold
