// SPDX-License-Identifier: Apache-2.0
#include "store/secret_store.hpp"

#include <string>

#include "store/database.hpp"
#include "store/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Insert<"keyhold_one_time_secrets", OneTimeSecret> insert;
constexpr Query<"SELECT {} FROM keyhold_one_time_secrets WHERE digest = :a AND purpose = :b", "tt", OneTimeSecret>
    select_one;
constexpr Query<
    "UPDATE keyhold_one_time_secrets SET used_at = :a, account_id = :b "
    "WHERE digest = :c AND purpose = :d AND used_at = 0 AND expires_at > :a",
    "ittt">
    update_used;
constexpr Query<"SELECT digest FROM keyhold_one_time_secrets WHERE expires_at < :a LIMIT :b", "ii", std::string>
    select_old;
constexpr Query<"DELETE FROM keyhold_one_time_secrets WHERE digest = :a", "t"> delete_one;
constexpr Query<"DELETE FROM keyhold_one_time_secrets WHERE subject = :a", "t"> delete_of;

}  // namespace

void SecretStore::add(const OneTimeSecret& secret) {
    database_->write([&](Connection& connection) {
        connection.insert(insert, secret);
        if (secret.purpose == "invite") record_event(connection, events::invited);
        return true;
    });
}

std::optional<OneTimeSecret> SecretStore::find(std::string_view digest, std::string_view purpose) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_one, digest, purpose); });
}

std::int64_t SecretStore::purge(Time time, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        const auto found = connection.find_all(select_old, time, limit);
        for (const std::string& digest : found) connection.run(delete_one, digest);
        return static_cast<std::int64_t>(found.size());
    });
}

bool use_secret(Connection& connection, const SecretUse& use, std::string_view account_id) {
    return connection.run(update_used, use.now, account_id, use.digest, use.purpose) == 1;
}

void forget_secrets_of(Connection& connection, std::string_view account_id) { connection.run(delete_of, account_id); }

}  // namespace keyhold::store
