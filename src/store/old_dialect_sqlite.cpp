#include "store/old_dialect_sqlite.hpp"

namespace keyhold::store::sqlite {

namespace {

std::string doubled(std::string_view text, char quote) {
    std::string quoted(1, quote);
    for (const char c : text) quoted.append(c == quote ? 2 : 1, c);
    return quoted + quote;
}
std::string name_of(std::string_view identifier) { return doubled(identifier, '"'); }
std::string text_of(std::string_view text) { return doubled(text, '\''); }

std::string active_of(const OldTable& table) {
    if (table.active.empty()) return "1";
    return "CASE WHEN " + name_of(table.active) + " IS NULL OR " + name_of(table.active) + " THEN 1 ELSE 0 END";
}

// A text is compared with the id as the column's own type demands (https://www.sqlite.org/datatype3.html §4.2).
std::string select_users(const OldTable& table) {
    return "SELECT CAST(" + name_of(table.id) + " AS TEXT), COALESCE(" + name_of(table.name) + ", ''), COALESCE(" +
           name_of(table.password) + ", ''), " + active_of(table) + " FROM " + name_of(table.table);
}

// The application's writes are noted; what the note means is looked up when it is worked off.
std::string note_of(const std::string& row, const std::string& id, const char* deleted) {
    return "INSERT INTO keyhold_adopted_changes (note, old_id, deleted) VALUES (lower(hex(randomblob(16))), " + row +
           "." + id + ", " + deleted + "); ";
}

}  // namespace

std::string old_columns(std::string_view table) {
    const std::string name = text_of(table);
    return "SELECT c.name, lower(c.type), c.\"notnull\" AND c.dflt_value IS NULL, c.pk > 0, EXISTS (SELECT 1 FROM "
           "pragma_index_list(" +
           name +
           ") l JOIN pragma_index_info(l.name) i WHERE l.\"unique\" AND NOT l.partial AND i.name = c.name AND 1 = "
           "(SELECT COUNT(*) FROM pragma_index_info(l.name))) FROM pragma_table_info(" +
           name + ") c";
}

std::string old_count(std::string_view table) { return "SELECT COUNT(*) FROM " + name_of(table); }

std::string old_select(std::string_view table, const std::vector<std::string>& columns) {
    std::string list;
    for (const std::string& column : columns) list.append(list.empty() ? "" : ", ").append(name_of(column));
    return "SELECT " + list + " FROM " + name_of(table);
}

OldQueries old_queries(const OldTable& table) {
    const std::string id = name_of(table.id), from = " FROM " + name_of(table.table);
    const std::string ids = "SELECT CAST(" + id + " AS TEXT)" + from, order = " ORDER BY " + id + " LIMIT ";
    return {.user_by_id = "SELECT COALESCE(" + name_of(table.name) + ", ''), COALESCE(" + name_of(table.password) +
                          ", ''), " + active_of(table) + from + " WHERE " + id + " = :a",
            .ids_from_first = ids + order + ":a",
            .ids_after = ids + " WHERE " + id + " > :a" + order + ":b"};
}

std::string old_users(const OldTable& table) { return select_users(table) + " ORDER BY " + name_of(table.id); }

std::vector<std::string> old_triggers(const OldTable& table, const std::vector<OldColumn>& columns) {
    const std::string users = name_of(table.table), id = name_of(table.id), name = name_of(table.name),
                      password = name_of(table.password), active = name_of(table.active);
    std::string watched = id + ", " + name + ", " + password, into = name + ", " + password,
                values = "NEW.username, NEW.password_hash", set = password + " = NEW.password_hash",
                differs = password + " IS NOT NEW.password_hash", written = "password_hash";
    if (!table.active.empty()) {
        watched += ", " + active;
        into += ", " + active;
        values += ", NEW.disabled = 0";
        set += ", " + active + " = (NEW.disabled = 0)";
        differs = "(" + differs + " OR " + active + " IS NOT (NEW.disabled = 0))";
        written += ", disabled";
    }
    for (const OldColumn& column : columns) {
        const bool is_ours = column.name == table.name || column.name == table.password || column.name == table.active;
        const std::string value = value_for(table, column);
        if (is_ours || value.empty() || !(column.is_required || column.name == table.id)) continue;
        into += ", " + name_of(column.name);
        values += ", " + value;
    }
    const std::string link = "(SELECT old_id FROM keyhold_adopted WHERE account_id = ";
    return {
        "CREATE TRIGGER keyhold_adopted_note_insert AFTER INSERT ON " + users + " BEGIN " + note_of("NEW", id, "0") +
            "END",
        "CREATE TRIGGER keyhold_adopted_note_update AFTER UPDATE OF " + watched + " ON " + users + " BEGIN " +
            note_of("NEW", id, "0") + "END",
        "CREATE TRIGGER keyhold_adopted_note_move AFTER UPDATE OF " + id + " ON " + users + " WHEN OLD." + id +
            " <> NEW." + id + " BEGIN " + note_of("OLD", id, "1") + "END",
        "CREATE TRIGGER keyhold_adopted_note_delete AFTER DELETE ON " + users + " BEGIN " + note_of("OLD", id, "1") +
            "END",
        // Nothing of a new row can have been noted before, so its own note is not needed.
        "CREATE TRIGGER keyhold_adopted_insert AFTER INSERT ON keyhold_accounts WHEN NOT EXISTS "
        "(SELECT 1 FROM keyhold_adopted WHERE account_id = NEW.id) BEGIN INSERT INTO " +
            users + " (" + into + ") VALUES (" + values +
            "); INSERT INTO keyhold_adopted (account_id, old_id) SELECT NEW.id, " + id + " FROM " + users + " WHERE " +
            name + " = NEW.username; DELETE FROM keyhold_adopted_changes WHERE old_id = " + link + "NEW.id); END",
        "CREATE TRIGGER keyhold_adopted_update AFTER UPDATE OF " + written + " ON keyhold_accounts BEGIN UPDATE " +
            users + " SET " + set + " WHERE " + id + " = " + link + "NEW.id) AND " + differs + "; END",
        // What was noted of the row before is over with it, and its id may be another's soon.
        "CREATE TRIGGER keyhold_adopted_delete AFTER DELETE ON keyhold_accounts BEGIN DELETE FROM " + users +
            " WHERE " + id + " = " + link + "OLD.id); DELETE FROM keyhold_adopted_changes WHERE old_id = " + link +
            "OLD.id); DELETE FROM keyhold_adopted WHERE account_id = OLD.id; END",
    };
}

}  // namespace keyhold::store::sqlite
