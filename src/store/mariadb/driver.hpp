// SPDX-License-Identifier: Apache-2.0
// MariaDB's row of the driver table.
#pragma once

#include <array>

#include "store/database/driver.hpp"

namespace keyhold::store {

namespace mariadb {
// The functions of the row below; Driver says what each of them is.
Result<Location> parse_location(std::string_view rest);
bool exists(const std::string& target);
void make_if_absent(const std::string& target);
std::unique_ptr<Link> connect(const std::string& target, std::chrono::milliseconds patience);
std::vector<std::string> doubts(Link& link);
}  // namespace mariadb

namespace mariadb {
inline constexpr std::array<std::string_view, 4> path_options{"ssl_ca", "ssl_cert", "ssl_key", "unix_socket"};
}

inline constexpr Driver mariadb_driver{
    .scheme = "mysql",
    .alias = "mariadb",
    .example = "mysql://user:password@host/name?ssl_ca=/etc/ssl/certs/ca-certificates.crt",
    .path_options = mariadb::path_options,
    // Its default collation calls "bob", "bób" and "bob " the same person.
    .compared_text = "VARCHAR(256) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
    .now = "UNIX_TIMESTAMP()",
    .table_options = " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
    .listed =
        "JSON_TABLE(:a, '$[*]' COLUMNS (item VARCHAR(256) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH "
        "'$')) AS listed",
    .begin_writing = "START TRANSACTION",
    // Ten minutes: another process changes the schema. The name is the whole server's, so the database is in it.
    .lock_schema = "SELECT GET_LOCK(CONCAT('keyhold ', MD5(DATABASE())), 600)",
    .unlock_schema = "SELECT RELEASE_LOCK(CONCAT('keyhold ', MD5(DATABASE())))",
    .call = "",
    .listen = "",
    // Not UNIX_TIMESTAMP(NOW()), which takes the hour that comes twice in autumn for the first one.
    .clock = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000",
    .schema_is_transactional = false,
    .indexes_belong_to_tables = true,
    .updates_in_queries = false,
    .parse_location = mariadb::parse_location,
    .exists = mariadb::exists,
    .make_if_absent = mariadb::make_if_absent,
    .connect = mariadb::connect,
    .set_up = nullptr,
    .doubts = mariadb::doubts,
    .open_change_signal = nullptr,
    .hold = nullptr,
    .require_room = nullptr,
    .leave = nullptr,
};

}  // namespace keyhold::store
