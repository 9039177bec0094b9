#include "store/sql_change_store.hpp"

#include "store/times.hpp"

#include <optional>

namespace keyhold::store {

namespace {

// Whoever is further behind forgets everything: reading what is asked for again costs less than so long a list.
constexpr std::int64_t longest_list = 10'000;

constexpr Sql count_up{"UPDATE keyhold_change_counter SET sequence = sequence + :a", "i", ""};
constexpr Sql hold{"UPDATE keyhold_change_counter SET sequence = sequence", "", ""};
constexpr Sql insert{"INSERT INTO keyhold_changes (sequence, what, id) VALUES (:a, :b, :c)", "iit", ""};
constexpr Sql select_last{"SELECT sequence FROM keyhold_change_counter", "", "i"};
constexpr Sql select_after{"SELECT sequence, what, id FROM keyhold_changes WHERE sequence > :a ORDER BY sequence", "i",
                           "iit"};
constexpr Sql select_restored{"SELECT restored_at FROM keyhold_restored", "", "i"};
constexpr Sql select_old{
    "SELECT sequence FROM keyhold_changes WHERE sequence <= (SELECT sequence FROM keyhold_change_counter) - :a "
    "ORDER BY sequence LIMIT 1",
    "i", "i"};
constexpr Sql delete_old{
    "DELETE FROM keyhold_changes WHERE sequence <= (SELECT sequence FROM keyhold_change_counter) - :a AND sequence < "
    ":b",
    "ii", ""};
constexpr std::int64_t deleted_at_once = 1'000;  // a transaction that nobody has to wait for long

void read_list(Connection& connection, std::int64_t sequence, Changes& changes) {
    // A smaller number than ours: it is another database by now.
    if (changes.last < sequence || changes.last - sequence > longest_list) return;
    changes.list.emplace();
    std::int64_t expected = sequence + 1;
    connection.statement(select_after).run({sequence}, [&](const Statement& row) {
        if (changes.list && row.integer(0) != expected) changes.list.reset();
        if (!changes.list) return;
        changes.list->push_back({static_cast<Changed>(row.integer(1)), row.text(2)});
        changes.last = expected++;  // it may have come between the two questions
    });
    if (changes.list && expected <= changes.last) changes.list.reset();  // some are not kept any more
}

}  // namespace

void record_change(Connection& connection, Changed what, std::string_view id) {
    connection.add_change({what, std::string(id)});
}

void write_changes(Connection& connection, const std::vector<Change>& changes) {
    const auto count = static_cast<std::int64_t>(changes.size());
    connection.statement(count_up).run({count});
    std::int64_t next = 1 - count;
    connection.statement(select_last).run({}, [&](const Statement& row) { next += row.integer(0); });
    for (const Change& change : changes)
        connection.statement(insert).run({next++, static_cast<std::int64_t>(change.what), change.id});
}

void hold_changes(Connection& connection) { connection.statement(hold).run({}); }

Changes SqlChangeStore::after(std::int64_t sequence) {
    return database_->use(Intent::read, [&](Connection& connection) {
        Changes changes;
        connection.statement(select_last).run({}, [&](const Statement& row) { changes.last = row.integer(0); });
        read_list(connection, sequence, changes);
        if (!changes.list)
            connection.statement(select_restored).run({}, [&](const Statement& row) {
                changes.restored_at = time_of(row.integer(0));
            });
        return changes;
    });
}

void SqlChangeStore::forget_all_but(std::int64_t kept) {
    const auto oldest_to_delete = [&](Connection& connection) {
        std::optional<std::int64_t> oldest;
        connection.statement(select_old).run({kept}, [&](const Statement& row) { oldest = row.integer(0); });
        return oldest;
    };
    while (const auto oldest = database_->use(Intent::read, oldest_to_delete))
        database_->write([&](Connection& connection) {
            return connection.statement(delete_old).run({kept, *oldest + deleted_at_once});
        });
}

}  // namespace keyhold::store
