// SPDX-License-Identifier: Apache-2.0
// find_locks(): which columns of an application's table say who may log in there.
#include "cli/adoption/adoption_report.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "base/text.hpp"
#include "cli/adoption/adopt.hpp"
#include "cli/adoption/model_defaults.hpp"
#include "domain/accounts/lock_out_words.hpp"
#include "store/adoption/foreign_locks.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::cli {
namespace {

using domain::LockOutWord;
using store::ForeignColumn;
using store::ForeignLock;

Error refuse_locks(std::string why) { return {errors::configuration, std::move(why)}; }

// What the command line says of a column, as "status" or "status=active".
struct Named {
    bool is_there = false;
    std::string value;
};
Named find_named(const std::vector<std::string>& texts, std::string_view column) {
    for (const std::string& text : texts) {
        if (text == column) return {true, {}};
        if (text.starts_with(std::string(column) + "=")) return {true, text.substr(column.size() + 1)};
    }
    return {};
}

// Of the locks that are followed: how many rows say nothing there, and how those are read. A time is NULL in the row of
// everybody who may log in, so nothing is told of it.
std::vector<std::string> told_of_null(store::ForeignDatabase& database, const store::ForeignTable& table) {
    std::vector<std::string> names, told;
    for (const ForeignLock& lock : table.locks) names.push_back(lock.column);
    const auto filled = database.filled(table.table, names);
    if (filled.empty()) return told;
    const std::int64_t rows = database.count(table.table);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const ForeignLock& lock = table.locks[i];
        const bool is_who_may = lock.says == ForeignLock::Says::who_may;
        const bool is_time = lock.is_moment || store::holds_one_of(lock.type, {"time", "date"});
        // Between the two looks at the table somebody may have come or gone.
        const std::int64_t nulls = rows - filled[i];
        if (nulls <= 0 || (!is_who_may && is_time)) continue;
        told.push_back(lock.column + " is NULL in " + std::to_string(nulls) + (nulls == 1 ? " row" : " rows") +
                       (is_who_may ? ": locked out, as nothing says that they may log in"
                                   : ": not locked out, as nothing says that they may not log in"));
    }
    return told;
}

bool is_word(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return equal_ignoring_case(text, word); });
}

// Whether a word in a column of words lets in; empty for one that nobody knows. Without `says` the column's name tells
// whom a yes is about ("status", "is_pending") as little as a yes does.
std::optional<bool> lets_in(std::string_view text, std::optional<ForeignLock::Says> says) {
    const LockOutWord word = domain::lock_out_word(text);
    if (word == LockOutWord::who_may || is_word(text, {"ok", "normal", "live", "approved", "open"})) return true;
    if (word == LockOutWord::who_may_not || is_word(text, {"closed", "rejected", "off"})) return false;
    if (!says) return std::nullopt;
    const bool who_may = *says == ForeignLock::Says::who_may;
    if (is_word(text, {"y", "yes", "true", "t", "1", "on", "ja", "j", "si", "s", "oui", "o"})) return who_may;
    if (is_word(text, {"n", "no", "false", "f", "0", "nein", "non", "nao"})) return !who_may;
    return std::nullopt;
}

// Of a column whose words are all known, those of its rows and those that its type has: one that lets in, and others
// that do not. The most frequent of those is what Keyhold writes there, but rather "banned" than "deleted".
std::optional<ForeignLock> lock_of_words(store::ForeignDatabase& database, const std::string& table,
                                         const ForeignColumn& column, std::optional<ForeignLock::Says> says) {
    ForeignLock lock{column.name, column.type, ForeignLock::Says::who_may, false};
    auto values = database.values(table, column.name);
    for (std::string& label : database.labels(table, column.name))  // nobody need be banned today
        if (std::ranges::find(values, label, &store::ForeignDatabase::Value::text) == values.end())
            values.push_back({std::move(label), 0});
    for (const auto& [text, rows] : values) {
        const auto may = text.empty() ? std::nullopt : lets_in(text, says);
        std::string& known = may.value_or(false) ? lock.may_value : lock.may_not_value;
        // A second word that lets in: nobody knows which of the two to write when somebody is enabled.
        if (!may || (*may && !known.empty()) || !check_text(text)) return std::nullopt;
        const bool is_better = !*may && domain::says_gone(known) && !domain::says_gone(text);
        if (known.empty() || is_better) known = text;
    }
    return !lock.may_value.empty() && !lock.may_not_value.empty() ? std::optional(lock) : std::nullopt;
}

