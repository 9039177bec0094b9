// SQLite's row of the dialects.
#pragma once

#include "store/old_dialect.hpp"

namespace keyhold::store {

namespace sqlite {
std::string old_columns(std::string_view table);
std::string old_count(std::string_view table);
std::string old_select(std::string_view table, const std::vector<std::string>& columns);
OldQueries old_queries(const OldTable& table);
std::string old_users(const OldTable& table);
std::vector<std::string> old_triggers(const OldTable& table, const std::vector<OldColumn>& columns);
}  // namespace sqlite

inline constexpr OldDialect sqlite_dialect{
    .scheme = "sqlite",
    .tables = R"(SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
                 AND name NOT LIKE 'keyhold\_%' ESCAPE '\' ORDER BY name)",
    .our_tables = R"(SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'keyhold\_%' ESCAPE '\')",
    .our_triggers = R"(SELECT 'DROP TRIGGER ' || name FROM sqlite_master
                       WHERE type = 'trigger' AND name LIKE 'keyhold\_adopted\_%' ESCAPE '\')",
    .columns = sqlite::old_columns,
    .count = sqlite::old_count,
    .select = sqlite::old_select,
    .queries = sqlite::old_queries,
    .users = sqlite::old_users,
    .triggers = sqlite::old_triggers,
};

}  // namespace keyhold::store
