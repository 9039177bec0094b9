// SPDX-License-Identifier: Apache-2.0
// SQLite's row of the dialects.
#pragma once

#include "store/adoption/dialect.hpp"
#include "store/sqlite/driver.hpp"

namespace keyhold::store {

namespace sqlite {
// The functions of the row below; ForeignDialect says what each of them is.
std::string typed(std::string_view text, std::string_view type);
std::string foreign_columns(std::string_view table);
std::string references_of(std::string_view table);
std::vector<std::string> adoption_triggers(const ForeignTable& table, const std::vector<ForeignColumn>& columns);
Result<std::unique_ptr<ForeignDatabase>> open_foreign_file(const ForeignDialect& dialect,
                                                           const DatabaseLocation& location);
// A link without the driver's settings, which would take the file into WAL mode for good.
std::unique_ptr<Link> connect_for_trial(const std::string& path, std::chrono::milliseconds patience);
}  // namespace sqlite

inline constexpr ForeignDialect sqlite_dialect{
    .scheme = "sqlite",
    .quote = '"',
    .text_type = "TEXT",
    .is_true = "CASE WHEN {} THEN 1 ELSE 0 END",
    .text_of_bytes = "CAST({} AS TEXT)",
    .bytes_of_text = "CAST({} AS BLOB)",
    .character = "char({})",
    .joins = "",
    .between = " || ",
    .now = sqlite_driver.now,
    .locked = "",  // whoever writes is alone
    .tables = R"(SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
                 AND name NOT LIKE 'keyhold\_%' ESCAPE '\' ORDER BY name)",
    .our_tables = R"(SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'keyhold\_%' ESCAPE '\')",
    .our_triggers = R"(SELECT 'DROP TRIGGER ' || name FROM sqlite_master
                       WHERE type = 'trigger' AND name LIKE 'keyhold\_adopted\_%' ESCAPE '\')",
    .typed = sqlite::typed,
    .tables_elsewhere = "",
    .labels = nullptr,
    .columns = sqlite::foreign_columns,
    .references = sqlite::references_of,
    .triggers = sqlite::adoption_triggers,
    .open = sqlite::open_foreign_file,
    .connect = sqlite::connect_for_trial,
    .hold_counter = "",
    .why_lasting = "",
    .row_id = "",
    .row_id_type = "",
    .raise = "SELECT RAISE(ABORT, '{}'); ",
    .read_by_key = "",
    .begin_loading = "",
    .end_loading = "",
    .is_not_loading = "",
    .utc_text = R"(strftime('%Y-%m-%d %H:%M:%f000', 'now'))",
    .microseconds = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
    .naive = "date",
    .naive_now = "CURRENT_TIMESTAMP",
    .whole_number = "INTEGER",
    .keeps_types = false,
};

}  // namespace keyhold::store
