// SPDX-License-Identifier: Apache-2.0
// The columns of another application's table that say who may not log in there: read and written in SQL.
//
// A user may log in if each of them says so. What is a time says since when somebody is locked out. NULL lets nobody in
// where the column says who may, and locks nobody out where it says who may not.
// Whoever is disabled here is locked out by each of them that shuts; whoever is enabled is let in by each that locks
// him out, and the others stay as they are.
#pragma once

#include <optional>
#include <string>

#include "store/adoption/foreign_table.hpp"

namespace keyhold::store {

struct ForeignDialect;

// Whether such a column can be read and written; not words ("active", "banned"), whose meaning nobody knows.
bool can_follow(const ForeignLock& lock);

// 1 or 0 for a row of the table.
std::string may_log_in(const ForeignDialect& dialect, const ForeignTable& table);

// What triggers make of them; each text is empty if there is none.
struct LockSql {
    std::string columns;  // ", a, b"
    std::string values;   // ", x, y": of a new row, by NEW.disabled
    // Statements that make the rows `where` like NEW.disabled, if they are not.
    std::string updates;
};
LockSql lock_sql(const ForeignDialect& dialect, const ForeignTable& table, const std::string& where);

}  // namespace keyhold::store
