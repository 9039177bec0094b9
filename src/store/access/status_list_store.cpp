// SPDX-License-Identifier: Apache-2.0
#include "store/access/status_list_store.hpp"

#include "store/database/database.hpp"

namespace keyhold::store {
namespace {

struct Counter {
    std::int64_t next_index = 0;
    std::int64_t lost_below = 0;
};
KEYHOLD_ROW(Counter, (next_index), (lost_below))

constexpr Query<"UPDATE keyhold_status_lists SET next_index = next_index + :a", "i"> count_up;
constexpr Query<"SELECT {} FROM keyhold_status_lists", "", Counter> select_counter;
constexpr Query<
    "SELECT status_index FROM keyhold_sessions WHERE status_index >= :a AND status_index < :b AND ended_at <> 0", "ii",
    std::int64_t>
    select_ended;
constexpr Query<
    "SELECT status_index FROM keyhold_sessions WHERE status_index >= :a AND status_index < :b AND ended_at = 0", "ii",
    std::int64_t>
    select_live;

}  // namespace

std::int64_t StatusListStore::take(std::int64_t count) {
    return database_->write([&](Connection& connection) {
        // Counted up before it is read: from here on this transaction alone has the row.
        connection.run(count_up, count);
        return connection.find(select_counter).value_or(Counter{}).next_index - count;
    });
}

ListedSessions StatusListStore::read(std::int64_t first, std::int64_t end) {
    return database_->use(Intent::read, [&](Connection& connection) {
        const Counter counter = connection.find(select_counter).value_or(Counter{});
        ListedSessions found{counter.next_index, counter.lost_below, {}, {}};
        found.ended = connection.find_all(select_ended, first, end);
        if (first < counter.lost_below) found.live = connection.find_all(select_live, first, end);
        return found;
    });
}

}  // namespace keyhold::store
