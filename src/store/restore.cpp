#include "store/restore.hpp"

#include "store/sql_change_store.hpp"

namespace keyhold::store {

namespace {

constexpr Sql end_sessions{
    "UPDATE keyhold_sessions SET ended_at = :a, ends_at = :b, end_reason = 'restored' WHERE ended_at = 0", "ii", ""};
constexpr Sql drop_keys{
    "UPDATE keyhold_keys SET sealed = '', signs_from = 0, verifies_until = :a, dropped_at = :b WHERE dropped_at = 0",
    "ii", ""};
// More than anybody has ever counted: whoever followed the database before finds a gap. So many more than there were in
// the backup, and another number each time that the same backup is restored: microseconds since 1970.
constexpr Sql leap{
    "UPDATE keyhold_change_counter SET sequence = CASE WHEN sequence + 1000000000 > :a THEN sequence + 1000000000 ELSE "
    ":a END",
    "i", ""};
constexpr Sql forget_changes{"DELETE FROM keyhold_changes", "", ""};
constexpr Sql forget_restore{"DELETE FROM keyhold_restored", "", ""};
constexpr Sql note_restore{"INSERT INTO keyhold_restored (only_row, restored_at) VALUES (1, :a)", "i", ""};

}  // namespace

Result<> end_what_was(std::string_view url, Kept kept, Time now, Make make) {
    auto database = Database::open(url, {.connections = 1, .make = make});
    if (!database) return std::move(database).error();
    const std::int64_t seconds = now.time_since_epoch().count();
    write_change(**database, [&](Connection& connection) {
        connection.statement(leap).run({seconds * 1'000'000});
        connection.statement(forget_changes).run({});
        record_change(connection, Changed::keys, "");  // running nodes are called, and waited for
        if (!kept.sessions) connection.statement(end_sessions).run({seconds, seconds});
        if (!kept.keys) connection.statement(drop_keys).run({seconds, seconds});
        if (kept.sessions) return true;
        connection.statement(forget_restore).run({});
        connection.statement(note_restore).run({seconds});
        return true;
    });
    return {};
}

}  // namespace keyhold::store
