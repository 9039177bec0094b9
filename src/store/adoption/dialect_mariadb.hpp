// SPDX-License-Identifier: Apache-2.0
// MariaDB's row of the dialects.
#pragma once

#include "store/adoption/dialect.hpp"
#include "store/adoption/foreign_server.hpp"
#include "store/mariadb/driver.hpp"

namespace keyhold::store {

namespace mariadb {
// The functions of the row below; ForeignDialect says what each of them is.
std::string typed(std::string_view text, std::string_view type);
std::string foreign_columns(std::string_view table);
std::string references_of(std::string_view table);
std::string labels_of(std::string_view table, std::string_view column);
std::vector<std::string> adoption_triggers(const ForeignTable& table, const std::vector<ForeignColumn>& columns);
}  // namespace mariadb

inline constexpr ForeignDialect mariadb_dialect{
    .scheme = "mysql",
    .quote = '`',
    .text_type = "CHAR",
    .is_true = "CASE WHEN {} THEN 1 ELSE 0 END",
    .text_of_bytes = "CAST({} AS CHAR)",
    .bytes_of_text = "{}",
    .character = "CHAR({} USING utf8mb4)",
    .joins = "CONCAT",
    .between = ", ",
    .now = mariadb_driver.now,
    .locked = " FOR UPDATE",
    .tables = R"(SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()
                 AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'keyhold\_%' ORDER BY table_name)",
    // Each DROP is a transaction of its own here: as long as the last two are there, it can be tried again.
    .our_tables = R"(SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()
                     AND table_name LIKE 'keyhold\_%'
                     ORDER BY FIELD(table_name, 'keyhold_adoption', 'keyhold_schema'), table_name)",
    .our_triggers = R"(SELECT CONCAT('DROP TRIGGER ', trigger_name) FROM information_schema.triggers
                       WHERE trigger_schema = DATABASE() AND trigger_name LIKE 'keyhold\_adopted\_%')",
    .typed = mariadb::typed,
    .tables_elsewhere = "",  // another schema is another database
    .labels = mariadb::labels_of,
    .columns = mariadb::foreign_columns,
    .references = mariadb::references_of,
    .triggers = mariadb::adoption_triggers,
    .open = open_foreign_server,
    .connect = mariadb_driver.connect,
    .hold_counter = "",
    .why_lasting = R"(SELECT CONCAT('its engine is ', engine, ', which undoes nothing: ALTER TABLE ... ENGINE = InnoDB')
                      FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = :a
                      AND engine <> 'InnoDB')",
    .row_id = "",
    .row_id_type = "",
    .raise = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{}'; ",
    .read_by_key = "",
    .begin_loading = "SET @keyhold_loading = 1",
    .end_loading = "SET @keyhold_loading = NULL",
    .is_not_loading = "@keyhold_loading IS NULL",
    .utc_text = "DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s.%f')",
    .microseconds = "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)",
    .naive = "datetime",
    .naive_now = "UTC_TIMESTAMP(6)",
    .whole_number = "SIGNED",
    .keeps_types = true,
};

}  // namespace keyhold::store
