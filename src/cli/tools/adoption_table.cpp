// SPDX-License-Identifier: Apache-2.0
// find_users(): which table has the users, what its columns are, and what new users get there.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/text.hpp"
#include "cli/tools/adoption_report.hpp"
#include "crypto/password_formats.hpp"
#include "domain/adoption/account_record.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::cli {
namespace {

using domain::Column;
using store::ForeignColumn;
using store::ForeignDatabase;

// Where the users of FastAPI's tutorials and templates are, of Django's and of many others.
constexpr std::array usual_tables{"users", "user", "auth_user", "accounts", "account"};

// Fewer rows say nothing of what all have in common.
constexpr std::int64_t telling_rows = 3;

// Whatever is wrong with the table is for the operator to mend, so it is one kind of error.
Error refuse_table(std::string why) { return {errors::configuration, std::move(why)}; }

// Whether the first rows of a column hold hashes that we know, or nothing.
bool holds_hashes(ForeignDatabase& database, const std::string& table, const ForeignColumn& column) {
    if (!store::is_text(column.type) && !database.holds_bytes(table, column)) return false;
    constexpr int enough = 20;
    int hashes = 0;
    std::vector<std::string> row;
    const auto rows = database.rows(table, {column.name});
    for (int i = 0; i < enough && rows->next(row); ++i) {
        if (row[0].empty()) continue;
        const crypto::PasswordFormat* const format = crypto::find_password_format(row[0]);
        // One text that is no hash: the column is something else.
        if (format == nullptr || !format->parse(row[0])) return false;
        ++hashes;
    }
    return hashes != 0;
}

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

// By its name, or else the only one whose rows are hashes.
const ForeignColumn* find_password(ForeignDatabase& database, const std::string& table,
                                   const std::vector<ForeignColumn>& columns, const std::string& named) {
    if (const auto* const found = find_column(columns, Column::hash, named); found != nullptr || !named.empty())
        return found;
    const ForeignColumn* only = nullptr;
    for (const ForeignColumn& column : columns) {
        if (column.is_unique || column.is_key || !holds_hashes(database, table, column)) continue;
        if (only != nullptr) return nullptr;
        only = &column;
    }
    return only;
}

// By which people log in there. What is called a username and is not unique is somebody's name, where another column is
// unique; and what no row has is nobody's name.
const ForeignColumn* find_name(ForeignDatabase& database, const std::string& table,
                               const std::vector<ForeignColumn>& columns, const std::string& named) {
    const bool is_empty = database.count(table) == 0;
    const auto is_used = [&](const ForeignColumn& column) {
        return column.is_required || is_empty || database.filled(table, {column.name}).front() != 0;
    };
    const ForeignColumn* first = nullptr;
    for (const Column one : {Column::username, Column::email, Column::other_name}) {
        const auto* const found = find_column(columns, one, named);
        if (found != nullptr && !named.empty()) return found;
        if (found == nullptr || !is_used(*found)) continue;
        if (found->is_unique) return found;
        if (first == nullptr) first = found;
    }
    if (!named.empty()) return nullptr;
    const ForeignColumn* only = nullptr;
    for (const ForeignColumn& column : columns) {
        if (!column.is_unique || column.is_key || !store::is_text(column.type) || !is_used(column)) continue;
        if (only != nullptr) return first;
        only = &column;
    }
    return first == nullptr ? only : first;
}

// Sharing a table needs its primary key; copying it does not.
enum class Wanted : std::uint8_t { share, copy };

// Whether a table looks like one of users: it has a name, a hash and, if it is shared, a key of one column. An empty
// table may be a new application's.
bool has_users(ForeignDatabase& database, const std::string& table, Wanted wanted) {
    const auto columns = database.columns(table);
    if (find_name(database, table, columns, {}) == nullptr) return false;
    if (wanted == Wanted::share && std::ranges::count_if(columns, &ForeignColumn::is_key) != 1) return false;
    const auto* const password = find_password(database, table, columns, {});
    return password != nullptr && (holds_hashes(database, table, *password) || database.count(table) == 0);
}

// PostgreSQL's tables in other schemas are seen by whoever names the schema.
Error with_other_schemas(ForeignDatabase& database, const Error& refused) {
    const auto elsewhere = database.tables_elsewhere();
    if (elsewhere.empty()) return refused;
    const std::string schema = elsewhere.front().substr(0, elsewhere.front().find('.'));
    return refuse_table(std::string(refused.detail()) + ". Other schemas have " + joined(elsewhere, ", ") +
                        ": put ?options=-csearch_path%3D" + schema + " behind the URL to look there");
}

// How many rows of a table have something where its hashes are.
std::int64_t people_in(ForeignDatabase& database, const std::string& table) {
    const auto columns = database.columns(table);
    const auto* const password = find_password(database, table, columns, {});
    return password == nullptr ? 0 : database.filled(table, {password->name}).front();
}

// Of tables that all look like users, of which some have a usual name: the first of these that holds hashes. What is
// empty is for want of anything else, as a new application's. Another that holds as many hashes or more may be meant
// as well, so it is told.
std::string choose_table(ForeignDatabase& database, const std::vector<std::string>& usual,
                         const std::vector<std::string>& others, std::vector<std::string>& guesses) {
    std::string chosen;
    std::int64_t most = 0;
    for (const std::string& table : usual) {
        const std::int64_t people = people_in(database, table);
        if (!chosen.empty() && (most != 0 || people == 0)) continue;
        chosen = table;
        most = people;
    }
    std::vector<std::string> rivals;
    for (const auto* const tables : {&usual, &others})
        for (const std::string& table : *tables) {
            if (table == chosen) continue;
            if (const std::int64_t people = people_in(database, table); people != 0 && people >= most)
                rivals.push_back(table + " (" + std::to_string(people) + ")");
        }
    if (!rivals.empty())
        guesses.push_back("The table " + chosen + " (" + std::to_string(most) +
                          " password hashes) is taken for that of the users, though as many or more are in " +
                          joined(rivals, ", ") + ": --table says otherwise.");
    return chosen;
}

// The named table; else one of the usual names; else the only table that looks like users. Refused: configuration, if
// there is none, or several.
Result<std::string> find_table(ForeignDatabase& database, const std::string& named, Wanted wanted,
                               std::vector<std::string>& guesses) {
    const auto tables = database.tables();
    if (!named.empty()) {
        if (std::ranges::find(tables, named) != tables.end()) return named;
        return refuse_table("there is no table " + named + ": --table takes one of " + joined(tables, ", "));
    }
    std::vector<std::string> usual, found;
    for (const char* name : usual_tables)
        for (const std::string& table : tables)
            if (equal_ignoring_case(table, name)) usual.push_back(table);
    std::vector<std::string> with_usual_name;
    const auto may_be_meant = [&](const std::string& table) {
        try {
            return has_users(database, table, wanted);
        } catch (const std::runtime_error&) {
            // One that this database user may not read is no reason to refuse the one that has the users.
            if (with_usual_name.empty()) throw;
            return false;
        }
    };
    for (const std::string& table : usual)
        if (may_be_meant(table)) with_usual_name.push_back(table);
    for (const std::string& table : tables)
        if (std::ranges::find(usual, table) == usual.end() && may_be_meant(table) && database.count(table) != 0)
            found.push_back(table);
    if (with_usual_name.size() == 1 && found.empty()) return with_usual_name.front();  // as mostly: nothing is counted
    const bool is_any_filled =
        std::ranges::any_of(with_usual_name, [&](const std::string& table) { return people_in(database, table) != 0; });
    // An empty table is not preferred for its name to one that has people in it.
    if (!with_usual_name.empty() && (is_any_filled || found.empty()))
        return choose_table(database, with_usual_name, found, guesses);
    // A guess is told, because a table that only looks like one of users would be followed from here on.
    if (found.size() == 1) {
        guesses.push_back("The table " + found.front() +
                          " is taken for that of the users, as no other holds password hashes and a unique text.");
        return found.front();
    }
    if (found.size() > 1)
        return refuse_table("several tables hold password hashes, " + joined(found, ", ") + ": name one with --table");
    // One that has_users() did not take: the caller then says which of its columns is missing, which helps more than
    // that no table was found.
    if (!usual.empty()) return usual.front();
    return refuse_table("no table of users was found: name it with --table");
}

// An address that every user has, or nobody shares, is the account's too.
void find_email(ForeignUsers& users) {
    const auto* const email = find_column(users.columns, Column::email, {});
    if (email == nullptr || email->name == users.table.name || !store::is_text(email->type)) return;
    if (!email->is_required && !email->is_unique) return;
    users.table.email = email->name;
    users.table.email_required = email->is_required;
}

// What the application's own code always writes, though the database does not ask for it, is required of us too.
void find_what_all_have(ForeignDatabase& database, ForeignUsers& users) {
    std::vector<ForeignColumn*> asked;
    std::vector<std::string> names;
    for (ForeignColumn& column : users.columns) {
        if (column.is_required || column.has_default || column.is_key || column.is_reference) continue;
        if (store::value_for_new_row(users.table, column) == "NEW.email") continue;
        asked.push_back(&column);
        names.push_back(column.name);
    }
    // One query for all columns, as the table may be large.
    const auto counts = database.filled(users.table.table, names);
    const std::int64_t rows = database.count(users.table.table);
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (rows != 0 && counts[i] == rows) asked[i]->is_required = true;
}

// What all rows have in a column that need not tell them apart; an empty text, if some have that.
std::optional<std::string> shared_value(ForeignDatabase& database, const ForeignUsers& users,
                                        const ForeignColumn& column) {
    if (!store::may_be_shared(column) || may_lock_newcomers_out(users, column.name)) return std::nullopt;
    const auto values = database.values(users.table.table, column.name);
    const bool any_empty =
        std::ranges::any_of(values, [](const ForeignDatabase::Value& value) { return value.text.empty(); });
    if (any_empty && store::is_text(column.type)) return std::string();
    if (values.size() != 1 || values.front().rows < telling_rows || !check_value(values.front().text))
        return std::nullopt;
    return values.front().text;
}

// A new user gets no where nobody knows better; what all rows say yes to, the application's own code gives everybody.
void follow_yes(ForeignDatabase& database, const ForeignColumn& column, ForeignUsers& users) {
    const auto values = database.values(users.table.table, column.name);
    const bool is_yes = values.size() == 1 &&
                        (values.front().text == "1" || values.front().text == "true" || values.front().text == "t");
    if (!is_yes || !store::may_be_shared(column)) return;
    if (values.front().rows >= telling_rows)
        users.table.values.emplace_back(column.name, values.front().text);
    else
        users.guesses.push_back("New users get no in " + column.name + ", where all who are there have yes: --value " +
                                column.name + "=1 says otherwise.");
}

// What --value says for new users. Refused: configuration, for a column that is not there or must differ for each user.
Result<> read_values(const TableNames& names, ForeignUsers& users) {
    for (const std::string& text : names.values) {
        const auto equals = text.find('=');
        const std::string column = text.substr(0, equals);
        if (equals == text.npos) return refuse_table("--value takes a column and a value, as in --value role=user");
        const auto known = std::ranges::find(users.columns, column, &ForeignColumn::name);
        if (known == users.columns.end())
            return refuse_table("the table " + users.table.table + " has no column " + column);
        if (known->is_unique)
            return refuse_table("the column " + column +
                                " is unique, and of one value for all only the first new user could be: give it a "
                                "default that is another each time, or say --no-registration");
        if (auto checked = check_value(text); !checked) return checked;
        users.table.values.emplace_back(column, text.substr(equals + 1));
    }
    return {};
}

// One sentence for each column that has no answer; all of them are shown together.
std::string why_unknown(const ForeignUsers& users, const ForeignColumn& column) {
    const std::string what = "the column " + column.name + " of the table " + users.table.table;
    if (column.name == users.table.id)
        return what + " is " + column.type +
               ", and neither counts by itself nor has room for an id of 36 characters: give it a default "
               "(SQLite counts in INTEGER PRIMARY KEY alone, and in no BIGINT or INT)";
    std::string why = what + " must have a value, and Keyhold knows none for a new user";
    if (column.is_reference) why += ", as it names a row of another table";
    if (column.is_unique)
        return why + ", as nobody else may have the same: give it a default that is another each time";
    return why + ": give it a default, or say --value " + column.name + "=...";
}

// What new users get in columns that we know nothing of. Refused, if there is one without an answer.
Result<> find_values(ForeignDatabase& database, const TableNames& names, ForeignUsers& users) {
    if (auto read = read_values(names, users); !read) return read;
    users.table.takes_registrations = !names.no_registration;
    if (names.no_registration) return {};
    // A column that the database demands must get a value. One that merely has the same value in all rows may stay
    // empty, and the report says so.
    const std::vector<ForeignColumn> as_declared = users.columns;
    find_what_all_have(database, users);
    std::string problems;
    for (std::size_t i = 0; i < users.columns.size(); ++i) {
        ForeignColumn& column = users.columns[i];
        if (store::is_no_by_default(users.table, column)) {
            follow_yes(database, column, users);
            continue;
        }
        if (!store::is_unknown(users.table, column)) {
            if (auto why = problem_with_times(database, users.table, column); !why.empty())
                problems.append(problems.empty() ? "" : "; ").append(why);
            continue;
        }
        if (auto shared = shared_value(database, users, column)) {
            users.table.values.emplace_back(column.name, *std::move(shared));
            continue;
        }
        if (as_declared[i].is_required)
            problems.append(problems.empty() ? "" : "; ").append(why_unknown(users, column));
        else
            (column.is_unique ? users.empty_unique : users.empty).push_back(column.name);
        column.is_required = as_declared[i].is_required;
    }
    if (problems.empty()) return {};
    return refuse_table(
        problems + ". Or say --no-registration: people register at the application alone, and all else works at both");
}

// Fills in the columns of id, name and hash. Refused: configuration, with what the operator can do about it.
Result<> find_columns(ForeignDatabase& database, const TableNames& names, ForeignUsers& users) {
    const std::string& table = users.table.table;
    const std::string in_table = " of the table " + table;
    const ForeignColumn* const name = find_name(database, table, users.columns, names.name);
    const ForeignColumn* const password = find_password(database, table, users.columns, names.password);
    if (name == nullptr) return refuse_table("no column" + in_table + " is a username: name it with --name-column");
    if (password == nullptr)
        return refuse_table("no column" + in_table + " is a password hash: name it with --password-column");
    const auto key = std::ranges::find_if(users.columns, &ForeignColumn::is_key);
    if (std::ranges::count_if(users.columns, &ForeignColumn::is_key) != 1)
        return refuse_table("the table " + table +
                            " has no primary key of one column: take its users away with `keyhold import`");
    if (!name->is_unique)
        return refuse_table(
            "the column " + name->name + in_table +
            " may hold a name twice: give it a unique index, as in CREATE UNIQUE INDEX, or name another with "
            "--name-column");
    users.table.id = key->name;
    users.table.id_type = key->type;
    users.table.name = name->name;
    users.table.password = password->name;
    users.table.password_bytes = database.holds_bytes(table, *password);
    // bytea and the like are compared with texts nowhere; and SQLite gives a text for a BLOB that is another value.
    if (const auto lost = database.lost_ids(users.table); !lost.empty())
        return refuse_table("the column " + key->name + in_table + " is " + key->type +
                            ", and an id there is not the same again once it was a text"
                            ". Take its users away with `keyhold import`, or make the column a text or a number");
    const bool may_log_in_by_email =
        names.name.empty() && std::ranges::any_of(users.columns, [&](const ForeignColumn& column) {
            const auto known = domain::column_named(column.name);
            return &column != name && column.is_unique && known && known->column == Column::email;
        });
    if (may_log_in_by_email)
        users.guesses.push_back("People are called by " + name->name +
                                " at Keyhold, and can log in by their address too: --name-column says otherwise.");
    return {};
}

}  // namespace

