// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's row of the dialects. Their table is one of the schema that is the first of the search path.
#pragma once

#include "store/adoption/dialect.hpp"
#include "store/adoption/foreign_server.hpp"
#include "store/postgresql/driver.hpp"

namespace keyhold::store {

namespace postgresql {
// The functions of the row below; ForeignDialect says what each of them is.
std::string typed(std::string_view text, std::string_view type);
std::string foreign_columns(std::string_view table);
std::string references_of(std::string_view table);
std::string labels_of(std::string_view table, std::string_view column);
std::vector<std::string> adoption_triggers(const ForeignTable& table, const std::vector<ForeignColumn>& columns);
}  // namespace postgresql

inline constexpr ForeignDialect postgresql_dialect{
    .scheme = "postgresql",
    .quote = '"',
    .text_type = "TEXT",
    .is_true = "CASE WHEN CAST({} AS TEXT) NOT IN ('false', '0') THEN 1 ELSE 0 END",
    .text_of_bytes = "encode({}, 'escape')",
    .bytes_of_text = "convert_to({}, 'UTF8')",
    .character = "chr({})",
    .joins = "",
    .between = " || ",
    .now = postgresql_driver.now,
    .locked = " FOR UPDATE",
    .tables = R"(SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
                 AND tablename NOT LIKE 'keyhold\_%' ORDER BY tablename)",
    .our_tables = R"(SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()
                     AND tablename LIKE 'keyhold\_%')",
    .our_triggers = R"(SELECT statement FROM (
        SELECT 1 AS part, format('DROP TRIGGER %I ON %s', t.tgname, CAST(c.oid AS regclass)) AS statement
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND t.tgname LIKE 'keyhold\_adopted\_%' AND n.nspname = current_schema()
        UNION ALL SELECT 2, format('DROP FUNCTION %s', CAST(p.oid AS regprocedure))
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.proname LIKE 'keyhold\_adopted\_%' AND n.nspname = current_schema()) AS ours ORDER BY part)",
    .typed = postgresql::typed,
    .tables_elsewhere = R"(SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN
                           ('pg_catalog', 'information_schema', current_schema()) ORDER BY 1 LIMIT 10)",
    .labels = postgresql::labels_of,
    .columns = postgresql::foreign_columns,
    .references = postgresql::references_of,
    .triggers = postgresql::adoption_triggers,
    .open = open_foreign_server,
    .connect = postgresql_driver.connect,
    // A sequence that was restarted is another one until the transaction is over.
    .hold_counter = R"(SELECT format('ALTER SEQUENCE %s RESTART%s', s.name,
                                     COALESCE(' WITH ' || (pg_sequence_last_value(s.name) + 1), ''))
                       FROM (SELECT CAST(pg_get_serial_sequence(quote_ident(:a), :b) AS regclass) AS name) AS s
                       WHERE s.name IS NOT NULL)",
    .why_lasting = "",
    .row_id = "ctid",
    .row_id_type = "tid",
    .raise = "RAISE EXCEPTION '{}'; ",
    .read_by_key = "SET enable_sort = off",
    .begin_loading = "SET LOCAL keyhold.loading = 'yes'",
    .end_loading = "SET LOCAL keyhold.loading = 'no'",
    // Of the WHEN of a trigger: else its function is called for each row.
    .is_not_loading = "current_setting('keyhold.loading', true) IS DISTINCT FROM 'yes'",
    .utc_text = "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
    .microseconds = "CAST(EXTRACT(EPOCH FROM now()) * 1000000 AS BIGINT)",
    .naive = "without time zone",
    .naive_now = "(now() AT TIME ZONE 'UTC')",
    .whole_number = "BIGINT",
    .keeps_types = true,
};

}  // namespace keyhold::store
