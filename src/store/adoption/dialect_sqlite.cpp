// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/dialect_sqlite.hpp"

#include "store/adoption/foreign_locks.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::store::sqlite {

namespace {

// The application's writes are noted; what the note means is looked up when it is worked off.
std::string note_of(const std::string& row, const std::string& id, const char* deleted) {
    return "INSERT INTO keyhold_adopted_changes (note, old_id, deleted, noted_at) VALUES "
           "(lower(hex(randomblob(16))), " +
           row + "." + id + ", " + deleted + ", " + std::string(sqlite_dialect.now) + "); ";
}

}  // namespace

// A text is compared with the id as the column's own type demands (https://www.sqlite.org/datatype3.html §4.2).
std::string typed(std::string_view text, std::string_view) { return std::string(text); }

// From the table-valued PRAGMA functions, in the order of the seven answers that ForeignDialect::columns promises.
std::string foreign_columns(std::string_view table) {
    const std::string name = in_quotes(table, '\'');
    // An index on lower(email) is stricter than one on the column, and told by the end of its text alone.
    const std::string of_lower =
        "substr(replace(replace(replace(lower(m.sql), ' ', ''), '\"', ''), '`', ''), -length('(lower(' || c.name || "
        "'))')) = '(lower(' || lower(c.name) || '))'";
    // SQLite counts in INTEGER PRIMARY KEY alone: one of another type, as BIGINT, is NULL in a row that says nothing of
    // it, without a refusal (https://www.sqlite.org/lang_createtable.html §3.5 and §5).
    return "SELECT c.name, lower(c.type), (c.\"notnull\" OR c.pk > 0) AND c.dflt_value IS NULL AND NOT (c.pk > 0 AND "
           "lower(c.type) = 'integer'), c.pk > 0, EXISTS (SELECT 1 FROM "
           "pragma_index_list(" +
           name +
           ") l JOIN pragma_index_info(l.name) i WHERE l.\"unique\" AND NOT l.partial AND (i.name = c.name OR (i.name "
           "IS NULL AND EXISTS (SELECT 1 FROM sqlite_master m WHERE m.type = 'index' AND m.name = l.name AND " +
           of_lower +
           "))) AND 1 = (SELECT COUNT(*) FROM pragma_index_info(l.name))), EXISTS (SELECT 1 FROM "
           "pragma_foreign_key_list(" +
           name + ") f WHERE lower(f.\"from\") = lower(c.name)), c.dflt_value IS NOT NULL FROM pragma_table_info(" +
           name + ") c";
}

std::string references_of(std::string_view table) {
    const std::string name = in_quotes(table, '\'');
    return R"(SELECT m.name, f."from" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
              AND m.name NOT LIKE 'keyhold\_%' ESCAPE '\' AND lower(m.name) <> lower(f."table")
              AND lower(f."table") = lower()" +
           name + ")";
}

// As on MariaDB (dialect_mariadb.cpp). SQLite knows no variables in triggers, so the id there is looked up in each
// statement.
std::vector<std::string> adoption_triggers(const ForeignTable& table, const std::vector<ForeignColumn>& columns) {
    const auto name_of = [](std::string_view identifier) { return name_in(sqlite_dialect, identifier); };
    const std::string users = name_of(table.table), id = name_of(table.id), name = name_of(table.name),
                      password = name_of(table.password);
    const std::string link = "(SELECT old_id FROM keyhold_adopted WHERE account_id = ";
    const std::string is_theirs = " WHERE " + id + " = " + link + "NEW.id)";
    const LockSql locks = lock_sql(sqlite_dialect, table, is_theirs);
    ForeignValues made = values_of_new_row(sqlite_dialect, table, columns);
    made.columns += locks.columns;
    made.values += locks.values;
    std::string watched = id + ", " + name + ", " + password + locks.columns, addresses;
    if (!table.email.empty()) {
        const std::string email = name_of(table.email);
        watched += ", " + email;
        // Whoever gives his address up here has none there either, unless the application has just written another.
        const std::string may_go =
            table.no_email.empty() ? "NEW.email IS NOT NULL" : "(NEW.email IS NOT NULL OR " + email + " = OLD.email)";
        addresses = "UPDATE " + users + " SET " + email + " = " + email_value(table) + is_theirs + " AND " + may_go +
                    " AND OLD.email IS NOT NEW.email AND " + email + " IS NOT NEW.email; ";
    }
    // Where the name is the key, the row is found by another one from now on.
    const std::string renamed = table.id == table.name ? "UPDATE keyhold_adopted SET old_id = NEW.username WHERE "
                                                         "account_id = NEW.id AND OLD.username <> NEW.username; "
                                                       : "";
    const std::string add = "INSERT INTO " + users + " (" + made.columns + ") VALUES (" + made.values +
                            "); INSERT INTO keyhold_adopted (account_id, old_id) SELECT NEW.id, " + id + " FROM " +
                            users + " WHERE " + name +
                            " = NEW.username; DELETE FROM keyhold_adopted_changes WHERE old_id = " + link + "NEW.id); ";
    return {
        // When the application writes a row, a trigger notes its id and nothing else.
        "CREATE TRIGGER keyhold_adopted_note_insert AFTER INSERT ON " + users + " BEGIN " + note_of("NEW", id, "0") +
            "END",
        "CREATE TRIGGER keyhold_adopted_note_update AFTER UPDATE OF " + watched + " ON " + users + " BEGIN " +
            note_of("NEW", id, "0") + "END",
        // An id that changes is a user who goes and another one who comes; the new one is noted by the trigger above.
        "CREATE TRIGGER keyhold_adopted_note_move AFTER UPDATE OF " + id + " ON " + users + " WHEN OLD." + id +
            " <> NEW." + id + " COLLATE BINARY BEGIN " + note_of("OLD", id, "1") + "END",
        "CREATE TRIGGER keyhold_adopted_note_delete AFTER DELETE ON " + users + " BEGIN " + note_of("OLD", id, "1") +
            "END",
        // Nothing of a new row can have been noted before, so its own note is not needed.
        "CREATE TRIGGER keyhold_adopted_insert AFTER INSERT ON keyhold_accounts WHEN NOT EXISTS "
        "(SELECT 1 FROM keyhold_adopted WHERE account_id = NEW.id) BEGIN " +
            (table.takes_registrations ? add : filled(sqlite_dialect.raise, no_registration)) + "END",
        "CREATE TRIGGER keyhold_adopted_update AFTER UPDATE OF password_hash, disabled, username, email ON "
        "keyhold_accounts BEGIN UPDATE " +
            users + " SET " + password + " = " + password_value(sqlite_dialect, table, "NEW.password_hash") +
            is_theirs + " AND " + password_text(sqlite_dialect, table) + " <> NEW.password_hash; UPDATE " + users +
            " SET " + name + " = NEW.username" + is_theirs + " AND OLD.username <> NEW.username; " + renamed +
            addresses + locks.updates + "END",
        // What was noted of the row before is over with it, and its id may be another's soon.
        "CREATE TRIGGER keyhold_adopted_delete AFTER DELETE ON keyhold_accounts BEGIN DELETE FROM " + users +
            " WHERE " + id + " = " + link + "OLD.id); DELETE FROM keyhold_adopted_changes WHERE old_id = " + link +
            "OLD.id); DELETE FROM keyhold_adopted WHERE account_id = OLD.id; END",
    };
}

}  // namespace keyhold::store::sqlite
