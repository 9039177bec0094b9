// SPDX-License-Identifier: Apache-2.0
#include "store/adoption/foreign_values.hpp"

#include <algorithm>

#include "base/integer.hpp"
#include "base/text.hpp"

namespace keyhold::store {

namespace {

// The n of "varchar(n)"; 0 if it has none.
std::size_t room_of(std::string_view type) {
    const auto open = type.find('(');
    if (open == type.npos) return 0;
    const auto digits = type.substr(open + 1, type.find_first_not_of("0123456789", open + 1) - open - 1);
    return parse_integer<std::size_t>(digits).value_or(0);
}

// Our ids are UUIDs of 36 characters; SQLAlchemy keeps theirs in 32 where there is no type for them.
std::string id_for(const ForeignColumn& column) {
    constexpr std::size_t bare = 32, dashed = 36;
    if (column.type.find("uuid") != std::string::npos) return "NEW.id";
    if (!is_text(column.type)) return {};
    const std::size_t room = room_of(column.type);
    if (room == bare) return "REPLACE(NEW.id, '-', '')";
    return room == 0 || room >= dashed ? "NEW.id" : "";
}

std::string moment_for(const ForeignColumn& column) {
    if (!is_moment_of_row(column)) return {};
    if (!holds_one_of(column.type, {"time", "date"})) return {};
    return column.type == "date" ? "CURRENT_DATE" : "CURRENT_TIMESTAMP";
}

// What people are called where nobody logs in by it. They can change it at the application.
bool is_shown_name(const std::string& name) {
    constexpr std::string_view names[]{"name",      "full_name",   "fullname",     "first_name",  "firstname",
                                       "last_name", "lastname",    "given_name",   "family_name", "surname",
                                       "nickname",  "displayname", "display_name", "nombre",      "vorname",
                                       "nachname",  "nom",         "prenom",       "apellido",    "screen_name"};
    return std::ranges::find(names, name) != std::end(names);
}

// What the operator has said for this column; null: nothing.
const std::string* given_for(const ForeignTable& table, const ForeignColumn& column) {
    const auto given = std::ranges::find(table.values, column.name, &std::pair<std::string, std::string>::first);
    return given != table.values.end() ? &given->second : nullptr;
}

// A column that an account fills in by itself.
bool is_ours(const ForeignTable& table, const ForeignColumn& column) {
    return column.name == table.name || column.name == table.password ||
           std::ranges::find(table.locks, column.name, &ForeignLock::column) != table.locks.end();
}

}  // namespace

bool holds_one_of(std::string_view name, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return name.find(word) != name.npos; });
}

bool fits(std::string_view type, std::string_view text) {
    // Databases count characters, of which each has one byte in UTF-8 that does not begin with the bits 10.
    const auto characters =
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
    const std::size_t room = room_of(type);
    return room == 0 || static_cast<std::size_t>(characters) <= room;
}

bool is_text(std::string_view type) { return holds_one_of(type, {"char", "text", "string", "clob"}); }
bool is_whole_number(std::string_view type) { return holds_one_of(type, {"int", "serial"}) && !is_text(type); }
bool is_yes_or_no(std::string_view type) { return type.find("bool") != type.npos || type.starts_with("tinyint(1)"); }

// By its name, as its type does not say what moment is meant.
bool is_moment_of_row(const ForeignColumn& column) {
    // "last_login" and the like: they have been here just now.
    return !column.is_unique && !column.is_reference && !column.is_key &&
           holds_one_of(ascii_lower(column.name),
                        {"creat", "updat", "modif", "join", "regist", "chang", "insert", "since", "added", "last_login",
                         "lastlogin", "last_seen", "last_active", "last_activity", "last_visit"});
}

std::string now_of(const ForeignDialect& dialect, std::string_view type) {
    return std::string(type.find(dialect.naive) != type.npos ? dialect.naive_now : "CURRENT_TIMESTAMP");
}

