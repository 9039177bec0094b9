// SPDX-License-Identifier: Apache-2.0
#include "store/events/change_store.hpp"

#include "store/database/database.hpp"
#include "store/events/change_rows.hpp"

namespace keyhold::store {

KEYHOLD_ROW(NumberedChange, (sequence), (what), (id), (changed_at))

namespace {

// A reader that is further behind than this forgets everything it remembers, because asking the database again costs
// less than so long a list.
constexpr std::int64_t longest_list = 10'000;

// The table has one row. Whoever counts it up holds it until the commit, which is what makes the numbers appear in
// order.
constexpr Query<"UPDATE keyhold_change_counter SET sequence = sequence + :a", "i"> count_up;
constexpr Query<"UPDATE keyhold_change_counter SET sequence = sequence"> hold_counter;
constexpr Insert<"keyhold_changes", NumberedChange> insert_change;
constexpr Query<"SELECT sequence FROM keyhold_change_counter", "", std::int64_t> select_last;
constexpr Query<"SELECT {} FROM keyhold_changes WHERE sequence > :a ORDER BY sequence", "i", NumberedChange>
    select_changes_after;
constexpr Query<"SELECT {} FROM keyhold_changes WHERE sequence > :a ORDER BY sequence LIMIT :b", "ii", NumberedChange>
    select_page_of_changes;
constexpr Query<"SELECT restored_at FROM keyhold_restored", "", Time> select_restored;
constexpr Query<
    "SELECT {} FROM keyhold_changes WHERE sequence <= (SELECT sequence FROM keyhold_change_counter) - :a "
    "ORDER BY sequence LIMIT :b",
    "ii", NumberedChange>
    select_old_changes;
constexpr Query<"DELETE FROM keyhold_changes WHERE sequence <= :a", "i"> delete_changes_up_to;
constexpr std::int64_t deleted_at_once = 1'000;  // a transaction that nobody has to wait for long

// `changes.last` is what the counter said a moment before; the list may go on beyond it.
void read_list(Connection& connection, std::int64_t sequence, Changes& changes) {
    // A smaller number than ours: it is another database by now.
    if (changes.last < sequence || changes.last - sequence > longest_list) return;
    changes.list.emplace();
    std::int64_t expected = sequence + 1;
    for (NumberedChange& change : connection.find_all(select_changes_after, sequence)) {
        if (changes.list && change.sequence != expected) changes.list.reset();
        if (!changes.list) return;
        changes.list->push_back({change.what, std::move(change.id)});
        changes.last = expected++;  // it may have come between the two questions
    }
    if (changes.list && expected <= changes.last) changes.list.reset();  // some are not kept any more
}

}  // namespace

void record_change(Connection& connection, Changed what, std::string_view id) {
    connection.add_change({what, std::string(id)});
}

void write_changes(Connection& connection, const std::vector<Change>& changes, Time now) {
    const auto count = static_cast<std::int64_t>(changes.size());
    // Counted up before it is read: from here on this transaction alone has the row.
    connection.run(count_up, count);
    std::int64_t next = connection.find(select_last).value_or(0) + 1 - count;
    for (const Change& change : changes)
        connection.insert(insert_change, NumberedChange{next++, change.what, change.id, now});
}

void hold_changes(Connection& connection) { connection.run(hold_counter); }

void touch_changes(Connection& connection) {
    for (const std::int64_t by : {1, -1}) connection.run(count_up, by);
}

std::uint64_t ChangeStore::epoch() const noexcept { return database_->change_signal().count(); }

std::uint64_t ChangeStore::breaks() const noexcept { return database_->breaks(); }

Changes ChangeStore::after(std::int64_t sequence) {
    return database_->use(Intent::read, [&](Connection& connection) {
        Changes changes;
        changes.last = connection.find(select_last).value_or(0);
        read_list(connection, sequence, changes);
        changes.restored_at = connection.find(select_restored);
        return changes;
    });
}

ChangePage ChangeStore::page(std::optional<std::int64_t> after, std::int64_t limit) {
    return database_->use(Intent::read, [&](Connection& connection) {
        ChangePage page;
        page.last = connection.find(select_last).value_or(0);
        page.changes = connection.find_all(select_page_of_changes, after.value_or(0), limit);
        page.restored_at = connection.find(select_restored);
        if (!after) return page;
        // A number that is still to come is another database's; so is what leaves a gap behind a restore.
        const std::int64_t next = page.changes.empty() ? page.last + 1 : page.changes.front().sequence;
        page.is_whole = next == *after + 1;
        return page;
    });
}

// From the oldest on, so that what stays has no gaps, whatever the clocks of those who dated them said.
bool ChangeStore::forget_some_but(std::int64_t kept, Time since) {
    // Read outside of the transaction that deletes: looking for them holds nobody up.
    const auto old = database_->use(Intent::read, [&](Connection& connection) {
        return connection.find_all(select_old_changes, kept, deleted_at_once);
    });
    std::int64_t end = 0;
    for (const NumberedChange& change : old) {
        if (change.changed_at >= since) break;
        end = change.sequence;
    }
    if (end == 0) return false;
    database_->write([&](Connection& connection) { return connection.run(delete_changes_up_to, end); });
    return end == old.back().sequence;
}

}  // namespace keyhold::store
