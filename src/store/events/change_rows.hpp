// SPDX-License-Identifier: Apache-2.0
// How the other stores record changes.
#pragma once

#include <string_view>
#include <vector>

#include "store/database/connection.hpp"
#include "store/events/change_store.hpp"

namespace keyhold::store {

// Within the transaction that makes the change; written at its commit. Database::write() returns when every process has
// heard of it.
// `id` as Changed says. Several of one transaction get consecutive numbers.
void record_change(Connection& connection, Changed what, std::string_view id);

// What Connection::commit() does with them; `now` is when it commits.
void write_changes(Connection& connection, const std::vector<Change>& changes, Time now);

// Makes other transactions that record changes wait until this one is over: for those that read first.
void hold_changes(Connection& connection);

// Writes, and leaves everything as it was. Two statements, as SQLite writes nothing where a row stays the same.
void touch_changes(Connection& connection);

}  // namespace keyhold::store
