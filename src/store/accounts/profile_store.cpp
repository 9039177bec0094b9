// SPDX-License-Identifier: Apache-2.0
#include "store/accounts/profile_store.hpp"

#include "store/access/account_access.hpp"
#include "store/database/database.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"SELECT {} FROM keyhold_profiles WHERE account_id = :a", "t", Profile> select_profile;
constexpr Query<"DELETE FROM keyhold_profiles WHERE account_id = :a", "t"> delete_profile;
constexpr Insert<"keyhold_profiles", Profile> insert_profile;

// Under the account's row (hold_account): of two who write a profile at a time, the second waits; nobody writes one of
// an account that goes.
// DELETE and INSERT instead of an UPDATE, as a row may not be there yet.
void write_profile(Connection& connection, const Profile& profile) {
    connection.run(delete_profile, profile.account_id);
    connection.insert(insert_profile, profile);
    record_event(connection, event_kind("profile_changed"), {.account = profile.account_id});
    record_change(connection, Changed::profile, profile.account_id);
}

}  // namespace

std::optional<Profile> ProfileStore::find(std::string_view account_id) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_profile, account_id); });
}

bool ProfileStore::put(const Profile& profile) {
    return database_->write([&](Connection& connection) {
        if (!hold_account(connection, profile.account_id)) return false;
        write_profile(connection, profile);
        return true;
    });
}

ProfileStore::Put ProfileStore::put_instead_of(const std::optional<Profile>& seen, const Profile& profile) {
    return database_->write([&](Connection& connection) {
        if (!hold_account(connection, profile.account_id)) return Put::no_account;
        // All members are compared, so two people who edit at the same time do not overwrite each other.
        if (connection.find(select_profile, profile.account_id) != seen) return Put::changed_since;
        write_profile(connection, profile);
        return Put::stored;
    });
}

void forget_profile(Connection& connection, std::string_view account_id) { connection.run(delete_profile, account_id); }

}  // namespace keyhold::store
