// SPDX-License-Identifier: Apache-2.0
#include "base/internet_date.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace keyhold {

std::string internet_date(Time time) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d",
                        days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                        months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                        static_cast<int>(clock.seconds().count()));
    return text.data();
}

}  // namespace keyhold
