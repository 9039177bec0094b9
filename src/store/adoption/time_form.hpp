// SPDX-License-Identifier: Apache-2.0
// How an application writes a moment in a column whose type does not say it: as a text of ISO 8601 or as a number since
// 1970. It reads its own form and often no other, so what Keyhold writes there has the form of the rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyhold::store {

struct ForeignDialect;

struct TimeForm {
    std::int64_t per_second = 0;  // of a number: 1, 1000 or 1'000'000; 0 for a text
    bool has_time = true;         // false: "2026-01-02"
    char between = ' ';           // date and time
    std::size_t digits = 0;       // of a second's fraction
    std::string zone = {};        // behind the time, for UTC: "Z", "+00:00", " +00:00", "+0000" or nothing
    friend bool operator==(const TimeForm&, const TimeForm&) = default;
};

// The form of a text or number that stands for some moment after September 2001; empty for anything else. Another zone
// than UTC is that of its form in UTC.
std::optional<TimeForm> parse_time_form(std::string_view text);

// One form that stands for both; empty if there is none. Python's isoformat() leaves out a fraction of nothing, so a
// form with a fraction stands for one without.
std::optional<TimeForm> common_form(const TimeForm& one, const TimeForm& other);

// The moment of the statement in this form, as SQL. UTC, as a text without a zone says nothing else.
std::string now_in(const ForeignDialect& dialect, const TimeForm& form);

}  // namespace keyhold::store