// What a column that is not followed holds, for whoever has to say what it means; and the flags, if one word lets in
// and another does not.
void tell_words(store::ForeignDatabase& database, const ForeignColumn& column, ForeignUsers& users) {
    constexpr std::size_t most = 8;
    auto values = database.values(users.table.table, column.name);
    for (std::string& label : database.labels(users.table.table, column.name))
        if (std::ranges::find(values, label, &store::ForeignDatabase::Value::text) == values.end())
            values.push_back({std::move(label), 0});
    if (values.empty() || values.size() > most) return;
    std::string told;
    std::vector<std::string> may, may_not;
    for (const auto& [text, rows] : values) {
        if (!told.empty()) told += ", ";
        told += (text.empty() ? "nothing" : text) + " (" + std::to_string(rows) + ")";
        // A number or a "yes" of a column whose name says nothing may mean either.
        const LockOutWord word = domain::lock_out_word(text);
        if (word == LockOutWord::who_may && check_text(text)) may.push_back(text);
        if (word == LockOutWord::who_may_not && check_text(text)) may_not.push_back(text);
    }
    users.words[column.name] = told;
    const bool is_plain = std::ranges::all_of(column.name, [](char c) { return is_ascii_alphanumeric(c) || c == '_'; });
    if (store::is_yes_or_no(column.type) || !is_plain || may.size() != 1 || may_not.empty()) return;
    users.flags[column.name] = "--active-column " + shell_word(column.name + "=" + may.front()) +
                               " --disabled-column " + shell_word(column.name + "=" + may_not.front());
}

// "blocked_until": a time, or a number of seconds, at which a lock-out is over. Read as the time of a lock-out it would
// keep out whoever was let in again, and what Keyhold writes there would be over at once.
bool ends_by_itself(const ForeignColumn& column) {
    const std::string_view type = column.type;
    const bool is_yes_or_no = store::is_yes_or_no(type) || type.find("bool") != type.npos;
    return !is_yes_or_no && domain::says_until(column.name);
}

// By what somebody said of it.
std::optional<ForeignLock> named_lock(const TableNames& names, const ForeignColumn& column) {
    using enum ForeignLock::Says;
    const Named may = find_named(names.active, column.name), may_not = find_named(names.disabled, column.name);
    if (!may.value.empty() || !may_not.value.empty())
        return ForeignLock{column.name, column.type, who_may, false, may.value, may_not.value};
    if (may.is_there) return ForeignLock{column.name, column.type, who_may, false};
    if (!may_not.is_there) return std::nullopt;
    // A text that somebody names, as "blocked_reason": whoever has one may not.
    const bool is_moment = domain::lock_out_word(column.name) == LockOutWord::since;
    return ForeignLock{column.name, column.type, who_may_not, is_moment || store::is_text(column.type)};
}

std::optional<ForeignLock> lock_of(store::ForeignDatabase& database, const std::string& table,
                                   const ForeignColumn& column, LockOutWord word) {
    using enum ForeignLock::Says;
    if (word == LockOutWord::since) return ForeignLock{column.name, column.type, who_may_not, true};
    if (word != LockOutWord::who_may && word != LockOutWord::who_may_not && word != LockOutWord::unclear)
        return std::nullopt;
    std::optional<ForeignLock::Says> says;
    if (word != LockOutWord::unclear) {
        says = word == LockOutWord::who_may_not ? who_may_not : who_may;
        const ForeignLock lock{column.name, column.type, *says, false};
        if (store::can_follow(lock)) return lock;
    }
    // A number with a name that says nothing could be a level or a count; it is not followed.
    return store::is_whole_number(column.type) ? std::nullopt : lock_of_words(database, table, column, says);
}

std::string sentence_of(const ForeignColumn& column) {
    return "the column " + column.name + " is of type " + column.type +
           ", and only a yes or no can be followed, the time of a lock-out, or two words, as in --active-column " +
           column.name + "=active --disabled-column " + column.name +
           "=banned: say those, choose another, or --everybody-may-log-in";
}

// How a lock-out at a moment is written, by the rows. Refused, where they are not understood: what Keyhold would write
// may be no time to the application.
bool follow_form(store::ForeignDatabase& database, const ForeignUsers& users, const ForeignColumn& column,
                 ForeignLock& lock) {
    const HeldTimes held = held_times(database, users, column);
    if (held.any && !held.form) return false;
    if (held.form) lock.now = database.now_in(*held.form);
    // A number that is NULL for somebody is asked for NULL; else 0 is what says nothing.
    if (store::is_whole_number(column.type) && !column.is_required && !column.has_default) lock.never = "NULL";
    return true;
}

// Whoever is disabled at Keyhold is marked in each column that locks out. Where another one says it, none is marked
// that says that they are gone or why they are locked out: an application may forget those who are deleted, and shows
// what stands for a reason.
void choose_marks(std::vector<ForeignLock>& locks) {
    const auto is_read_alone = [](const ForeignLock& lock) {
        const bool is_reason = lock.may_value.empty() && store::is_text(lock.type) &&
                               domain::lock_out_word(lock.column) != LockOutWord::since;
        return is_reason || domain::says_gone(lock.column) || domain::says_gone(lock.may_not_value);
    };
    if (std::ranges::all_of(locks, is_read_alone)) return;
    for (ForeignLock& lock : locks) lock.shuts = !is_read_alone(lock);
}

}  // namespace

Result<> check_text(std::string_view text) {
    const bool is_plain = text.find("$keyhold$") == text.npos && std::ranges::all_of(text, [](char c) {
                              return c != '\\' && c != '?' && c != ':' && !is_ascii_control(c);
                          });
    return is_plain ? Result<>()
                    : refuse_locks("a value cannot hold a backslash, a colon, a question mark or a line break");
}