bool may_be_shared(const ForeignColumn& column) {
    if (column.is_unique || column.is_reference || column.is_key) return false;
    const std::string name = ascii_lower(column.name);
    if (name == "rol" || name.starts_with("can_")) return false;
    return !holds_one_of(name,
                         {"tipo",   "papel",  "nivel",    "nível",     "funcao", "função", "position", "designation",
                          "droit",  "access", "premium",  "vip",       "paid",   "editor", "teacher",  "instructor",
                          "author", "kind",   "role",     "rolle",     "admin",  "super",  "staff",    "perm",
                          "scope",  "group",  "level",    "rank",      "tier",   "plan",   "root",     "privilege",
                          "right",  "type",   "authorit", "clearance", "manage", "moder",  "perfil",   "cargo",
                          "credit", "quota",  "balance",  "owner",     "tenant", "org",    "company",  "team",
                          "mail",   "token",  "secret",   "key",       "phone",  "verif",  "confirm"});
}

std::string value_for_new_row(const ForeignTable& table, const ForeignColumn& column) {
    if (const auto* const given = given_for(table, column)) return in_quotes(*given, '\'');
    if (column.name == table.id) return column.is_reference ? "" : id_for(column);
    if (column.name == table.email) return "NEW.email";
    const auto own_id = std::ranges::find(table.own_ids, column.name, &std::pair<std::string, OwnId>::first);
    if (own_id != table.own_ids.end()) return own_id->second == OwnId::dashed ? "NEW.id" : "REPLACE(NEW.id, '-', '')";
    // Also where the database has a default: it is no form that the application reads, if it never uses it.
    const auto form = std::ranges::find(table.times, column.name, &std::pair<std::string, std::string>::first);
    if (form != table.times.end()) return form->second;
    if (!column.is_required || column.is_reference) return {};
    const std::string name = ascii_lower(column.name);
    if (is_yes_or_no(column.type)) return column.is_unique ? "" : "FALSE";
    // SQLite has no other type for a yes or no.
    if (is_whole_number(column.type) && (name.starts_with("is_") || name.starts_with("has_")) && !column.is_unique)
        return "0";
    if (auto moment = moment_for(column); !moment.empty()) return moment;
    if (is_text(column.type) && !column.is_unique && is_shown_name(name)) return "NEW.username";
    // People log in by their address, and have it for a name too.
    if (is_text(column.type) && (name == "username" || name == "user_name" || name == "login")) return "NEW.username";
    return {};
}

// Name and password are always there; of the rest only what has a value that somebody knows.
ForeignValues values_of_new_row(const ForeignDialect& dialect, const ForeignTable& table,
                                const std::vector<ForeignColumn>& columns) {
    ForeignValues made{name_in(dialect, table.name) + ", " + name_in(dialect, table.password),
                       "NEW.username, " + password_value(dialect, table, "NEW.password_hash"),
                       table.id == table.name ? "NEW.username" : ""};
    for (const ForeignColumn& column : columns) {
        if (is_ours(table, column)) continue;
        const std::string value = value_for_new_row(table, column);
        if (value.empty()) continue;
        const bool is_id = column.name == table.id;
        const bool is_own_id =
            std::ranges::find(table.own_ids, column.name, &std::pair<std::string, OwnId>::first) != table.own_ids.end();
        const std::string* const given = given_for(table, column);
        made.columns += ", " + name_in(dialect, column.name);
        if (given != nullptr)
            made.values += ", " + dialect.typed(text_value(dialect, *given), column.type);
        else if (value == "NEW.email")
            made.values += ", " + email_value(table);
        else if (value == "CURRENT_TIMESTAMP")
            made.values += ", " + now_of(dialect, column.type);
        else
            made.values += ", " + (is_id || is_own_id ? dialect.typed(value, column.type) : value);
        if (is_id) made.id = value;
    }
    return made;
}

bool is_no_by_default(const ForeignTable& table, const ForeignColumn& column) {
    if (is_ours(table, column) || given_for(table, column) != nullptr) return false;
    const std::string value = value_for_new_row(table, column);
    return value == "FALSE" || value == "0";
}

bool is_unknown(const ForeignTable& table, const ForeignColumn& column) {
    return !is_ours(table, column) && column.is_required && value_for_new_row(table, column).empty();
}

}  // namespace keyhold::store
