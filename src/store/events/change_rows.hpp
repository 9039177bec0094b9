// SPDX-License-Identifier: Apache-2.0
// How the other stores record changes.
#pragma once

#include <string_view>
#include <utility>

#include "store/database/database.hpp"
#include "store/events/change_store.hpp"

namespace keyhold::store {

// Within the transaction that makes the change; written at its commit.
// `id` as Changed says. Several of one transaction get consecutive numbers.
void record_change(Connection& connection, Changed what, std::string_view id);

// What Connection::commit() does with them; `now` is when it commits.
void write_changes(Connection& connection, const std::vector<Change>& changes, Time now);

// Makes other transactions that record changes wait until this one is over: for those that read first.
void hold_changes(Connection& connection);

// Writes, and leaves everything as it was. Two statements, as SQLite writes nothing where a row stays the same.
void touch_changes(Connection& connection);

// Database::write() for works that record changes. Raises the signal afterwards, also when the outcome is unknown: an
// I/O error at COMMIT may leave the change in place. For one of several transactions; the last one is a write_change().
template <class Work>
auto write_part_of_change(Database& database, Work work) {
    struct Raise {
        ChangeSignal& signal;
        ~Raise() { signal.raise(); }
    } const after_the_commit{database.change_signal()};
    return database.write(std::move(work));
}

// The same; when it returns, every process has heard of all that was committed before.
template <class Work>
auto write_change(Database& database, Work work) {
    auto result = write_part_of_change(database, std::move(work));
    database.tell_the_others();
    return result;
}

}  // namespace keyhold::store
