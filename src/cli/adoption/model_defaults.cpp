// SPDX-License-Identifier: Apache-2.0
#include "cli/adoption/model_defaults.hpp"

#include <algorithm>
#include <string>

#include "base/integer.hpp"
#include "base/text.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::cli {
namespace {

using store::ForeignColumn;
using store::ForeignDatabase;
using store::ForeignLock;
using Kind = ModelDefault::Kind;

// What is told of a value that is not taken; empty if it is.
using Problem = std::string;

// As people read it.
std::string shown(const ModelDefault& given) {
    if (given.kind == Kind::yes_or_no) return given.value == "0" ? "no" : "yes";
    if (given.kind == Kind::time) return "the time";
    return given.kind == Kind::uuid ? "an id" : given.value.empty() ? "nothing" : given.value;
}

Problem of_another_type(const ForeignColumn& column, const ModelDefault& given) {
    return "The application gives new users `" + shown(given) + "` in " + column.name + " (" + given.where +
           "), and the column is " + column.type + ", which does not hold that: --value " + column.name +
           "=... says what they get.";
}

bool is_fraction(std::string_view type) {
    return store::holds_one_of(type, {"numeric", "decimal", "real", "double", "float", "number", "money"});
}

bool is_of_time(std::string_view type) { return store::holds_one_of(type, {"time", "date"}); }

// SQLite's column without a type holds anything.
bool has_no_type(std::string_view type) { return type.empty(); }

bool is_whole(std::string_view text) { return parse_integer<std::int64_t>(text).has_value(); }

// Whether a column holds the value, as the application's library would write it there.
bool holds(ForeignDatabase& database, const ForeignUsers& users, const ForeignColumn& column,
           const ModelDefault& given) {
    const std::string& type = column.type;
    if (given.kind == Kind::text || given.kind == Kind::number)
        if (const auto labels = database.labels(users.table.table, column.name); !labels.empty())
            return std::ranges::find(labels, given.value) != labels.end();
    if (has_no_type(type)) return true;
    switch (given.kind) {
        case Kind::text:
            if (store::is_text(type)) return store::fits(type, given.value);
            return store::is_whole_number(type) && !store::is_yes_or_no(type) && is_whole(given.value);
        case Kind::number:
            if (store::is_yes_or_no(type)) return given.value == "0" || given.value == "1";
            if (store::is_whole_number(type)) return is_whole(given.value);
            return is_fraction(type) || (store::is_text(type) && store::fits(type, given.value));
        case Kind::yes_or_no:
            return store::is_yes_or_no(type) || store::is_whole_number(type) || is_fraction(type);
        case Kind::json:
            return store::holds_one_of(type, {"json"}) || store::is_text(type) || type.ends_with("[]");
        default:
            return false;
    }
}

Problem take_value(ForeignDatabase& database, ForeignUsers& users, const ForeignColumn& column,
                   const ModelDefault& given) {
    if (column.is_unique) return {};  // why_unknown() says it, if the column must have something
    // PostgreSQL writes its empty array so; another one is not read from JSON.
    const bool is_array = column.type.ends_with("[]");
    const std::string value = is_array && given.value == "[]" ? "{}" : given.value;
    if (!holds(database, users, column, given) || (is_array && value != "{}") || !check_value(value))
        return of_another_type(column, given);
    tell_of_new_word(database, column, value, users);
    users.table.values.emplace_back(column.name, value);
    return {};
}

// The moment, in the form of the rows where the column's type does not say it.
Problem take_time(ForeignDatabase& database, ForeignUsers& users, const ForeignColumn& column,
                  const ModelDefault& given) {
    const HeldTimes held = held_times(database, users, column);
    if (held.form) {
        users.table.times.emplace_back(column.name, database.now_in(*held.form));
        return {};
    }
    if (!held.any && is_of_time(column.type)) {
        users.table.times.emplace_back(column.name, column.type == "date" ? "CURRENT_DATE" : "CURRENT_TIMESTAMP");
        return {};
    }
    return "The application gives new users the time in " + column.name + " (" + given.where +
           "), in a form that no row shows, or in several: --value " + column.name + "=... says what they get.";
}

// What only its owner may know is never the id of the account, which others see.
bool is_secret(std::string_view column) {
    return store::holds_one_of(ascii_lower(column),
                               {"token", "secret", "key", "code", "otp", "nonce", "salt", "reset", "verif", "confirm",
                                "invit", "activat", "session", "passw", "api", "unsubscri", "stamp"});
}

Problem take_id(ForeignDatabase& database, ForeignUsers& users, const ForeignColumn& column,
                const ModelDefault& given) {
    if (std::ranges::find(users.table.own_ids, column.name, &std::pair<std::string, store::OwnId>::first) !=
        users.table.own_ids.end())
        return {};
    if (is_secret(column.name) || (column.type.find("uuid") == std::string::npos && !store::is_text(column.type)))
        return {};
    const auto values = database.values(users.table.table, column.name);
    constexpr std::size_t bare = 32, dashed = 36;
    const auto all_have = [&](std::size_t size) {
        return std::ranges::all_of(values, [&](const auto& value) { return value.text.size() == size; });
    };
    // What the rows have says more than the code, as the type of the column writes it.
    const bool is_bare = store::is_text(column.type) &&
                         (values.empty() ? given.value == "bare" || !store::fits(column.type, std::string(dashed, '0'))
                                         : all_have(bare));
    if (store::is_text(column.type) && !(values.empty() || all_have(bare) || all_have(dashed))) return {};
    users.table.own_ids.emplace_back(column.name, is_bare ? store::OwnId::bare : store::OwnId::dashed);
    return {};
}

Problem take(ForeignDatabase& database, ForeignUsers& users, const ForeignColumn& column, const ModelDefault& given) {
    switch (given.kind) {
        case Kind::time:
            return take_time(database, users, column, given);
        case Kind::uuid:
            return take_id(database, users, column, given);
        case Kind::unknown:
            return {};
        default:
            return take_value(database, users, column, given);
    }
}

// A lock gets what lets somebody in. Of one whose value at a registration there cannot be told, somebody has to know.
void tell_of_lock(ForeignUsers& users, const ForeignLock& lock, const ModelDefault& given) {
    if (lets_newcomers_in(lock, given)) return;
    users.guesses.push_back("What new users have in " + lock.column + " at the application, `" + given.value + "` (" +
                            given.where +
                            "), cannot be worked out, and who registers at Keyhold may log in at once: "
                            "--no-registration if somebody has to approve of them first.");
}

bool is_ours(const store::ForeignTable& table, const ForeignColumn& column) {
    return column.is_key || column.name == table.name || column.name == table.password || column.name == table.email;
}

}  // namespace

