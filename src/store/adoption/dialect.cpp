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
                 ", " + as_text(dialect, name_in(dialect, table.name)) + ", " + password_text(dialect, table) + ", " +
                     may_log_in(dialect, table) + ", " + email_text(dialect, table),
                 5);
}

ForeignPages pages_of_ids(const ForeignDialect& dialect, const ForeignTable& table) {
    return pages(dialect, table.table, table.id, table.id_type, "", 1);
}

std::string select_user(const ForeignDialect& dialect, const ForeignTable& table) {
    return "SELECT " + as_text(dialect, name_in(dialect, table.name)) + ", " + password_text(dialect, table) + ", " +
           may_log_in(dialect, table) + ", " + email_text(dialect, table) + " FROM " + name_in(dialect, table.table) +
           " WHERE " + name_in(dialect, table.id) + " = " + dialect.typed(":a", table.id_type) +
           std::string(dialect.locked);
}

std::string select_lost_ids(const ForeignDialect& dialect, const ForeignTable& table) {
    constexpr std::string_view room = "255";  // of keyhold_adopted.old_id
    const std::string id = name_in(dialect, table.id), text = as_text(dialect, id);
    return "SELECT " + text + " FROM " + name_in(dialect, table.table) + " WHERE " + id + " IS NULL OR LENGTH(" + text +
           ") > " + std::string(room) + " OR NOT (" + id + " = " + dialect.typed(text, table.id_type) + ") LIMIT :a";
}

std::string select_values(const ForeignDialect& dialect, std::string_view table, std::string_view column) {
    const std::string text = as_text(dialect, name_in(dialect, column));
    return "SELECT " + text + ", COUNT(*) FROM " + name_in(dialect, table) + " GROUP BY " + text +
           " ORDER BY 2 DESC, 1 LIMIT 50";
}

std::string count_filled(const ForeignDialect& dialect, std::string_view table,
                         const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns)
        list.append(list.empty() ? "" : ", ").append("COUNT(" + name_in(dialect, column) + ")");
    return "SELECT " + list + " FROM " + name_in(dialect, table);
}

std::string password_text(const ForeignDialect& dialect, const ForeignTable& table) {
    const std::string column = name_in(dialect, table.password);
    return table.password_bytes ? "COALESCE(" + filled(dialect.text_of_bytes, column) + ", '')"
                                : as_text(dialect, column);
}

std::string password_value(const ForeignDialect& dialect, const ForeignTable& table, std::string_view text) {
    return table.password_bytes ? filled(dialect.bytes_of_text, text) : std::string(text);
}

std::string email_text(const ForeignDialect& dialect, const ForeignTable& table) {
    return table.email.empty() ? "''" : as_text(dialect, name_in(dialect, table.email));
}

}  // namespace keyhold::store
