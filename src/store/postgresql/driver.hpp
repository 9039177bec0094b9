// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's row of the driver table.
#pragma once

#include <array>

#include "store/database/driver.hpp"

namespace keyhold::store {

namespace postgresql {
// The functions of the row below; Driver says what each of them is.
Result<Location> parse_location(std::string_view rest);
bool exists(const std::string& target);
void make_if_absent(const std::string& target);
std::unique_ptr<Link> connect(const std::string& target, std::chrono::milliseconds patience);
std::vector<std::string> doubts(Link& link);
}  // namespace postgresql

namespace postgresql {
inline constexpr std::array<std::string_view, 5> path_options{"sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile"};
}

inline constexpr Driver postgresql_driver{
    .scheme = "postgresql",
    .alias = "postgres",
    .example = "postgresql://user:password@host/name?sslmode=verify-full",
    .path_options = postgresql::path_options,
    .compared_text = "TEXT COLLATE \"C\"",  // the order of the bytes, whatever the database's own is
    .now = "CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp())) AS BIGINT)",
    .table_options = "",
    .listed = "json_array_elements_text(:a::json) AS listed (item)",
    // READ COMMITTED: an UPDATE that had to wait looks at its row anew, and its count tells the truth.
    .begin_writing = "BEGIN ISOLATION LEVEL READ COMMITTED",
    .lock_schema = "SELECT 1 FROM (SELECT pg_advisory_lock(7307218090266191972)) AS given",  // "keyhold" and a 'd'
    .unlock_schema = "SELECT pg_advisory_unlock(7307218090266191972)",
    .call = "NOTIFY keyhold_changes",
    .listen = "LISTEN keyhold_changes",
    .clock = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
    .schema_is_transactional = true,
    .indexes_belong_to_tables = false,
    .updates_in_queries = true,
    .parse_location = postgresql::parse_location,
    .exists = postgresql::exists,
    .make_if_absent = postgresql::make_if_absent,
    .connect = postgresql::connect,
    .set_up = nullptr,
    .doubts = postgresql::doubts,
    .open_change_signal = nullptr,
    .hold = nullptr,
    .require_room = nullptr,
    .leave = nullptr,
};

}  // namespace keyhold::store
