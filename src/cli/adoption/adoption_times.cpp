// SPDX-License-Identifier: Apache-2.0
// In which form an application writes the moments of its rows, so that Keyhold writes those of new users alike.
#include <algorithm>

#include "cli/adoption/adoption_report.hpp"
#include "domain/accounts/lock_out_words.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::cli {
namespace {

using store::ForeignColumn;
using store::TimeForm;

bool is_moment(const ForeignColumn& column) {
    return store::is_moment_of_row(column) || domain::lock_out_word(column.name) == domain::LockOutWord::since;
}

// What the first rows hold in each of these columns.
std::vector<HeldTimes> look_at(store::ForeignDatabase& database, const std::string& table,
                               const std::vector<std::string>& names) {
    constexpr int looked_at = 1000;  // rows
    std::vector<HeldTimes> held(names.size());
    const auto rows = database.rows(table, names);
    std::vector<std::string> row;
    for (int i = 0; i < looked_at && rows->next(row); ++i)
        for (std::size_t at = 0; at < names.size(); ++at) {
            const std::string& text = row[at];
            if (text.empty() || text == "0") continue;  // says nothing
            const auto form = store::parse_time_form(text);
            HeldTimes& one = held[at];
            one.form = !form ? std::nullopt : one.any ? one.form ? common_form(*one.form, *form) : one.form : form;
            one.any = true;
        }
    return held;
}

}  // namespace

HeldTimes held_times(store::ForeignDatabase& database, const ForeignUsers& users, const ForeignColumn& column) {
    if (database.keeps_to_type(column)) return {};
    const HeldTimes own = look_at(database, users.table.table, {column.name}).front();
    if (own.any) return own;
    // Nobody has been deleted yet, say: then the other moments of this type show the form.
    std::vector<std::string> others;
    for (const ForeignColumn& other : users.columns)
        if (other.name != column.name && other.type == column.type && is_moment(other)) others.push_back(other.name);
    if (others.empty()) return {};
    const auto held = look_at(database, users.table.table, others);
    const auto found = std::ranges::find_if(held, &HeldTimes::any);
    return found != held.end() ? *found : HeldTimes();
}

std::string problem_with_times(store::ForeignDatabase& database, ForeignUsers& users, const ForeignColumn& column) {
    const std::string value = store::value_for_new_row(users.table, column);
    if ((!column.is_required && !column.has_default) || !store::is_moment_of_row(column) ||
        (!value.empty() && !value.starts_with("CURRENT_")))
        return {};
    const HeldTimes held = held_times(database, users, column);
    if (held.form) users.table.times.emplace_back(column.name, database.now_in(*held.form));
    if (held.form || !held.any || value.empty()) return {};
    return "the column " + column.name + " of the table " + users.table.table +
           " holds times in a form that Keyhold does not write, or in several, and the application reads perhaps no "
           "other: say --value " +
           column.name + "=... for what all new users get";
}

}  // namespace keyhold::cli
