// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/records.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "domain/accounts/lock_out_words.hpp"

namespace keyhold::domain {

std::optional<NamedColumn> ColumnNames::find(std::string_view name) const {
    if (!username.empty() && name == username) return NamedColumn{Column::username, 0};
    if (!password.empty() && name == password) return NamedColumn{Column::hash, 0};
    if (!roles.empty() && name == roles) return NamedColumn{Column::roles, 0};
    if (std::ranges::find(active, name) != active.end()) return NamedColumn{Column::active, 0};
    // As a moment rather than as yes or no, because add_lock() takes "true" as one too: the column may be of either
    // kind.
    if (std::ranges::find(disabled, name) != disabled.end()) return NamedColumn{Column::since, 0};
    const auto named = column_named(name);
    // Where somebody has named a column of the username or the hash, no other one is taken for it.
    const bool is_name = named && (named->column == Column::username || named->column == Column::other_name);
    if (!named || (is_name && !username.empty()) || (named->column == Column::hash && !password.empty()))
        return std::nullopt;
    return named;
}

void put(Record& record, Column column, std::string text) {
    if (is_lock(column))
        add_lock(record, column, std::move(text));
    else
        at(record, column) = std::move(text);
}

Result<ColumnNames::Chosen> ColumnNames::choose(const std::vector<std::string>& columns) const {
    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    std::array<std::size_t, std::tuple_size_v<Record>> ranks, places;
    Chosen chosen(columns.size());
    // One that was misspelt would otherwise let in whom it locks out.
    for (const auto& named : {active, disabled, std::vector{roles}})
        for (const std::string& name : named)
            if (!name.empty() && std::ranges::find(columns, name) == columns.end())
                return Error(errors::malformed, "there is no column '" + name + "'");
    ranks.fill(none);
    places.fill(none);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto named = find(columns[i]);
        if (!named) continue;
        // Any number of columns may lock people out (add_lock()).
        if (is_lock(named->column)) {
            chosen[i] = named->column;
            continue;
        }
        const auto column = static_cast<std::size_t>(named->column);
        if (named->rank == ranks[column])
            return Error(errors::malformed, "the column '" + columns[i] + "' is there twice");
        if (named->rank > ranks[column]) continue;
        ranks[column] = named->rank;
        places[column] = i;
    }
    const auto index_of = [&](Column column) -> std::size_t& { return places[static_cast<std::size_t>(column)]; };
    const bool has_name = index_of(Column::username) != none || index_of(Column::email) != none;
    if (!has_name && index_of(Column::other_name) == none)
        return Error(errors::malformed, "no column is a username: say which with --username-column");
    if (has_name) index_of(Column::other_name) = none;
    if (index_of(Column::hash) == none)
        return Error(errors::malformed, "no column is a password hash: say which with --password-column");
    for (std::size_t column = 0; column < places.size(); ++column)
        if (places[column] != none) chosen[places[column]] = static_cast<Column>(column);
    return chosen;
}

std::vector<std::string> unclear_columns(const Records& records, const ColumnNames& names) {
    std::vector<std::string> unclear;
    if (names.is_decided()) return unclear;
    for (std::string& name : records.unread())
        if (lock_out_word(name) == LockOutWord::unclear) unclear.push_back(std::move(name));
    return unclear;
}

}  // namespace keyhold::domain
