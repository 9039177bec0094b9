// SPDX-License-Identifier: Apache-2.0
#include "store/restore.hpp"

#include "store/change_rows.hpp"
#include "store/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"UPDATE keyhold_sessions SET ended_at = :a, ends_at = :b, end_reason = 'restored' WHERE ended_at = 0",
                "ii">
    end_sessions;
constexpr Query<
    "UPDATE keyhold_keys SET sealed = '', signs_from = 0, verifies_until = :a, dropped_at = :b WHERE dropped_at = 0 "
    "AND purpose <> 'event'",
    "ii">
    drop_keys;
constexpr Query<
    "UPDATE keyhold_id_token_keys SET sealed = '', signs_from = 0, verifies_until = :a, dropped_at = :b WHERE "
    "dropped_at = 0 AND purpose <> 'event'",
    "ii">
    drop_keys_of_id_tokens;
// More than anybody has ever counted: whoever followed the database before finds a gap. So many more than there were in
// the backup, and another number each time that the same backup is restored: microseconds since 1970.
constexpr Query<
    "UPDATE keyhold_change_counter SET sequence = CASE WHEN sequence + 1000000000 > :a THEN sequence + 1000000000 ELSE "
    ":a END",
    "i">
    leap;
constexpr Query<"DELETE FROM keyhold_changes"> forget_changes;
constexpr Query<"DELETE FROM keyhold_restored"> forget_restore;
constexpr Query<"INSERT INTO keyhold_restored (only_row, restored_at) VALUES (1, :a)", "i"> note_restore;

}  // namespace

Result<> end_what_was(std::string_view url, Kept kept, Time now, Make make) {
    auto database = Database::open(url, {.connections = 1, .make = make});
    if (!database) return std::move(database).error();
    write_change(**database, [&](Connection& connection) {
        connection.run(leap, now.time_since_epoch().count() * 1'000'000);
        connection.run(forget_changes);
        record_change(connection, Changed::keys, "");  // running nodes are called, and waited for
        record_event(connection, events::restored);
        if (!kept.sessions) connection.run(end_sessions, now, now);
        if (!kept.keys) {
            connection.run(drop_keys, now, now);
            connection.run(drop_keys_of_id_tokens, now, now);
        }
        if (kept.sessions) return true;
        connection.run(forget_restore);
        connection.run(note_restore, now);
        return true;
    });
    return {};
}

}  // namespace keyhold::store
