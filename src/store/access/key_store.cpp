// SPDX-License-Identifier: Apache-2.0
#include "store/access/key_store.hpp"

#include <algorithm>

#include "store/database/database.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"SELECT {} FROM keyhold_keys WHERE purpose = :a ORDER BY kid", "t", StoredKey> select_keys;
constexpr Query<"DELETE FROM keyhold_keys WHERE kid = :a", "t"> delete_key;
constexpr Insert<"keyhold_keys", StoredKey> insert_key;
// Those of ID tokens: whoever knows no purposes takes whatever stands in keyhold_keys for a key of access tokens.
// Keyhold 0.2.0 put them there, and may run beside us during an upgrade: so they are read there, too, and stay where
// they are until they are over.
constexpr Query<"SELECT {} FROM keyhold_id_token_keys WHERE purpose = :a ORDER BY kid", "t", StoredKey>
    select_all_of_id_tokens;
constexpr Query<"DELETE FROM keyhold_id_token_keys WHERE kid = :a", "t"> delete_one_of_id_tokens;
constexpr Insert<"keyhold_id_token_keys", StoredKey> insert_of_id_tokens;

// Sorted by our own code, as the two tables are read one after the other, and databases differ in the order of texts.
std::vector<StoredKey> read_all(Connection& connection, std::string_view purpose) {
    auto keys = connection.find_all(select_keys, purpose);
    if (purpose.empty()) return keys;
    for (StoredKey& key : connection.find_all(select_all_of_id_tokens, purpose)) keys.push_back(std::move(key));
    std::ranges::sort(keys, {}, &StoredKey::kid);
    return keys;
}

void drop(Connection& connection, const StoredKey& key) {
    connection.run(delete_key, key.kid);
    if (!key.purpose.empty()) connection.run(delete_one_of_id_tokens, key.kid);
}

void add(Connection& connection, const StoredKey& key) {
    if (key.purpose.empty())
        connection.insert(insert_key, key);
    else
        connection.insert(insert_of_id_tokens, key);
}

bool is_among(const std::vector<StoredKey>& keys, const StoredKey& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// What became of a key that is not what it was. That its last token runs out at a certain time is no event.
void record_key(Connection& connection, const std::vector<StoredKey>& known, const StoredKey& key) {
    const auto before = std::ranges::find(known, key.kid, &StoredKey::kid);
    if (before == known.end())
        record_event(connection, event_kind("key_added"), {.object = key.kid});
    else if (key.dropped_at && !before->dropped_at)
        record_event(connection, event_kind("key_dropped"), {.object = key.kid});
    else if (before->signs_from && !key.signs_from)
        record_event(connection, event_kind("key_retired"), {.object = key.kid});
}

}  // namespace

std::vector<StoredKey> KeyStore::all() {
    return database_->use(Intent::read, [this](Connection& connection) { return read_all(connection, purpose_); });
}

bool KeyStore::replace(const std::vector<StoredKey>& known, const std::vector<StoredKey>& wanted) {
    return database_->write([&](Connection& connection) {
        hold_changes(connection);
        // Compared under hold_changes(): whoever replaces keys at the same time waits, and is told that they are others
        // by now.
        if (read_all(connection, purpose_) != known) return false;
        for (const StoredKey& key : known) {
            if (is_among(wanted, key)) continue;
            drop(connection, key);
            record_change(connection, Changed::keys, key.kid);
        }
        for (const StoredKey& key : wanted) {
            if (is_among(known, key)) continue;
            StoredKey ours = key;
            ours.purpose = purpose_;
            add(connection, ours);
            record_change(connection, Changed::keys, key.kid);
            record_key(connection, known, key);
        }
        return true;
    });
}

}  // namespace keyhold::store
