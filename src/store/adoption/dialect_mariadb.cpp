// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/dialect_mariadb.hpp"

#include "store/adoption/foreign_locks.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::store::mariadb {

namespace {

// Theirs may have any character set and collation, which do not mix with ours, and may call two hashes the same.
std::string same(const std::string& one, const std::string& other) {
    return "CAST(" + one + " AS BINARY) <=> CAST(" + other + " AS BINARY)";
}

// A note's name is random, so that any number of them may be of one user.
std::string note_of(const std::string& row_and_id, const char* deleted) {
    return "INSERT INTO keyhold_adopted_changes (note, old_id, deleted, noted_at) VALUES (UUID(), " + row_and_id +
           ", " + deleted + ", " + std::string(mariadb_dialect.now) + "); ";
}

std::string trigger(const char* name, const std::string& when, const std::string& body) {
    return std::string("CREATE TRIGGER keyhold_adopted_") + name + " AFTER " + when + " FOR EACH ROW BEGIN " + body +
           "END";
}

// MariaDB reads a backslash in a literal as an escape. Where sql_mode says that it does not, no table has that name.
std::string literal(std::string_view text) {
    std::string doubled;
    for (const char c : text) doubled.append(c == '\\' ? 2 : 1, c);
    return store::in_quotes(doubled, '\'');
}

}  // namespace

std::string typed(std::string_view text, std::string_view) { return std::string(text); }

// From information_schema, in the order of the seven answers that ForeignDialect::columns promises. Each of its tables
// is asked with schema and table as constants: compared with another table's column, the server opens every table of
// every database for each row (0.7 s instead of 0.01 beside 111 databases).
std::string foreign_columns(std::string_view table) {
    const std::string here = "table_schema = DATABASE() AND table_name = " + literal(table);
    return "SELECT column_name, LOWER(column_type), is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE "
           "'%auto_increment%', column_key = 'PRI', column_name IN (SELECT MIN(column_name) FROM "
           "information_schema.statistics WHERE " +
           here +
           " GROUP BY index_name HAVING COUNT(*) = 1 AND MAX(non_unique) = 0 AND COUNT(sub_part) = 0), column_name IN "
           "(SELECT column_name FROM information_schema.key_column_usage WHERE " +
           here +
           " AND referenced_table_name IS NOT NULL), column_default IS NOT NULL AND column_default <> 'NULL' FROM "
           "information_schema.columns WHERE " +
           here + " ORDER BY ordinal_position";
}

std::string references_of(std::string_view table) {
    return "SELECT table_name, column_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE() "
           "AND "
           "referenced_table_schema = DATABASE() AND table_name <> referenced_table_name AND referenced_table_name = " +
           literal(table);
}

std::string labels_of(std::string_view table, std::string_view column) {
    return "SELECT c.column_type FROM information_schema.columns c WHERE c.data_type = 'enum' AND c.table_schema = "
           "DATABASE() AND c.table_name = " +
           literal(table) + " AND c.column_name = " + literal(column);
}

