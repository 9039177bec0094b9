// SPDX-License-Identifier: Apache-2.0
#include "store/profile_store.hpp"

#include "store/database.hpp"
#include "store/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"SELECT {} FROM keyhold_profiles WHERE account_id = :a", "t", Profile> select_one;
// Of two who write a profile at a time, the second waits for the first; nobody writes one of an account that goes.
constexpr Query<"UPDATE keyhold_accounts SET created_at = created_at WHERE id = :a", "t"> hold_account;
constexpr Query<"DELETE FROM keyhold_profiles WHERE account_id = :a", "t"> delete_one;
constexpr Insert<"keyhold_profiles", Profile> insert;

}  // namespace

std::optional<Profile> ProfileStore::find(std::string_view account_id) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_one, account_id); });
}

bool ProfileStore::put(const Profile& profile) {
    return database_->write([&](Connection& connection) {
        if (connection.run(hold_account, profile.account_id) != 1) return false;
        forget_profile(connection, profile.account_id);
        connection.insert(insert, profile);
        record_event(connection, events::profile_changed, {.account = profile.account_id});
        return true;
    });
}

void forget_profile(Connection& connection, std::string_view account_id) { connection.run(delete_one, account_id); }

}  // namespace keyhold::store
