// SPDX-License-Identifier: Apache-2.0
#include "domain/profiles.hpp"

#include <algorithm>
#include <chrono>

#include "domain/errors.hpp"

namespace keyhold::domain {

namespace {

// OpenID Connect Core §5.1: YYYY-MM-DD with 0000 for a year that is not told, or YYYY.
bool is_birthdate(std::string_view text) {
    const auto number = [&](std::size_t at, std::size_t digits) {
        int value = 0;
        for (const char c : text.substr(at, digits)) {
            if (c < '0' || c > '9') return -1;
            value = value * 10 + (c - '0');
        }
        return value;
    };
    if (text.size() == 4) return number(0, 4) > 0;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
    if (year < 0 || month < 1 || day < 1) return false;
    constexpr int leap = 2000;  // the 29th of February is a birthday in a year that is not told
    return std::chrono::year_month_day(std::chrono::year(year == 0 ? leap : year),
                                       std::chrono::month(static_cast<unsigned>(month)),
                                       std::chrono::day(static_cast<unsigned>(day)))
        .ok();
}

// What ends a line, or a text in a database.
bool has_control(const Profile& profile) {
    bool found = false;
    for_each_field<Profile>([&](const auto& field) {
        const std::optional<std::string>& text = profile.*field.pointer;
        found |= text && std::ranges::any_of(*text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
    });
    return found;
}

}  // namespace

Result<Profile> Profiles::replace(std::string_view account_id, Profile profile) {
    if (has_control(profile)) return Error(errors::validation_failed, "a control character is in it");
    if (profile.birthdate && !is_birthdate(*profile.birthdate))
        return Error(errors::validation_failed, "birthdate is no date: 1990-12-31, 0000-12-31 or 1990");
    profile.account_id = account_id;
    profile.updated_at = clock_.now();
    if (!store_.put(profile)) return errors::account_not_found;
    return profile;
}

}  // namespace keyhold::domain