// Three triggers on their table, which only note; three on ours, which write to theirs. A trigger of ours writes only
// where something differs: the application's own write, which made us change the account, is not written back to it.
std::vector<std::string> adoption_triggers(const ForeignTable& table, const std::vector<ForeignColumn>& columns) {
    const auto name_of = [](std::string_view identifier) { return name_in(mariadb_dialect, identifier); };
    const std::string users = name_of(table.table), id = name_of(table.id), name = name_of(table.name),
                      password = name_of(table.password);
    const std::string is_theirs = " WHERE " + id + " = their_id";
    const LockSql locks = lock_sql(mariadb_dialect, table, is_theirs);
    ForeignValues made = values_of_new_row(mariadb_dialect, table, columns);
    made.columns += locks.columns;
    made.values += locks.values;
    // MariaDB has no UPDATE OF: whether something changed that we follow is asked row by row.
    std::string is_as_before =
        same("OLD." + name, "NEW." + name) + " AND " + same("OLD." + password, "NEW." + password);
    std::string addresses;
    if (!table.email.empty()) {
        const std::string email = name_of(table.email);
        is_as_before += " AND " + same("OLD." + email, "NEW." + email);
        // Whoever gives his address up here has none there either, unless the application has just written another.
        const std::string may_go = table.no_email.empty()
                                       ? "NEW.email IS NOT NULL"
                                       : "(NEW.email IS NOT NULL OR " + same(email, "OLD.email") + ")";
        addresses = "IF NOT (" + same("OLD.email", "NEW.email") + ") THEN UPDATE " + users + " SET " + email + " = " +
                    email_value(table) + is_theirs + " AND " + may_go + "; END IF; ";
    }
    // Where the name is the key, the row is found by another one from now on.
    const std::string renamed = table.id == table.name ? "UPDATE keyhold_adopted SET old_id = NEW.username WHERE "
                                                         "account_id = NEW.id; SET their_id = NEW.username; "
                                                       : "";
    for (const ForeignLock& lock : table.locks)
        is_as_before += " AND OLD." + name_of(lock.column) + " <=> NEW." + name_of(lock.column);
    // An id as the text that we keep, and as what it is in their table, so that their index finds it.
    const std::string declare_text =
                          "DECLARE their_text VARCHAR(256) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin; ",
                      declare = declare_text + "DECLARE their_id TYPE OF " + users + "." + id + "; ";
    // Statements by which a trigger of ours finds the row there; for an account without a link their_id is NULL, and no
    // row is found.
    const auto find = [](const char* row) {
        return std::string("SET their_text = (SELECT old_id FROM keyhold_adopted WHERE account_id = ") + row +
               ".id); SET their_id = their_text; ";
    };
    const std::string add =
        "INSERT INTO " + users + " (" + made.columns + ") VALUES (" + made.values +
        "); SET their_text = " + (made.id.empty() ? "LAST_INSERT_ID()" : made.id) +
        "; INSERT INTO keyhold_adopted (account_id, old_id) VALUES (NEW.id, their_text); DELETE FROM "
        "keyhold_adopted_changes WHERE old_id = their_text; ";
    return {
        // When the application writes a row, a trigger notes its id and nothing else.
        trigger("note_insert", "INSERT ON " + users, note_of("NEW." + id, "0")),
        // An id that changes is a user who goes and another one who comes.
        trigger("note_update", "UPDATE ON " + users,
                "IF NOT (" + same("OLD." + id, "NEW." + id) + ") THEN " + note_of("OLD." + id, "1") +
                    note_of("NEW." + id, "0") + "ELSEIF NOT (" + is_as_before + ") THEN " + note_of("NEW." + id, "0") +
                    "END IF; "),
        trigger("note_delete", "DELETE ON " + users, note_of("OLD." + id, "1")),
        // Nothing of a new row can have been noted before, so its own note is not needed.
        trigger("insert", "INSERT ON keyhold_accounts",
                declare_text + "IF " + std::string(mariadb_dialect.is_not_loading) +
                    " THEN IF NOT EXISTS (SELECT 1 FROM keyhold_adopted WHERE account_id = NEW.id) THEN " +
                    (table.takes_registrations ? add : filled(mariadb_dialect.raise, no_registration)) +
                    "END IF; END IF; "),
        trigger("update", "UPDATE ON keyhold_accounts",
                declare +
                    "IF NOT (OLD.password_hash = NEW.password_hash AND OLD.disabled = NEW.disabled AND OLD.username = "
                    "NEW.username AND OLD.email <=> NEW.email) THEN " +
                    find("NEW") + "UPDATE " + users + " SET " + password + " = NEW.password_hash" + is_theirs +
                    " AND NOT (" + same(password, "NEW.password_hash") +
                    "); IF OLD.username <> NEW.username THEN UPDATE " + users + " SET " + name + " = NEW.username" +
                    is_theirs + "; " + renamed + "END IF; " + addresses + locks.updates + "END IF; "),
        // What was noted of the row before is over with it, and its id may be another's soon.
        trigger("delete", "DELETE ON keyhold_accounts",
                declare + find("OLD") + "DELETE FROM " + users + is_theirs +
                    "; DELETE FROM keyhold_adopted_changes WHERE old_id = their_text; DELETE FROM keyhold_adopted "
                    "WHERE account_id = OLD.id; "),
    };
}

}  // namespace keyhold::store::mariadb
