// SPDX-License-Identifier: Apache-2.0
#include "store/database/not_unique.hpp"

#include <algorithm>
#include <array>

namespace keyhold::store {

namespace {

// Columns that were declared UNIQUE within CREATE TABLE, whose index the database named itself: PostgreSQL
// <table>_<column>_key (https://www.postgresql.org/docs/15/sql-createindex.html), MariaDB <column>.
struct Declared {
    std::string_view postgresql, mariadb, constraint;
};
constexpr std::array declared{
    Declared{"keyhold_accounts_name_key_key", "name_key", "keyhold_accounts.name_key"},
    Declared{"keyhold_adopted_old_id_key", "old_id", "keyhold_adopted.old_id"},
};

}  // namespace

std::string constraint_of_index(std::string_view index) {
    index.remove_prefix(index.rfind('.') + 1);  // MySQL says which table's key it is
    if (index == "PRIMARY" || (index.starts_with("keyhold_") && index.ends_with("_pkey")))
        return std::string(primary_key);
    const auto row = std::ranges::find_if(
        declared, [&](const Declared& known) { return index == known.postgresql || index == known.mariadb; });
    if (row != declared.end()) return std::string(row->constraint);
    constexpr std::string_view by = "_by_";
    const auto at = index.find(by);
    if (!index.starts_with("keyhold_") || at == index.npos) return std::string(index);
    return std::string(index.substr(0, at)) + '.' + std::string(index.substr(at + by.size()));
}

}  // namespace keyhold::store
