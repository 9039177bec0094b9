// SPDX-License-Identifier: Apache-2.0
// tell_of_other_tables(): rows of profiles, settings and the like that every user has one of.
#include <algorithm>
#include <stdexcept>

#include "cli/adoption/adoption_report.hpp"

namespace keyhold::cli {
namespace {

using store::ForeignColumn;
using store::ForeignDatabase;

// Whether each user has exactly one row there: none has two in a column that is unique, and so all have one where they
// are as many.
bool has_row_of_each(ForeignDatabase& database, const ForeignDatabase::Reference& reference, std::int64_t users) {
    const auto columns = database.columns(reference.table);
    const auto column = std::ranges::find(columns, reference.column, &ForeignColumn::name);
    if (column == columns.end()) return false;
    // SQLite has no index for INTEGER PRIMARY KEY, and so does not call it unique.
    const bool is_whole_key = column->is_key && std::ranges::count_if(columns, &ForeignColumn::is_key) == 1;
    return (column->is_unique || is_whole_key) &&
           database.filled(reference.table, {reference.column}) == std::vector{users};
}

}  // namespace

void tell_of_other_tables(ForeignDatabase& database, ForeignUsers& users) {
    if (!users.table.takes_registrations) return;
    const std::int64_t rows = database.count(users.table.table);
    if (rows == 0) return;
    for (const ForeignDatabase::Reference& reference : database.references(users.table.table)) try {
            if (has_row_of_each(database, reference, rows))
                users.guesses.push_back("Every user there has a row in " + reference.table + " (" + reference.column +
                                        "), and Keyhold makes none for who registers: --no-registration if the "
                                        "application needs it.");
        } catch (const std::runtime_error&) {
            // A table that this database user may not read is no reason to refuse the one that has the users.
        }
}

}  // namespace keyhold::cli
