// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/dialect.hpp"

#include <algorithm>
#include <array>

#include "store/adoption/dialect_mariadb.hpp"
#include "store/adoption/dialect_postgresql.hpp"
#include "store/adoption/dialect_sqlite.hpp"
#include "store/adoption/foreign_locks.hpp"

namespace keyhold::store {

namespace {

constexpr std::array dialects{sqlite_dialect, postgresql_dialect, mariadb_dialect};

bool holds(std::string_view type, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return type.find(word) != type.npos; });
}

ForeignPages pages(const ForeignDialect& dialect, std::string_view table, std::string_view key, std::string_view type,
                   const std::string& list, std::size_t columns) {
    const std::string from = "SELECT " + as_text(dialect, name_in(dialect, key)) + list + " FROM " +
                             name_in(dialect, table),
                      order = " ORDER BY " + name_in(dialect, key) + " LIMIT ";
    return {.from_first = from + order + ":a",
            .after = from + " WHERE " + name_in(dialect, key) + " > " + dialect.typed(":a", type) + order + ":b",
            .columns = columns};
}

}  // namespace

const ForeignDialect* find_dialect(std::string_view scheme) {
    const auto* const found = std::ranges::find(dialects, scheme, &ForeignDialect::scheme);
    return found != dialects.end() ? found : nullptr;
}

std::string quoted(std::string_view text, char quote) {
    std::string made(1, quote);
    for (const char c : text) made.append(c == quote ? 2 : 1, c);
    return made + quote;
}

std::string filled(std::string_view form, std::string_view what) {
    std::string text(form);
    for (auto at = text.find("{}"); at != std::string::npos; at = text.find("{}", at + what.size()))
        text.replace(at, 2, what);
    return text;
}

std::string as_text(const ForeignDialect& dialect, const std::string& column) {
    return "COALESCE(CAST(" + column + " AS " + std::string(dialect.text_type) + "), '')";
}

std::string count_rows(const ForeignDialect& dialect, std::string_view table) {
    return "SELECT COUNT(*) FROM " + name_in(dialect, table);
}

std::string select_rows(const ForeignDialect& dialect, std::string_view table,
                        const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns)
        list.append(list.empty() ? "" : ", ").append(as_text(dialect, name_in(dialect, column)));
    return "SELECT " + list + " FROM " + name_in(dialect, table);
}

ForeignPages pages_of_rows(const ForeignDialect& dialect, std::string_view table, const ForeignColumn& key,
                           const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns) list.append(", ").append(as_text(dialect, name_in(dialect, column)));
    return pages(dialect, table, key.name, key.type, list, columns.size() + 1);
}

ForeignPages pages_of_users(const ForeignDialect& dialect, const ForeignTable& table) {
    return pages(dialect, table.table, table.id, table.id_type,
                 ", " + as_text(dialect, name_in(dialect, table.name)) + ", " +
                     as_text(dialect, name_in(dialect, table.password)) + ", " + may_log_in(dialect, table),
                 4);
}

ForeignPages pages_of_ids(const ForeignDialect& dialect, const ForeignTable& table) {
    return pages(dialect, table.table, table.id, table.id_type, "", 1);
}

std::string select_user(const ForeignDialect& dialect, const ForeignTable& table) {
    return "SELECT " + as_text(dialect, name_in(dialect, table.name)) + ", " +
           as_text(dialect, name_in(dialect, table.password)) + ", " + may_log_in(dialect, table) + " FROM " +
           name_in(dialect, table.table) + " WHERE " + name_in(dialect, table.id) + " = " +
           dialect.typed(":a", table.id_type) + std::string(dialect.locked);
}

ForeignValues values_of_new_row(const ForeignDialect& dialect, const ForeignTable& table,
                                const std::vector<ForeignColumn>& columns) {
    ForeignValues made{
        name_in(dialect, table.name) + ", " + name_in(dialect, table.password), "NEW.username, NEW.password_hash", {}};
    for (const ForeignColumn& column : columns) {
        const bool is_ours = column.name == table.name || column.name == table.password ||
                             std::ranges::find(table.locks, column.name, &ForeignLock::column) != table.locks.end();
        const std::string value = value_for(table, column);
        if (is_ours || value.empty() || !(column.is_required || column.name == table.id)) continue;
        const bool is_id = column.name == table.id;
        made.columns += ", " + name_in(dialect, column.name);
        made.values += ", " + (is_id ? dialect.typed(value, column.type) : value);
        if (is_id) made.id = value;
    }
    return made;
}

std::string value_for(const ForeignTable& table, const ForeignColumn& column) {
    if (column.name == table.id && holds(column.type, {"int", "serial"})) return "";  // the database counts
    if (column.name == table.id && holds(column.type, {"(32)"})) return "REPLACE(NEW.id, '-', '')";
    if (column.name == table.id) return "NEW.id";
    if (holds(column.type, {"bool"})) return "FALSE";
    if (holds(column.type, {"time", "date"})) return "CURRENT_TIMESTAMP";
    if (holds(column.type, {"char", "text", "string"})) return column.is_unique ? "NEW.username" : "''";
    if (holds(column.type, {"int", "numeric", "decimal", "real", "double", "float"}))
        return column.is_unique ? "" : "0";
    return "";
}

}  // namespace keyhold::store
