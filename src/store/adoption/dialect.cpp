// SPDX-License-Identifier: Apache-2.0
// The SQL that reads another application's table, put together from the words of a dialect. Names of tables and columns
// are quoted, since they are the application's and may be reserved words; values are parameters.
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

// What stands behind the last row in the order of these columns: k1 >= :a AND (k1 > :a OR (k1 = :a AND ...)), which
// every database reads by an index, where MariaDB does not for (k1, k2) > (:a, :b).
std::string behind_last(const ForeignDialect& dialect, const std::vector<ForeignColumn>& keys, std::size_t at) {
    const std::string key = name_in(dialect, keys[at].name),
                      last = dialect.typed(std::string(":") + static_cast<char>('a' + at), keys[at].type);
    if (at + 1 == keys.size()) return key + " > " + last;
    return key + " >= " + last + " AND (" + key + " > " + last + " OR (" + behind_last(dialect, keys, at + 1) + "))";
}

// The key stands in front of the columns, as text, so that the last row of a page can be given back as a parameter; it
// is compared as its own type, so that an index is used.
ForeignPages pages(const ForeignDialect& dialect, std::string_view table, const std::vector<ForeignColumn>& keys,
                   const std::string& list, std::size_t columns) {
    std::string asked, ordered;
    for (const ForeignColumn& key : keys) {
        asked.append(asked.empty() ? "" : ", ").append(as_text(dialect, name_in(dialect, key.name)));
        ordered.append(ordered.empty() ? "" : ", ").append(name_in(dialect, key.name));
    }
    const std::string from = "SELECT " + asked + list + " FROM " + name_in(dialect, table),
                      order = " ORDER BY " + ordered + " LIMIT :";
    return {.from_first = from + order + 'a',
            .after = from + " WHERE " + behind_last(dialect, keys, 0) + order + static_cast<char>('a' + keys.size()),
            .columns = keys.size() + columns,
            .keys = keys.size()};
}

// A table that is shared has one column as its key.
ForeignPages pages(const ForeignDialect& dialect, const ForeignTable& table, const std::string& list,
                   std::size_t columns) {
    return pages(dialect, table.table, {{.name = table.id, .type = table.id_type}}, list, columns);
}

}  // namespace

// Null for a database that cannot be adopted.
const ForeignDialect* find_dialect(std::string_view scheme) {
    const auto* const found = std::ranges::find(dialects, scheme, &ForeignDialect::scheme);
    return found != dialects.end() ? found : nullptr;
}

// A text within the SQL of a trigger, which can have no parameters. Characters that some database or driver reads as an
// escape or a parameter are written by their number.
std::string text_value(const ForeignDialect& dialect, std::string_view text) {
    constexpr std::string_view special = "\\:?$";
    if (text.find_first_of(special) == text.npos) return in_quotes(text, '\'');
    std::string list;
    const auto add = [&](const std::string& part) { list.append(list.empty() ? "" : dialect.between).append(part); };
    while (!text.empty()) {
        const auto plain = std::min(text.find_first_of(special), text.size());
        if (plain != 0) add(in_quotes(text.substr(0, plain), '\''));
        text.remove_prefix(plain);
        if (text.empty()) break;
        add(filled(dialect.character, std::to_string(static_cast<unsigned char>(text.front()))));
        text.remove_prefix(1);
    }
    return std::string(dialect.joins) + "(" + list + ")";
}

// A quote within is doubled, as in standard SQL.
std::string in_quotes(std::string_view text, char quote) {
    std::string made(1, quote);
    for (const char c : text) made.append(c == quote ? 2 : 1, c);
    return made + quote;
}

// Puts `what` in place of every "{}".
std::string filled(std::string_view form, std::string_view what) {
    std::string text(form);
    for (auto at = text.find("{}"); at != std::string::npos; at = text.find("{}", at + what.size()))
        text.replace(at, 2, what);
    return text;
}

// NULL is read as an empty text, so that the reader needs no second kind of absence.
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

ForeignPages pages_of_rows(const ForeignDialect& dialect, std::string_view table,
                           const std::vector<ForeignColumn>& keys, const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns) list.append(", ").append(as_text(dialect, name_in(dialect, column)));
    return pages(dialect, table, keys, list, columns.size());
}

// A user: key, name, hash, whether they may log in, address; in this order the readers take them.
ForeignPages pages_of_users(const ForeignDialect& dialect, const ForeignTable& table) {
    return pages(dialect, table,
                 ", " + as_text(dialect, name_in(dialect, table.name)) + ", " + password_text(dialect, table) + ", " +
                     may_log_in(dialect, table) + ", " + email_text(dialect, table),
                 4);
}

ForeignPages pages_of_ids(const ForeignDialect& dialect, const ForeignTable& table) {
    return pages(dialect, table, "", 0);
}

// Locks the row where the database can, so that it stays as it is read until our transaction ends.
std::string select_user(const ForeignDialect& dialect, const ForeignTable& table) {
    return "SELECT " + as_text(dialect, name_in(dialect, table.name)) + ", " + password_text(dialect, table) + ", " +
           may_log_in(dialect, table) + ", " + email_text(dialect, table) + " FROM " + name_in(dialect, table.table) +
           " WHERE " + name_in(dialect, table.id) + " = " + dialect.typed(":a", table.id_type) +
           std::string(dialect.locked);
}

// Ids that are not the same once they were a text and back, or do not fit: with them a user could not be found again.
std::string select_lost_ids(const ForeignDialect& dialect, const ForeignTable& table) {
    constexpr std::string_view room = "255";  // of keyhold_adopted.old_id
    const std::string id = name_in(dialect, table.id), text = as_text(dialect, id);
    return "SELECT " + text + " FROM " + name_in(dialect, table.table) + " WHERE " + id + " IS NULL OR LENGTH(" + text +
           ") > " + std::string(room) + " OR NOT (" + id + " = " + dialect.typed(text, table.id_type) + ") LIMIT :a";
}

// The most frequent first, at most 50: enough to see what a column is for.
std::string select_values(const ForeignDialect& dialect, std::string_view table, std::string_view column) {
    const std::string text = as_text(dialect, name_in(dialect, column));
    return "SELECT " + text + ", COUNT(*) FROM " + name_in(dialect, table) + " GROUP BY " + text +
           " ORDER BY 2 DESC, 1 LIMIT 50";
}

// COUNT(column) leaves NULLs out.
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

std::string email_value(const ForeignTable& table) {
    const bool is_null_without = table.no_email.empty() || table.no_email == "NULL";
    return is_null_without ? "NEW.email" : "COALESCE(NEW.email, " + table.no_email + ")";
}

}  // namespace keyhold::store