const ModelDefault* default_of(const ForeignUsers& users, std::string_view column) {
    const auto found = std::ranges::find_if(
        users.defaults, [&](const ModelDefault& one) { return equal_ignoring_case(one.column, column); });
    return found != users.defaults.end() ? &*found : nullptr;
}

std::optional<bool> lets_newcomers_in(const ForeignLock& lock, const ModelDefault& given) {
    // Whoever has a time there, or a reason, is locked out.
    if (lock.is_moment) return given.kind == Kind::time ? std::optional(false) : std::nullopt;
    if (given.kind == Kind::unknown || given.kind == Kind::time) return std::nullopt;
    if (!lock.may_value.empty()) return equal_ignoring_case(given.value, lock.may_value);
    if (given.kind != Kind::yes_or_no && given.kind != Kind::number) return std::nullopt;
    return (given.value != "0") == (lock.says == ForeignLock::Says::who_may);
}

void take_defaults(ForeignDatabase& database, ForeignUsers& users) {
    for (const ForeignColumn& column : users.columns) {
        const ModelDefault* const given = default_of(users, column.name);
        if (given == nullptr || is_ours(users.table, column) || column.name == users.salt) continue;
        const auto& values = users.table.values;
        if (std::ranges::find(values, column.name, &std::pair<std::string, std::string>::first) != values.end())
            continue;  // the command line says it
        const auto lock = std::ranges::find(users.table.locks, column.name, &ForeignLock::column);
        if (lock != users.table.locks.end()) {
            tell_of_lock(users, *lock, *given);
            continue;
        }
        const std::string before = store::value_for_new_row(users.table, column);
        if (Problem problem = take(database, users, column, *given); !problem.empty()) {
            users.guesses.push_back(std::move(problem));
            continue;
        }
        const std::string now = store::value_for_new_row(users.table, column);
        if (now.empty() || (now == before && given->kind == Kind::unknown)) continue;
        users.said_by[column.name] = given->where;
        if (!given->doubt.empty())
            users.guesses.push_back("New users get " + shown(*given) + " in " + column.name + ", as " + given->where +
                                    " says, and " + given->doubt + ": --value " + column.name + "=... says otherwise.");
    }
}

}  // namespace keyhold::cli
