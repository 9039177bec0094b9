#include "store/sql_key_store.hpp"

#include <algorithm>

#include "store/sql_change_store.hpp"

namespace keyhold::store {

namespace {

constexpr Sql select_all{
    "SELECT kid, algorithm, sealed, created_at, signs_from, verifies_until, dropped_at FROM keyhold_keys ORDER BY kid",
    "", "tttiiii"};
constexpr Sql delete_one{"DELETE FROM keyhold_keys WHERE kid = :a", "t", ""};
constexpr Sql insert{
    "INSERT INTO keyhold_keys (kid, algorithm, sealed, created_at, signs_from, verifies_until, dropped_at) "
    "VALUES (:a, :b, :c, :d, :e, :f, :g)",
    "tttiiii", ""};

// 0 stands for no time.
std::int64_t number(std::optional<Time> time) { return time ? time->time_since_epoch().count() : 0; }
std::optional<Time> time_of(std::int64_t seconds) {
    return seconds != 0 ? std::optional(Time(std::chrono::seconds(seconds))) : std::nullopt;
}

std::vector<StoredKey> read_all(Connection& connection) {
    std::vector<StoredKey> keys;
    connection.statement(select_all).run({}, [&](const Statement& row) {
        keys.push_back({.kid = row.text(0),
                        .algorithm = row.text(1),
                        .sealed = row.text(2),
                        .created_at = Time(std::chrono::seconds(row.integer(3))),
                        .signs_from = time_of(row.integer(4)),
                        .verifies_until = time_of(row.integer(5)),
                        .dropped_at = time_of(row.integer(6))});
    });
    return keys;
}

bool is_among(const std::vector<StoredKey>& keys, const StoredKey& key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

std::vector<StoredKey> SqlKeyStore::all() {
    return database_->use(Intent::read, [](Connection& connection) { return read_all(connection); });
}

bool SqlKeyStore::replace(const std::vector<StoredKey>& known, const std::vector<StoredKey>& wanted) {
    return write_change(*database_, [&](Connection& connection) {
        hold_changes(connection);
        if (read_all(connection) != known) return false;
        for (const StoredKey& key : known) {
            if (is_among(wanted, key)) continue;
            connection.statement(delete_one).run({key.kid});
            record_change(connection, Changed::keys, key.kid);
        }
        for (const StoredKey& key : wanted) {
            if (is_among(known, key)) continue;
            connection.statement(insert).run({key.kid, key.algorithm, key.sealed, number(key.created_at),
                                              number(key.signs_from), number(key.verifies_until),
                                              number(key.dropped_at)});
            record_change(connection, Changed::keys, key.kid);
        }
        return true;
    });
}

}  // namespace keyhold::store