// For `keyhold import`: nothing is shared, so a key and unique names are not needed.
Result<UserTable> find_user_table(ForeignDatabase& database, const TableNames& names) {
    UserTable found;
    auto table = find_table(database, names.table, Wanted::copy, found.guesses);
    if (!table) return std::move(table).error();
    found.table = std::move(*table);
    const auto columns = database.columns(found.table);
    const ForeignColumn* const name = find_name(database, found.table, columns, names.name);
    const ForeignColumn* const password = find_password(database, found.table, columns, names.password);
    if (name == nullptr)
        return refuse_table("no column of the table " + found.table + " is a username: name it with --username-column");
    if (password == nullptr)
        return refuse_table("no column of the table " + found.table +
                            " is a password hash: name it with --password-column");
    found.name = name->name;
    found.password = password->name;
    return found;
}

// For `keyhold adopt`. The order matters: values of new users depend on which columns were found to be the address or a
// lock.
Result<ForeignUsers> find_users(ForeignDatabase& database, const TableNames& names) {
    ForeignUsers users;
    auto table = find_table(database, names.table, Wanted::share, users.guesses);
    if (!table) return with_other_schemas(database, table.error());
    users.table.table = std::move(*table);
    users.columns = database.columns(users.table.table);
    if (auto found = find_columns(database, names, users); !found) return with_other_schemas(database, found.error());
    find_email(users);
    if (auto found = find_locks(database, names, users); !found) return std::move(found).error();
    if (auto found = find_values(database, names, users); !found) return std::move(found).error();
    return users;
}

}  // namespace keyhold::cli
