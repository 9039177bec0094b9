// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/dialect_postgresql.hpp"

#include "store/adoption/foreign_locks.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::store::postgresql {

namespace {

// A function for a trigger. It runs with whatever search path the application has: hence ours from now.
std::string function(const char* name, const std::string& variables, const std::string& body) {
    return std::string("CREATE FUNCTION ") + name +
           "() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT "
           "AS $keyhold$ " +
           (variables.empty() ? "" : "DECLARE " + variables) + "BEGIN " + body + "RETURN NULL; END $keyhold$";
}

std::string note_of(const std::string& row_and_id, const char* deleted) {
    return "INSERT INTO keyhold_adopted_changes (note, old_id, deleted, noted_at) VALUES (CAST(gen_random_uuid() AS "
           "TEXT), CAST(" +
           row_and_id + " AS TEXT), " + deleted + ", " + std::string(postgresql_dialect.now) + "); ";
}

}  // namespace

std::string typed(std::string_view text, std::string_view type) {
    return "CAST(" + std::string(text) + " AS " + std::string(type) + ")";
}

// From pg_catalog, in the order of the seven answers that ForeignDialect::columns promises.
std::string foreign_columns(std::string_view table) {
    return "SELECT a.attname, CASE WHEN EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = a.atttypid AND t.typtype = 'e') "
           "THEN format_type(a.atttypid, a.atttypmod) ELSE lower(format_type(a.atttypid, a.atttypmod)) END, CASE WHEN "
           "a.attnotnull AND NOT a.atthasdef "
           "AND a.attidentity = '' THEN 1 ELSE 0 END, CASE WHEN EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = "
           "a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)) THEN 1 ELSE 0 END, CASE WHEN EXISTS (SELECT 1 "
           "FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND "
           "i.indnkeyatts = 1 AND (i.indkey[0] = a.attnum OR (i.indkey[0] = 0 AND pg_get_expr(i.indexprs, i.indrelid) "
           "IN "
           "('lower(' || quote_ident(a.attname) || ')', 'lower((' || quote_ident(a.attname) || ')::text)')))) THEN 1 "
           "ELSE 0 END, CASE WHEN EXISTS (SELECT 1 FROM "
           "pg_constraint f WHERE f.conrelid = a.attrelid AND f.contype = 'f' AND a.attnum = ANY (f.conkey)) THEN 1 "
           "ELSE "
           "0 END, CASE WHEN a.atthasdef OR a.attidentity <> '' THEN 1 ELSE 0 END FROM pg_attribute a JOIN pg_class c "
           "ON "
           "c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped "
           "AND n.nspname = current_schema() AND c.relname = " +
           in_quotes(table, '\'') + " ORDER BY a.attnum";
}

std::string references_of(std::string_view table) {
    return "SELECT c.relname, a.attname FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_class u ON "
           "u.oid = f.confrelid JOIN pg_namespace n ON n.oid = u.relnamespace JOIN pg_attribute a ON a.attrelid = "
           "f.conrelid AND a.attnum = f.conkey[1] WHERE f.contype = 'f' AND cardinality(f.conkey) = 1 AND c.oid <> "
           "u.oid "
           "AND c.relnamespace = u.relnamespace AND n.nspname = current_schema() AND u.relname = " +
           in_quotes(table, '\'');
}

std::string labels_of(std::string_view table, std::string_view column) {
    return "SELECT e.enumlabel FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid "
           "= c.relnamespace JOIN pg_enum e ON e.enumtypid = a.atttypid WHERE n.nspname = current_schema() AND "
           "c.relname = " +
           in_quotes(table, '\'') + " AND a.attname = " + in_quotes(column, '\'') + " ORDER BY e.enumsortorder";
}

