// SPDX-License-Identifier: Apache-2.0
#include "store/database/restore.hpp"

#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Query<"UPDATE keyhold_sessions SET ended_at = :a, ends_at = :b, end_reason = 'restored' WHERE ended_at = 0",
                "ii">
    end_every_session;
// Keys of the purpose 'event' stay: they have signed checkpoints of the log of events, which are verified by them
// later, too.
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
// What may have been shown since. Not the links by which somebody undoes what was done to his account, nor the address
// that is held for him meanwhile: that was undone by the restore itself, if it was done after the backup, and is to be
// undone once more if it was done before.
constexpr Query<
    "UPDATE keyhold_one_time_secrets SET used_at = :a WHERE used_at = 0 AND purpose NOT IN ('undo_change', 'not_me', "
    "'held_address')",
    "i">
    use_up_secrets;
constexpr Query<"DELETE FROM keyhold_authorization_codes"> forget_codes;
constexpr Query<"DELETE FROM keyhold_device_codes"> forget_device_codes;
constexpr Query<"DELETE FROM keyhold_pushed_requests"> forget_pushed_requests;
constexpr Query<"DELETE FROM keyhold_consents"> forget_consents;
// Most were sent since. Whoever knows better: `keyhold outbox retry`.
constexpr Query<
    "UPDATE keyhold_outbox SET state = 2, settled_at = :a, said = 'the database was restored from a backup' WHERE "
    "state = 0",
    "i">
    settle_mails;
// More than anybody has ever counted: whoever followed the database before finds a gap. So many more than there were in
// the backup, and another number each time that the same backup is restored: microseconds since 1970.
constexpr Query<
    "UPDATE keyhold_change_counter SET sequence = CASE WHEN sequence + 1000000000 > :a THEN sequence + 1000000000 ELSE "
    ":a END",
    "i">
    leap;
// The same of the numbers of sessions in status lists: those that were taken since the backup are taken for ended.
constexpr Query<
    "UPDATE keyhold_status_lists SET lost_below = CASE WHEN next_index + 16777216 > :a THEN next_index + 16777216 ELSE "
    ":a END",
    "i">
    lose_sessions_of_lists;
constexpr Query<"UPDATE keyhold_status_lists SET next_index = lost_below"> leap_in_lists;
constexpr Query<"DELETE FROM keyhold_changes"> forget_changes;
constexpr Query<"DELETE FROM keyhold_restored"> forget_restore;
constexpr Query<"INSERT INTO keyhold_restored (only_row, restored_at) VALUES (1, :a)", "i"> note_restore;

}  // namespace

Result<> end_what_was(std::string_view url, Kept kept, Time now, Make make) {
    auto database = Database::open(url, {.connections = 1, .make = make});
    if (!database) return std::move(database).error();
    (*database)->write([&](Connection& connection) {
        connection.run(leap, now.time_since_epoch().count() * 1'000'000);
        connection.run(lose_sessions_of_lists, now.time_since_epoch().count() * 65'536);
        connection.run(leap_in_lists);
        connection.run(forget_changes);
        record_change(connection, Changed::keys, "");  // running nodes are called, and waited for
        record_event(connection, event_kind("restored"));
        connection.run(use_up_secrets, now);
        connection.run(forget_codes);
        connection.run(forget_device_codes);
        connection.run(forget_pushed_requests);
        if (!kept.mails) connection.run(settle_mails, now);
        if (!kept.sessions) {
            connection.run(end_every_session, now, now);
            connection.run(forget_consents);
        }
        if (!kept.keys) {
            connection.run(drop_keys, now, now);
            connection.run(drop_keys_of_id_tokens, now, now);
        }
        // Tokens without a session are live with the sessions: where those are kept, nothing is noted that would refuse
        // them.
        if (kept.sessions) return true;
        connection.run(forget_restore);
        connection.run(note_restore, now);
        return true;
    });
    return {};
}

}  // namespace keyhold::store