Result<> check_value(std::string_view text) {
    if (!has_ascii_control(text)) return {};
    return refuse_locks("a value cannot hold a line break, a tab or the like");
}

Result<> find_locks(store::ForeignDatabase& database, const TableNames& names, ForeignUsers& users) {
    for (const auto* const named : {&names.active, &names.disabled})
        for (const std::string& name : *named) {
            if (auto checked = check_text(name); !checked) return checked;
            if (std::ranges::find(users.columns, name.substr(0, name.find('=')), &ForeignColumn::name) ==
                users.columns.end())
                return refuse_locks("the table " + users.table.table + " has no column " + name);
        }
    // Who is locked out by what is understood stays so: --everybody-may-log-in is about the rest.
    const bool is_decided = names.everybody || !names.active.empty() || !names.disabled.empty();
    std::vector<std::string> companions;
    for (const ForeignColumn& column : users.columns) {
        if (column.name == users.table.name || column.name == users.table.password || column.is_key) continue;
        const LockOutWord word = domain::lock_out_word(column.name);
        if (word == LockOutWord::verified) users.verified.push_back(column.name);
        const auto named = named_lock(names, column);
        auto lock = named ? named : lock_of(database, users.table.table, column, word);
        if (named && ends_by_itself(column))
            return refuse_locks(
                "the column " + column.name +
                " says until when somebody may not log in, and Keyhold follows no lock-out that ends by "
                "itself: leave it out, or say --everybody-may-log-in, and whoever it locks out for a "
                "while may log in at Keyhold");
        // A yes or no in a script that none of our words is written in could be anything.
        const bool is_unknown = word == LockOutWord::none && store::is_yes_or_no(column.type);
        const bool is_strange = is_unknown && !is_ascii(column.name);
        const bool is_unclear = lock || is_strange || word == LockOutWord::unclear || word == LockOutWord::who_may ||
                                word == LockOutWord::who_may_not;
        if (is_unknown && !named && !is_strange) users.other_yes_or_no.push_back(column.name);
        if (!named && domain::is_companion_of_lock_out(column.name)) companions.push_back(column.name);
        const bool is_of_other_form =
            lock && lock->is_moment && word == LockOutWord::since && !follow_form(database, users, column, *lock);
        if (named && is_of_other_form)
            return refuse_locks("the column " + column.name +
                                " holds times in a form that Keyhold does not write, or in several: choose another, "
                                "or --everybody-may-log-in");
        if (lock && store::can_follow(*lock) && !is_of_other_form)
            users.table.locks.push_back(*lock);
        else if (named)
            return refuse_locks(sentence_of(column));
        else if (!is_decided && is_unclear) {
            users.unclear.push_back(column.name);
            if (!ends_by_itself(column)) tell_words(database, column, users);
        }
    }
    if (users.table.locks.empty() && users.unclear.empty() && !is_decided) users.unclear = companions;
    users.null_locks = told_of_null(database, users.table);
    choose_marks(users.table.locks);
    // As the report names them: a plain yes or no before a time.
    std::ranges::stable_sort(users.table.locks, {}, [](const ForeignLock& lock) {
        return std::tuple(lock.is_moment, lock.says != ForeignLock::Says::who_may);
    });
    return {};
}

std::string locks_newcomers_out(store::ForeignDatabase& database, const TableNames& names, const ForeignUsers& users) {
    for (const ForeignLock& lock : users.table.locks) {
        if (find_named(names.active, lock.column).is_there || find_named(names.disabled, lock.column).is_there)
            continue;
        // What the application's own code writes comes before what the database would.
        const ModelDefault* const code = default_of(users, lock.column);
        const auto by_code = code != nullptr ? lets_newcomers_in(lock, *code) : std::nullopt;
        if (by_code && !*by_code) return "what " + code->where + " gives the column " + lock.column;
        if (by_code && code->doubt.empty()) continue;
        // "'pending'::user_status", "b'0'", "((0))"
        std::string said = ascii_lower(database.default_of(users.table.table, lock.column));
        if (said.empty() || said == "null" || lock.is_moment) continue;
        said = said.substr(0, said.find("::"));
        std::erase_if(said, [](char c) { return c == '\'' || c == '(' || c == ')' || c == '"'; });
        const bool is_no = is_word(said, {"false", "f", "0", "b0", "n", "no"});
        const bool is_yes = is_word(said, {"true", "t", "1", "b1", "y", "yes"});
        const bool locks = !lock.may_value.empty() ? !equal_ignoring_case(said, lock.may_value)
                                                   : (lock.says == ForeignLock::Says::who_may ? is_no : is_yes);
        if (locks) return "the default of the column " + lock.column;
    }
    return {};
}

bool may_lock_newcomers_out(const ForeignUsers& users, const std::string& column) {
    const LockOutWord word = domain::lock_out_word(column);
    return word != LockOutWord::none && word != LockOutWord::verified &&
           std::ranges::find(users.unclear, column) == users.unclear.end();
}

}  // namespace keyhold::cli