// As on MariaDB (dialect_mariadb.cpp), by functions: their table has one trigger, ours has three.
std::vector<std::string> adoption_triggers(const ForeignTable& table, const std::vector<ForeignColumn>& columns) {
    const auto name_of = [](std::string_view identifier) { return name_in(postgresql_dialect, identifier); };
    const std::string users = name_of(table.table), id = name_of(table.id), name = name_of(table.name),
                      password = name_of(table.password);
    const std::string is_theirs = " WHERE " + id + " = " + typed("their_id", table.id_type);
    const LockSql locks = lock_sql(postgresql_dialect, table, is_theirs);
    ForeignValues made = values_of_new_row(postgresql_dialect, table, columns);
    made.columns += locks.columns;
    made.values += locks.values;
    // No column twice, and the key may be the name.
    std::string watched = (table.id == table.name ? "" : id + ", ") + name + ", " + password + locks.columns, addresses;
    if (!table.email.empty()) {
        const std::string email = name_of(table.email);
        watched += ", " + email;
        // Whoever gives his address up here has none there either, unless the application has just written another.
        const std::string may_go = table.no_email.empty()
                                       ? "NEW.email IS NOT NULL"
                                       : "(NEW.email IS NOT NULL OR CAST(" + email + " AS TEXT) = OLD.email)";
        addresses = "IF NEW.email IS DISTINCT FROM OLD.email THEN UPDATE " + users + " SET " + email + " = " +
                    email_value(table) + is_theirs + " AND " + may_go + "; END IF; ";
    }
    const std::string add = "INSERT INTO " + users + " (" + made.columns + ") VALUES (" + made.values +
                            ") RETURNING CAST(" + id +
                            " AS TEXT) INTO their_id; INSERT INTO keyhold_adopted (account_id, old_id) VALUES (NEW.id, "
                            "their_id); DELETE FROM keyhold_adopted_changes c WHERE c.old_id = their_id; ";
    // Where the name is the key, the row is found by another one from now on.
    const std::string renamed = table.id == table.name ? "UPDATE keyhold_adopted a SET old_id = NEW.username WHERE "
                                                         "a.account_id = NEW.id; their_id := NEW.username; "
                                                       : "";
    const std::string their_id = "their_id TEXT; ";
    const auto find_their_id = [](const char* row) {
        return std::string("SELECT a.old_id INTO their_id FROM keyhold_adopted a WHERE a.account_id = ") + row +
               ".id; ";
    };
    const auto trigger = [](const char* trigger_name, const std::string& after, const char* calls,
                            std::string_view condition = {}) {
        const std::string when = condition.empty() ? "" : "WHEN (" + std::string(condition) + ") ";
        return std::string("CREATE TRIGGER ") + trigger_name + " AFTER " + after + " FOR EACH ROW " + when +
               "EXECUTE FUNCTION " + calls + "()";
    };
    return {
        // When the application writes a row, a trigger notes its id and nothing else. If an id changes, one user has
        // gone and another one has come.
        function("keyhold_adopted_note", "",
                 "IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND CAST(OLD." + id +
                     " AS TEXT) IS DISTINCT FROM CAST(NEW." + id + " AS TEXT)) THEN " + note_of("OLD." + id, "1") +
                     "END IF; IF TG_OP <> 'DELETE' THEN " + note_of("NEW." + id, "0") + "END IF; "),
        // Nothing of a new row can have been noted before, so its own note is not needed.
        function(
            "keyhold_adopted_add", their_id,
            std::string("IF EXISTS (SELECT 1 FROM keyhold_adopted a WHERE a.account_id = NEW.id) THEN RETURN NULL; END "
                        "IF; ") +
                (table.takes_registrations ? add : filled(postgresql_dialect.raise, no_registration))),
        function("keyhold_adopted_change", their_id,
                 find_their_id("NEW") + "UPDATE " + users + " SET " + password + " = " +
                     password_value(postgresql_dialect, table, "NEW.password_hash") + is_theirs + " AND " +
                     password_text(postgresql_dialect, table) +
                     " <> NEW.password_hash; IF OLD.username <> NEW.username THEN UPDATE " + users + " SET " + name +
                     " = NEW.username" + is_theirs + "; " + renamed + "END IF; " + addresses + locks.updates),
        // What was noted of the row before is over with it, and its id may be another's soon.
        function("keyhold_adopted_remove", their_id,
                 find_their_id("OLD") + "DELETE FROM " + users + is_theirs +
                     "; DELETE FROM keyhold_adopted_changes c WHERE c.old_id = their_id; DELETE FROM keyhold_adopted "
                     "a WHERE a.account_id = OLD.id; "),
        // Of the columns that are followed alone: what else the application updates makes no note.
        trigger("keyhold_adopted_note", "INSERT OR DELETE OR UPDATE OF " + watched + " ON " + users,
                "keyhold_adopted_note"),
        trigger("keyhold_adopted_insert", "INSERT ON keyhold_accounts", "keyhold_adopted_add",
                postgresql_dialect.is_not_loading),
        trigger("keyhold_adopted_update", "UPDATE OF password_hash, disabled, username, email ON keyhold_accounts",
                "keyhold_adopted_change"),
        trigger("keyhold_adopted_delete", "DELETE ON keyhold_accounts", "keyhold_adopted_remove"),
    };
}

}  // namespace keyhold::store::postgresql
