// SPDX-License-Identifier: Apache-2.0
// What people let be known of themselves, beside their name and address: a row for whoever has said anything.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "store/database/row.hpp"

namespace keyhold::store {

class Connection;
class Database;

// Members are called as the claims of OpenID Connect Core §5.1, and mean what it says there.
struct Profile {
    std::string account_id;
    std::optional<std::string> name, given_name, family_name, middle_name, nickname;
    std::optional<std::string> profile, picture, website;  // URLs
    std::optional<std::string> gender, birthdate, zoneinfo, locale;
    Time updated_at{};

    bool operator==(const Profile&) const = default;
};
KEYHOLD_ROW(Profile, (account_id), (name), (given_name), (family_name), (middle_name), (nickname), (profile), (picture),
            (website), (gender), (birthdate), (zoneinfo), (locale), (updated_at))

// Every function may throw Unavailable and may be called from any thread. What returned is on disk.
class ProfileStore {
public:
    explicit ProfileStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    std::optional<Profile> find(std::string_view account_id);
    // Instead of the one that is there. False if there is no such account.
    bool put(const Profile& profile);
    // The same if `seen` is still what is there.
    enum class Put : std::uint8_t { stored, no_account, changed_since };
    Put put_instead_of(const std::optional<Profile>& seen, const Profile& profile);

private:
    std::shared_ptr<Database> database_;
};

// Within the transaction that deletes the account.
void forget_profile(Connection& connection, std::string_view account_id);

}  // namespace keyhold::store
