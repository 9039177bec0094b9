// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/profiles.hpp"

#include <algorithm>
#include <chrono>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "crypto/digest.hpp"
#include "domain/accounts/unicode.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/followed_rows.hpp"

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

// No text in it may end a line, end a text in a database, or change the direction of the text around it.
bool is_plain(const Profile& profile) {
    bool is_plain_so_far = true;
    for_each_field<Profile>([&](const auto& field) {
        const std::optional<std::string>& text = profile.*field.pointer;
        is_plain_so_far &= !text || is_plain_text(*text);
    });
    return is_plain_so_far;
}

}  // namespace

Profile Profiles::find(std::string_view account_id) {
    // That somebody has said nothing is remembered too.
    const auto read = [this](std::string_view id) { return std::optional(store_.find(id).value_or(Profile{})); };
    return memory_ ? *memory_->find(account_id, read) : *read(account_id);
}

void Profiles::remember(Liveness& liveness) {
    constexpr std::size_t most = 4096;  // half a KiB each, and more for whoever says much
    memory_ = std::make_shared<FollowedRows<Profile>>(liveness, clock_, most);
    liveness.on_profile_changed([memory = memory_](std::string_view id) { memory->forget(id); });
}

std::string version_of(const Profile& profile) {
    std::string text;
    json::Writer out(text);
    out.begin_array();
    for_each_field<Profile>([&](const auto& field) {
        // Absent fields are left out and the others named, so that a text that moves from one field to another
        // changes the version.
        const std::optional<std::string>& said = profile.*field.pointer;
        if (!said) return;
        out.value(field.name);
        out.value(*said);
    });
    out.end_array();
    constexpr std::size_t enough = 16;  // bytes of the digest
    return base64url::encode(crypto::sha256(text).substr(0, enough));
}

Result<Profile> Profiles::checked(std::string_view account_id, Profile profile) const {
    if (!is_plain(profile))
        return Error(errors::validation_failed, "a control character, or an invisible one, is in it");
    if (profile.birthdate && !is_birthdate(*profile.birthdate))
        return Error(errors::validation_failed, "birthdate is no date: 1990-12-31, 0000-12-31 or 1990");
    profile.account_id = account_id;
    profile.updated_at = clock_.now();
    return profile;
}

Result<Profile> Profiles::replace(std::string_view account_id, Profile profile) {
    auto wanted = checked(account_id, std::move(profile));
    if (wanted && !store_.put(*wanted)) return errors::account_not_found;
    return wanted;
}

Result<Profile> Profiles::replace_seen(std::string_view account_id, std::string_view version, Profile profile) {
    auto wanted = checked(account_id, std::move(profile));
    if (!wanted) return wanted;
    // From the database and not from memory, as the statement below compares with what was read here.
    const auto seen = store_.find(account_id);
    if (version_of(seen.value_or(Profile{})) != version) return errors::precondition_failed;
    switch (store_.put_instead_of(seen, *wanted)) {
        case store::ProfileStore::Put::no_account:
            return errors::account_not_found;
        case store::ProfileStore::Put::changed_since:
            return errors::precondition_failed;
        case store::ProfileStore::Put::stored:
            break;
    }
    return wanted;
}

}  // namespace keyhold::domain
