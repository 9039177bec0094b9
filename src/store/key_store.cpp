// SPDX-License-Identifier: Apache-2.0
#include "store/key_store.hpp"

#include <algorithm>

#include "store/change_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"SELECT {} FROM keyhold_keys WHERE purpose = :a ORDER BY kid", "t", StoredKey> select_all;
constexpr Query<"DELETE FROM keyhold_keys WHERE kid = :a", "t"> delete_one;
constexpr Insert<"keyhold_keys", StoredKey> insert;

bool is_among(const std::vector<StoredKey>& keys, const StoredKey& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

std::vector<StoredKey> KeyStore::all() {
    return database_->use(Intent::read,
                          [this](Connection& connection) { return connection.find_all(select_all, purpose_); });
}

bool KeyStore::replace(const std::vector<StoredKey>& known, const std::vector<StoredKey>& wanted) {
    return write_change(*database_, [&](Connection& connection) {
        hold_changes(connection);
        if (connection.find_all(select_all, purpose_) != known) return false;
        for (const StoredKey& key : known) {
            if (is_among(wanted, key)) continue;
            connection.run(delete_one, key.kid);
            record_change(connection, Changed::keys, key.kid);
        }
        for (const StoredKey& key : wanted) {
            if (is_among(known, key)) continue;
            StoredKey ours = key;
            ours.purpose = purpose_;
            connection.insert(insert, ours);
            record_change(connection, Changed::keys, key.kid);
        }
        return true;
    });
}

}  // namespace keyhold::store
