// SPDX-License-Identifier: Apache-2.0
#include "cli/tools/records.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace keyhold::cli {

using domain::Column;

std::optional<domain::NamedColumn> ColumnNames::find(std::string_view name) const {
    if (!username.empty() && name == username) return domain::NamedColumn{Column::username, 0};
    if (!password.empty() && name == password) return domain::NamedColumn{Column::hash, 0};
    if (!roles.empty() && name == roles) return domain::NamedColumn{Column::roles, 0};
    if (std::ranges::find(active, name) != active.end()) return domain::NamedColumn{Column::active, 0};
    if (std::ranges::find(disabled, name) != disabled.end()) return domain::NamedColumn{Column::since, 0};
    const auto named = domain::column_named(name);
    const bool is_name = named && (named->column == Column::username || named->column == Column::other_name);
    if (!named || (is_name && !username.empty()) || (named->column == Column::hash && !password.empty()))
        return std::nullopt;
    return named;
}

void put(domain::Record& record, Column column, std::string text) {
    if (domain::is_lock(column))
        domain::add_lock(record, column, std::move(text));
    else
        domain::at(record, column) = std::move(text);
}

Result<ColumnNames::Chosen> ColumnNames::choose(const std::vector<std::string>& columns) const {
    constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    std::array<std::size_t, std::tuple_size_v<domain::Record>> ranks, places;
    Chosen chosen(columns.size());
    ranks.fill(none);
    places.fill(none);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto named = find(columns[i]);
        if (!named) continue;
        if (domain::is_lock(named->column)) {
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
    const auto place_of = [&](Column column) -> std::size_t& { return places[static_cast<std::size_t>(column)]; };
    const bool has_name = place_of(Column::username) != none || place_of(Column::email) != none;
    if (!has_name && place_of(Column::other_name) == none)
        return Error(errors::malformed, "no column is a username: say which with --username-column");
    if (has_name) place_of(Column::other_name) = none;
    if (place_of(Column::hash) == none)
        return Error(errors::malformed, "no column is a password hash: say which with --password-column");
    for (std::size_t column = 0; column < places.size(); ++column)
        if (places[column] != none) chosen[places[column]] = static_cast<Column>(column);
    return chosen;
}

}  // namespace keyhold::cli
