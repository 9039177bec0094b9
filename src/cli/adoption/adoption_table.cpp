// SPDX-License-Identifier: Apache-2.0
// find_users(): what the columns of the users' table are, and what new users get there.
#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "cli/adoption/adoption_report.hpp"
#include "cli/adoption/model_defaults.hpp"
#include "cli/adoption/table_choice.hpp"
#include "cli/adoption/table_columns.hpp"
#include "domain/accounts/lock_out_words.hpp"
#include "domain/adoption/account_record.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::cli {
namespace {

using domain::Column;
using store::ForeignColumn;
using store::ForeignDatabase;

// Fewer rows say nothing of what all have in common.
constexpr std::int64_t telling_rows = 3;

// The address of a user is the account's too. Of those who share one the first has it here.
void find_email(ForeignDatabase& database, ForeignUsers& users) {
    const auto* const email = find_column(users.columns, Column::email, {});
    if (email == nullptr || email->name == users.table.name || !store::is_text(email->type)) return;
    users.table.email = email->name;
    users.table.email_required = email->is_required;
    if (email->is_required) return;
    // "''::character varying", "NULL::character varying"
    std::string said = email->has_default ? database.default_of(users.table.table, email->name) : "NULL";
    said = said.substr(0, said.find("::"));
    // Of an empty text there is one alone in a column that is unique; and what another default means nobody knows.
    if (equal_ignoring_case(said, "null"))
        users.table.no_email = "NULL";
    else if (said == "''" && !email->is_unique)
        users.table.no_email = "''";
    else
        users.table.email_required = true;
}

// Whoever has a second factor there: Keyhold asks for the password alone, and whoever knows that gets in.
void find_second_factors(ForeignDatabase& database, const std::string& table, const std::vector<ForeignColumn>& columns,
                         std::vector<std::string>& guesses) {
    std::vector<std::string> found;
    for (const ForeignColumn& column : columns) {
        if (!domain::is_of_second_factor(column.name)) continue;
        const auto values = database.values(table, column.name);
        if (std::ranges::any_of(values, [](const ForeignDatabase::Value& value) {
                return !value.text.empty() && value.text != "0" && value.text != "f" && value.text != "false";
            }))
            found.push_back(column.name);
    }
    if (!found.empty())
        guesses.push_back("There are people with a second factor, as " + joined(found, " and ") +
                          " says. Keyhold asks them for the password alone: take over only if that will do.");
}

// What tells each user apart besides the key, and is an id by its name: a UUID for each, as in the rows.
void find_own_ids(ForeignDatabase& database, ForeignUsers& users) {
    for (const ForeignColumn& column : users.columns) {
        if (!column.is_unique || column.is_key || column.is_reference || column.has_default) continue;
        const std::string name = ascii_lower(column.name);
        if (name != "fs_uniquifier" && name != "uuid" && name != "guid" && name != "public_id" && name != "publicid")
            continue;
        if (column.type.find("uuid") != std::string::npos) {
            users.table.own_ids.emplace_back(column.name, store::OwnId::dashed);
            continue;
        }
        const auto values = database.values(users.table.table, column.name);
        const auto all_are = [&](std::size_t size, std::string_view letters) {
            return store::is_text(column.type) && !values.empty() &&
                   std::ranges::all_of(values, [&](const auto& value) {
                       return value.text.size() == size && value.text.find_first_not_of(letters) == std::string::npos;
                   });
        };
        if (all_are(36, "0123456789abcdef-")) users.table.own_ids.emplace_back(column.name, store::OwnId::dashed);
        if (all_are(32, "0123456789abcdef")) users.table.own_ids.emplace_back(column.name, store::OwnId::bare);
    }
}

// What the application's own code always writes, though the database does not ask for it, is required of us too.
void find_what_all_have(ForeignDatabase& database, ForeignUsers& users) {
    std::vector<ForeignColumn*> asked;
    std::vector<std::string> names;
    for (ForeignColumn& column : users.columns) {
        if (column.is_required || column.has_default || column.is_key) continue;
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
    // "unlocked", "not_banned": passed over for who is there, and a no may lock out who comes.
    if (!is_yes && values.size() > 1 && domain::lock_out_word(column.name) == domain::LockOutWord::unclear)
        users.guesses.push_back("New users get no in " + column.name + ", which may lock people out: --value " +
                                column.name + "=1 says otherwise.");
    if (!is_yes || !store::may_be_shared(column)) return;
    if (values.front().rows >= telling_rows)
        users.table.values.emplace_back(column.name, values.front().text);
    else
        users.guesses.push_back("New users get no in " + column.name + ", where all who are there have yes: --value " +
                                column.name + "=1 says otherwise.");
}

// A key that the application makes itself, in a form of its own (ULID, cuid), and of which we make UUIDs.
void tell_of_ids(ForeignDatabase& database, ForeignUsers& users) {
    const store::ForeignTable& table = users.table;
    const auto key = std::ranges::find(users.columns, table.id, &ForeignColumn::name);
    if (!table.takes_registrations || table.id == table.name || !store::is_text(key->type) || key->has_default) return;
    for (const auto& value : database.values(table.table, table.id)) {
        std::string digits = value.text;
        std::erase(digits, '-');
        if (digits.size() == 32 && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos) continue;
        users.guesses.push_back("Ids there look like " + value.text +
                                ", and new users of Keyhold get UUIDs: --no-registration if the application reads more "
                                "than a text in them.");
        return;
    }
}

// Why --value cannot say what new users get in a column that an account fills in; empty for any other.
std::string why_not_given(const ForeignUsers& users, const std::string& column) {
    const store::ForeignTable& table = users.table;
    if (column == table.name) return " has the username, so --value says nothing of it";
    if (column == table.password) return " has the password's hash, so --value says nothing of it";
    if (column == table.email) return " has the e-mail address, so --value says nothing of it";
    if (std::ranges::find(table.locks, column, &store::ForeignLock::column) != table.locks.end())
        return " says who may log in and is followed, and whoever registers at Keyhold may, so --value says nothing of "
               "it: say --no-registration if somebody has to approve of them first";
    return {};
}

// What --value says for new users. Refused: configuration, for a column that is not there or must differ for each user.
Result<> read_values(ForeignDatabase& database, const TableNames& names, ForeignUsers& users) {
    for (const std::string& text : names.values) {
        const auto equals = text.find('=');
        const std::string column = text.substr(0, equals);
        if (equals == text.npos) return refuse_table("--value takes a column and a value, as in --value role=user");
        const auto known = std::ranges::find(users.columns, column, &ForeignColumn::name);
        if (known == users.columns.end())
            return refuse_table("the table " + users.table.table + " has no column " + column);
        if (column == users.salt)
            return refuse_table("the column " + column +
                                " is put before passwords there, and no salt for all would be right: say "
                                "--no-registration");
        if (const std::string why = why_not_given(users, column); !why.empty())
            return refuse_table("the column " + column + why);
        if (known->is_unique)
            return refuse_table("the column " + column +
                                " is unique, and of one value for all only the first new user could be: give it a "
                                "default that is another each time, or say --no-registration");
        if (auto checked = check_value(text); !checked) return checked;
        const std::string given = text.substr(equals + 1);
        tell_of_new_word(database, *known, given, users);
        users.table.values.emplace_back(column, given);
    }
    return {};
}

// One sentence for each column that has no answer; all of them are shown together.
std::string why_unknown(ForeignDatabase& database, const ForeignUsers& users, const ForeignColumn& column) {
    const std::string what = "the column " + column.name + " of the table " + users.table.table;
    if (std::ranges::find(users.unclear, column.name) != users.unclear.end()) {
        const auto words = users.words.find(column.name);
        return what + " may lock people out" + (words != users.words.end() ? ", and holds " + words->second : "") +
               ": say --active-column " + column.name + "=WORD --disabled-column " + column.name +
               "=WORD, or, if it says nothing of that, --everybody-may-log-in and --value " + column.name + "=...";
    }
    if (column.name == users.table.id)
        return what + " is " + column.type +
               ", and neither counts by itself nor has room for an id of 36 characters: give it a default "
               "(SQLite counts in INTEGER PRIMARY KEY alone, and in no BIGINT or INT)";
    if (column.name == users.salt)
        return what + " has salts beside the hashes, so passwords are not hashed there as they are typed";
    std::string why = what + " must have a value, and Keyhold knows none for a new user";
    const ModelDefault* const said = default_of(users, column.name);
    if (said != nullptr && said->kind == ModelDefault::Kind::unknown)
        why += ", as it cannot be worked out what `" + said->value + "` (" + said->where + ") gives";
    if (column.is_reference) why += ", as it names a row of another table";
    if (column.is_unique)
        return why + ", as nobody else may have the same: give it a default that is another each time";
    const std::string held = words_of(database.values(users.table.table, column.name));
    return why + ": give it a default, or say --value " + column.name + "=..." +
           (held.empty() ? held : ", where it holds " + held);
}

// What new users get in columns that we know nothing of. Refused, if there is one without an answer.
Result<> find_values(ForeignDatabase& database, const TableNames& names, ForeignUsers& users) {
    if (auto read = read_values(database, names, users); !read) return read;
    users.table.takes_registrations = !names.no_registration;
    if (names.no_registration) return {};
    if (const std::string what = locks_newcomers_out(database, names, users); !what.empty())
        return refuse_table("who registers there may not log in at first, by " + what + " of the table " +
                            users.table.table +
                            ", and who registers at Keyhold could at once: say --no-registration, or name the column "
                            "with --active-column or --disabled-column if that may be");
    take_defaults(database, users);
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
        if (auto why = problem_with_times(database, users, column); !why.empty()) {
            problems.append(problems.empty() ? "" : "; ").append(why);
            continue;
        }
        if (!store::is_unknown(users.table, column)) continue;
        if (auto shared = shared_value(database, users, column)) {
            users.table.values.emplace_back(column.name, *std::move(shared));
            continue;
        }
        if (as_declared[i].is_required)
            problems.append(problems.empty() ? "" : "; ").append(why_unknown(database, users, column));
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

std::string words_of(const std::vector<ForeignDatabase::Value>& values) {
    constexpr std::size_t most = 8, longest = 40;
    std::vector<std::string> words;
    if (values.size() > most) return {};
    for (const auto& [text, rows] : values) {
        if (text.empty() || text.size() > longest) return {};
        words.push_back(text + " (" + std::to_string(rows) + ")");
    }
    return joined(words, ", ");
}

void tell_of_new_word(ForeignDatabase& database, const ForeignColumn& column, const std::string& given,
                      ForeignUsers& users) {
    if (!store::is_text(column.type) || given.empty()) return;
    const auto values = database.values(users.table.table, column.name);
    const std::string held = words_of(values);
    if (!held.empty() && std::ranges::find(values, given, &ForeignDatabase::Value::text) == values.end())
        users.guesses.push_back("Nobody there has " + given + " in " + column.name + ": it holds " + held + ".");
}

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
    find_second_factors(database, found.table, columns, found.guesses);
    return found;
}

// For `keyhold adopt`. The order matters: values of new users depend on which columns were found to be the address or a
// lock.
Result<ForeignUsers> find_users(ForeignDatabase& database, const TableNames& names,
                                const std::vector<ModelDefault>& defaults) {
    ForeignUsers users;
    auto table = find_table(database, names.table, Wanted::share, users.guesses);
    if (!table) return with_other_schemas(database, table.error());
    users.table.table = std::move(*table);
    users.columns = database.columns(users.table.table);
    std::ranges::copy_if(defaults, std::back_inserter(users.defaults),
                         [&](const ModelDefault& one) { return equal_ignoring_case(one.table, users.table.table); });
    if (auto found = find_columns(database, names, users); !found) return with_other_schemas(database, found.error());
    find_email(database, users);
    if (const auto salts = find_salts(database, users.table.table, users.columns); !salts.empty())
        users.salt = salts.back();
    find_own_ids(database, users);
    find_second_factors(database, users.table.table, users.columns, users.guesses);
    if (auto found = find_locks(database, names, users); !found) return std::move(found).error();
    if (auto found = find_values(database, names, users); !found) return std::move(found).error();
    tell_of_ids(database, users);
    tell_of_other_tables(database, users);
    return users;
}

}  // namespace keyhold::cli
