// SPDX-License-Identifier: Apache-2.0
#include "cli/tools/adoption_report.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <unordered_set>

#include "crypto/password_formats.hpp"
#include "domain/account_record.hpp"
#include "domain/lock_out_words.hpp"
#include "domain/names.hpp"
#include "store/adoption/foreign_locks.hpp"

namespace keyhold::cli {
namespace {

using domain::Column;
using domain::LockOutWord;
using store::ForeignColumn;
using store::ForeignUser;

constexpr std::size_t most_listed = 10;

// Where the users of FastAPI's tutorials and templates are.
constexpr std::array usual_tables{"users", "user", "auth_user", "accounts", "account"};

Error refuse(std::string why) { return {errors::configuration, std::move(why)}; }

// The column that is meant by name or by what applications call it; null if there is none.
const ForeignColumn* find_column(const std::vector<ForeignColumn>& columns, Column wanted, const std::string& named) {
    const ForeignColumn* found = nullptr;
    std::size_t rank = 0;
    for (const ForeignColumn& column : columns) {
        if (!named.empty() && column.name == named) return &column;
        const auto known = domain::column_named(column.name);
        if (!named.empty() || !known || known->column != wanted || (found != nullptr && rank < known->rank)) continue;
        found = &column;
        rank = known->rank;
    }
    return found;
}

// By which people log in there.
const ForeignColumn* find_name(const std::vector<ForeignColumn>& columns, const std::string& named) {
    for (const Column one : {Column::username, Column::email, Column::other_name})
        if (const auto* const found = find_column(columns, one, named)) return found;
    return nullptr;
}

std::string find_table(store::ForeignDatabase& database, const std::string& named) {
    const auto tables = database.tables();
    if (!named.empty()) return std::ranges::find(tables, named) != tables.end() ? named : std::string();
    for (const char* usual : usual_tables)
        if (std::ranges::find(tables, usual) != tables.end()) return usual;
    return {};
}

std::string kind_of(std::string_view hash, AdoptionReport& report) {
    if (hash.empty()) return "none: nobody can log in with a password";
    const crypto::PasswordFormat* const format = crypto::find_password_format(hash);
    const auto strength = format != nullptr ? format->parse(hash) : std::nullopt;
    if (!strength) return ++report.unreadable, "of no format that Keyhold reads";
    const bool is_crypt = format->name == "bcrypt";
    if (is_crypt) ++report.bcrypt;
    return std::string(format->name) +
           (is_crypt ? ", cost " + std::to_string(std::bit_width(strength->passes) - 1) : std::string());
}

// The second look, for the names that more than one row has.
void list_clashes(store::ForeignDatabase& database, const store::ForeignTable& table,
                  const std::unordered_set<std::size_t>& clashing, AdoptionReport& report) {
    std::map<std::string, std::string> groups;
    database.each_user(table, [&](const ForeignUser& user) {
        const auto name = domain::parse_name(user.name);
        if (!name || !clashing.contains(std::hash<std::string>{}(name->key))) return;
        if (groups.size() == most_listed && !groups.contains(name->key)) return;
        std::string& group = groups[name->key];
        group.append(group.empty() ? "" : ", ").append(user.name).append(" (").append(user.id).append(")");
    });
    for (auto& [key, group] : groups) report.clashes.push_back(std::move(group));
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

std::optional<store::ForeignLock> lock_of(const TableNames& names, const ForeignColumn& column) {
    using enum store::ForeignLock::Says;
    const LockOutWord word = domain::lock_out_word(column.name);
    const bool is_moment = word == LockOutWord::since;
    if (holds(names.active, column.name)) return store::ForeignLock{column.name, column.type, who_may, false};
    // A text that somebody names, as "blocked_reason": whoever has one may not.
    const bool is_text = column.type.find("char") != std::string::npos || column.type.find("text") != std::string::npos;
    if (holds(names.disabled, column.name))
        return store::ForeignLock{column.name, column.type, who_may_not, is_moment || is_text};
    if (word == LockOutWord::who_may) return store::ForeignLock{column.name, column.type, who_may, false};
    if (word == LockOutWord::who_may_not || is_moment)
        return store::ForeignLock{column.name, column.type, who_may_not, is_moment};
    return std::nullopt;
}

// The columns that say who may log in, and those that may say it.
Result<> find_locks(const TableNames& names, ForeignUsers& users) {
    for (const auto* const named : {&names.active, &names.disabled})
        for (const std::string& name : *named)
            if (std::ranges::find(users.columns, name, &ForeignColumn::name) == users.columns.end())
                return refuse("the table " + users.table.table + " has no column " + name);
    const bool is_decided = names.everybody || !names.active.empty() || !names.disabled.empty();
    for (const ForeignColumn& column : users.columns) {
        if (column.name == users.table.name || column.name == users.table.password || column.is_key) continue;
        const LockOutWord word = domain::lock_out_word(column.name);
        if (word == LockOutWord::verified) users.verified.push_back(column.name);
        const auto lock = names.everybody ? std::nullopt : lock_of(names, column);
        const bool is_named = holds(names.active, column.name) || holds(names.disabled, column.name);
        if (lock && store::can_follow(*lock))
            users.table.locks.push_back(*lock);
        else if (is_named)
            return refuse("the column " + column.name + " is of type " + column.type +
                          ", and only a yes or no can be followed, or the time of a lock-out: choose another, or "
                          "--everybody-may-log-in");
        else if (!is_decided && (lock || word == LockOutWord::unclear))
            users.unclear.push_back(column.name);
    }
    // Whoever is disabled here is locked out there by the first: rather by a plain yes or no than by a time.
    std::ranges::stable_sort(users.table.locks, {}, [](const store::ForeignLock& lock) {
        return std::tuple(lock.is_moment, lock.says != store::ForeignLock::Says::who_may);
    });
    return {};
}

}  // namespace

Result<ForeignUsers> find_users(store::ForeignDatabase& database, const TableNames& names) {
    ForeignUsers users;
    users.table.table = find_table(database, names.table);
    if (users.table.table.empty()) return refuse("no table of users was found: name it with --table");
    users.columns = database.columns(users.table.table);
    const ForeignColumn* const name = find_name(users.columns, names.name);
    const ForeignColumn* const password = find_column(users.columns, Column::hash, names.password);
    const std::string in_table = " of the table " + users.table.table;
    if (name == nullptr) return refuse("no column" + in_table + " is a username: name it with --name-column");
    if (password == nullptr)
        return refuse("no column" + in_table + " is a password hash: name it with --password-column");
    const auto keys = std::ranges::count_if(users.columns, &ForeignColumn::is_key);
    const auto key = std::ranges::find_if(users.columns, &ForeignColumn::is_key);
    if (keys != 1) return refuse("the table " + users.table.table + " has no primary key of one column");
    if (!name->is_unique)
        return refuse("the column " + name->name + in_table +
                      " may hold a name twice: give it a unique index, as in CREATE UNIQUE INDEX");
    users.table.id = key->name;
    users.table.id_type = key->type;
    users.table.name = name->name;
    users.table.password = password->name;
    if (auto found = find_locks(names, users); !found) return std::move(found).error();
    for (const ForeignColumn& column : users.columns) {
        const bool is_lock =
            std::ranges::find(users.table.locks, column.name, &store::ForeignLock::column) != users.table.locks.end();
        const bool is_ours = &column == name || &column == password || is_lock;
        if (!is_ours && column.is_required && store::value_for(users.table, column).empty())
            return refuse("the column " + column.name + in_table +
                          " must have a value, and Keyhold knows none for a new user: give it a default");
    }
    return users;
}

AdoptionReport report_on(store::ForeignDatabase& database, const store::ForeignTable& table,
                         const std::function<void(std::int64_t row)>& progress) {
    AdoptionReport report;
    std::unordered_set<std::size_t> seen, clashing;  // digests of names
    database.each_user(table, [&](const ForeignUser& user) {
        progress(++report.rows);
        if (!user.active) ++report.locked_out;
        ++report.hashes[kind_of(user.password_hash, report)];
        const auto name = domain::parse_name(user.name);
        if (!name) {
            if (++report.odd <= static_cast<std::int64_t>(most_listed))
                report.oddities.push_back("id " + user.id + ": " + name.error().fields().front().msg);
            return;
        }
        const std::size_t digest = std::hash<std::string>{}(name->key);
        if (seen.insert(digest).second) return;
        ++report.clashing;
        clashing.insert(digest);
    });
    if (!clashing.empty()) list_clashes(database, table, clashing, report);
    return report;
}

}  // namespace keyhold::cli
