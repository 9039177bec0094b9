// SPDX-License-Identifier: Apache-2.0
#include "cli/adoption/table_columns.hpp"

#include "base/text.hpp"
#include "crypto/password_formats.hpp"
#include "store/adoption/foreign_values.hpp"

namespace keyhold::cli {

using domain::Column;
using store::ForeignColumn;
using store::ForeignDatabase;

bool is_empty(ForeignDatabase& database, const std::string& table, const std::vector<ForeignColumn>& columns) {
    if (columns.empty()) return true;
    std::vector<std::string> row;
    return !database.rows(table, {columns.front().name})->next(row);
}

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

std::vector<std::string> find_salts(ForeignDatabase& database, const std::string& table,
                                    const std::vector<ForeignColumn>& columns) {
    std::vector<std::string> found;
    for (const ForeignColumn& column : columns)
        if (ascii_lower(column.name).find("salt") != std::string::npos &&
            database.filled(table, {column.name}) != std::vector<std::int64_t>{0})
            found.push_back(column.name);
    return found;
}

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

const ForeignColumn* find_name(ForeignDatabase& database, const std::string& table,
                               const std::vector<ForeignColumn>& columns, const std::string& named) {
    const bool has_no_rows = is_empty(database, table, columns);
    enum class Who { nobody, some, all };
    const auto who_has = [&](const ForeignColumn& column) {
        if (column.is_required || has_no_rows) return Who::all;
        const std::int64_t rows = database.filled(table, {column.name}).front();
        return rows == 0 ? Who::nobody : rows == database.count(table) ? Who::all : Who::some;
    };
    const ForeignColumn* first = nullptr;
    const ForeignColumn* of_some = nullptr;
    for (const Column one : {Column::username, Column::email, Column::other_name}) {
        const auto* const found = find_column(columns, one, named);
        if (found != nullptr && !named.empty()) return found;
        const Who who = found != nullptr ? who_has(*found) : Who::nobody;
        if (who == Who::nobody) continue;
        if (found->is_unique && who == Who::all) return found;
        // Those who have none could not log in by it.
        if (found->is_unique && of_some == nullptr) of_some = found;
        if (first == nullptr) first = found;
    }
    if (!named.empty()) return nullptr;
    if (of_some != nullptr) return of_some;
    const ForeignColumn* only = nullptr;
    for (const ForeignColumn& column : columns) {
        if (!column.is_unique || column.is_key || !store::is_text(column.type) || who_has(column) == Who::nobody)
            continue;
        if (only != nullptr) return first;
        only = &column;
    }
    return first == nullptr ? only : first;
}

}  // namespace keyhold::cli
