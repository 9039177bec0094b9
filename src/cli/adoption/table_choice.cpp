// SPDX-License-Identifier: Apache-2.0
#include "cli/adoption/table_choice.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "base/text.hpp"
#include "cli/adoption/table_columns.hpp"

namespace keyhold::cli {
namespace {

using store::ForeignColumn;
using store::ForeignDatabase;

// Where the users of FastAPI's tutorials and templates are, of Django's and of many others.
constexpr std::array usual_tables{"users", "user", "auth_user", "accounts", "account"};

// A table that looks like one of users.
struct Candidate {
    std::string table;
    std::string password;  // the column of its hashes
    bool is_empty = false;
    std::int64_t people = 0;  // rows that have a hash; counted where there are several candidates
};

// It has a name, a hash and, if it is shared, a key of one column. An empty table may be a new application's.
std::optional<Candidate> candidate_of(ForeignDatabase& database, const std::string& table, Wanted wanted) {
    const auto columns = database.columns(table);
    if (find_name(database, table, columns, {}) == nullptr) return std::nullopt;
    if (wanted == Wanted::share && std::ranges::count_if(columns, &ForeignColumn::is_key) != 1) return std::nullopt;
    const auto* const password = find_password(database, table, columns, {});
    if (password == nullptr) return std::nullopt;
    const bool has_no_rows = is_empty(database, table, columns);
    if (!has_no_rows && !holds_hashes(database, table, *password)) return std::nullopt;
    return Candidate{table, password->name, has_no_rows};
}

// Of tables that all look like users, of which some have a usual name: the first of these that holds hashes. What is
// empty is for want of anything else, as a new application's. Another that holds as many hashes or more may be meant
// as well, so it is told.
std::string choose_table(const std::vector<Candidate>& usual, const std::vector<Candidate>& others,
                         std::vector<std::string>& guesses) {
    const auto filled = std::ranges::find_if(usual, [](const Candidate& one) { return one.people != 0; });
    const Candidate& chosen = filled == usual.end() ? usual.front() : *filled;
    std::vector<std::string> rivals;
    for (const auto* const candidates : {&usual, &others})
        for (const Candidate& one : *candidates)
            if (&one != &chosen && one.people != 0 && one.people >= chosen.people)
                rivals.push_back(one.table + " (" + std::to_string(one.people) + ")");
    if (!rivals.empty())
        guesses.push_back("The table " + chosen.table + " (" + std::to_string(chosen.people) +
                          " password hashes) is taken for that of the users, though as many or more are in " +
                          joined(rivals, ", ") + ": --table says otherwise.");
    return chosen.table;
}

}  // namespace

Error with_other_schemas(ForeignDatabase& database, const Error& refused) {
    const auto elsewhere = database.tables_elsewhere();
    if (elsewhere.empty()) return refused;
    const std::string schema = elsewhere.front().substr(0, elsewhere.front().find('.'));
    return refuse_table(std::string(refused.detail()) + ". Other schemas have " + joined(elsewhere, ", ") +
                        ": put ?options=-csearch_path%3D" + schema + " behind the URL to look there");
}

Result<std::string> find_table(ForeignDatabase& database, const std::string& named, Wanted wanted,
                               std::vector<std::string>& guesses) {
    const auto tables = database.tables();
    if (!named.empty()) {
        if (std::ranges::find(tables, named) != tables.end()) return named;
        return refuse_table("there is no table " + named + ": --table takes one of " + joined(tables, ", "));
    }
    std::vector<std::string> usual;
    for (const char* name : usual_tables)
        for (const std::string& table : tables)
            if (equal_ignoring_case(table, name)) usual.push_back(table);
    std::vector<Candidate> with_usual_name, others;
    const auto look_at = [&](const std::string& table) -> std::optional<Candidate> {
        try {
            return candidate_of(database, table, wanted);
        } catch (const std::runtime_error&) {
            // One that this database user may not read is no reason to refuse the one that has the users.
            if (with_usual_name.empty()) throw;
            return std::nullopt;
        }
    };
    for (const std::string& table : usual)
        if (auto found = look_at(table)) with_usual_name.push_back(*std::move(found));
    for (const std::string& table : tables)
        if (std::ranges::find(usual, table) == usual.end())
            if (auto found = look_at(table); found && !found->is_empty) others.push_back(*std::move(found));
    if (with_usual_name.size() == 1 && others.empty())
        return with_usual_name.front().table;  // mostly: nothing to count
    for (auto* const candidates : {&with_usual_name, &others})
        for (Candidate& one : *candidates)
            if (!one.is_empty) one.people = database.filled(one.table, {one.password}).front();
    const bool is_any_filled =
        std::ranges::any_of(with_usual_name, [](const Candidate& one) { return one.people != 0; });
    // An empty table is not preferred for its name to one that has people in it.
    if (!with_usual_name.empty() && (is_any_filled || others.empty()))
        return choose_table(with_usual_name, others, guesses);
    // A guess is told, because a table that only looks like one of users would be followed from here on.
    if (others.size() == 1) {
        guesses.push_back("The table " + others.front().table +
                          " is taken for that of the users, as no other holds password hashes and a unique text.");
        return others.front().table;
    }
    if (others.size() > 1) {
        std::vector<std::string> names;
        for (const Candidate& one : others) names.push_back(one.table);
        return refuse_table("several tables hold password hashes, " + joined(names, ", ") + ": name one with --table");
    }
    // One that candidate_of() did not take: the caller then says which of its columns is missing, which helps more than
    // that no table was found.
    if (!usual.empty()) return usual.front();
    return refuse_table("no table of users was found" +
                        (tables.empty()
                             ? " in the database, which has none at all"
                             : ", as none of " + joined(tables, ", ") +
                                   " has a unique text and a column of password hashes: name it with --table"));
}

}  // namespace keyhold::cli
