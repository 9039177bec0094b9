// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/foreign_locks.hpp"

#include <algorithm>

#include "store/adoption/dialect.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::store {

namespace {

// What the values of such a column mean.
enum class Kind { words, yes_or_no, time, text, unknown };

// By the name of the type, in lower case.
Kind kind_of(const ForeignLock& lock) {
    if (!lock.may_value.empty()) return Kind::words;
    if (holds_one_of(lock.type, {"time", "date"})) return Kind::time;
    if (is_text(lock.type)) return Kind::text;
    if (holds_one_of(lock.type, {"bool", "int", "numeric", "decimal"})) return Kind::yes_or_no;
    return Kind::unknown;
}

// 1 or 0: whether this column lets the user in.
std::string lets_in(const ForeignDialect& dialect, const ForeignLock& lock) {
    const std::string column = name_in(dialect, lock.column);
    if (kind_of(lock) == Kind::words)
        return "CASE WHEN " + as_text(dialect, column) + " = " + in_quotes(lock.may_value, '\'') + " THEN 1 ELSE 0 END";
    if (kind_of(lock) == Kind::yes_or_no) {
        const std::string is_true = filled(dialect.is_true, column);
        // NULL is no yes: where applications ask `if not user.is_active`, nobody has let that user in, and where
        // they ask `if user.disabled`, nobody has locked that user out.
        return lock.says == ForeignLock::Says::who_may ? is_true : "(1 - " + is_true + ")";
    }
    return "CASE WHEN " + as_text(dialect, column) + " = '' THEN 1 ELSE 0 END";
}

// What the column gets for somebody who may log in, or may not.
std::string value_of(const ForeignDialect& dialect, const ForeignLock& lock, bool may) {
    const bool is_number = !holds_one_of(lock.type, {"bool"});
    switch (kind_of(lock)) {
        case Kind::words:
            return dialect.typed(in_quotes(may ? lock.may_value : lock.may_not_value, '\''), lock.type);
        case Kind::yes_or_no:
            // An integer that is called "deleted_at" counts seconds.
            if (lock.is_moment && may && is_number) return lock.never;
            if (lock.is_moment && is_number) return lock.now.empty() ? std::string(dialect.now) : lock.now;
            if ((lock.says == ForeignLock::Says::who_may) == may) return is_number ? "1" : "TRUE";
            return is_number ? "0" : "FALSE";
        case Kind::time:
            return may ? "NULL" : lock.now.empty() ? now_of(dialect, lock.type) : lock.now;
        default:
            return may                ? "NULL"
                   : lock.now.empty() ? "CAST(CURRENT_TIMESTAMP AS " + std::string(dialect.text_type) + ")"
                                      : lock.now;
    }
}

}  // namespace

// A time that says who may log in cannot be followed, as nobody knows what to write there for somebody who may not.
bool can_follow(const ForeignLock& lock) {
    switch (kind_of(lock)) {
        case Kind::words:
            return !lock.may_not_value.empty();
        case Kind::yes_or_no:
            return true;
        case Kind::time:
            return lock.says == ForeignLock::Says::who_may_not;
        case Kind::text:
            return lock.says == ForeignLock::Says::who_may_not && lock.is_moment;
        default:
            return false;
    }
}

std::string may_log_in(const ForeignDialect& dialect, const ForeignTable& table) {
    std::string all;
    for (const ForeignLock& lock : table.locks) all.append(all.empty() ? "" : " * ").append(lets_in(dialect, lock));
    return all.empty() ? "1" : all;
}

LockSql lock_sql(const ForeignDialect& dialect, const ForeignTable& table, const std::string& where) {
    LockSql sql;
    if (table.locks.empty()) return sql;
    std::string let_in, shut;
    for (const ForeignLock& lock : table.locks) {
        const std::string column = name_in(dialect, lock.column), yes = value_of(dialect, lock, true);
        sql.columns += ", " + column;
        let_in.append(let_in.empty() ? "" : ", ")
            .append(column + " = CASE WHEN " + lets_in(dialect, lock) + " = 1 THEN " + column + " ELSE " + yes +
                    " END");
        if (!lock.shuts) {
            sql.values += ", " + yes;
            continue;
        }
        const std::string no = value_of(dialect, lock, false);
        sql.values += ", CASE WHEN NEW.disabled = 0 THEN " + yes + " ELSE " + no + " END";
        shut.append(shut.empty() ? "" : ", ").append(column + " = " + no);
    }
    // One statement for all columns, as the table may check them against each other ("deleted_at IS NULL OR NOT
    // is_active"). MariaDB computes each value from those that it has just set, so each asks its own column alone.
    const std::string update = "UPDATE " + name_in(dialect, table.table) + " SET ", may = may_log_in(dialect, table);
    sql.updates = update + shut + where + " AND NEW.disabled <> 0 AND " + may + " = 1; " + update + let_in + where +
                  " AND NEW.disabled = 0 AND " + may + " = 0; ";
    return sql;
}

}  // namespace keyhold::store
