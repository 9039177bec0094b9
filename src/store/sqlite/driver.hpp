// SPDX-License-Identifier: Apache-2.0
// SQLite's row of the driver table.
#pragma once

#include "store/database/driver.hpp"

namespace keyhold::store {

namespace sqlite {
// The functions of the row below; Driver says what each of them is.
Result<Location> parse_location(std::string_view rest);
bool exists(const std::string& path);
void make_if_absent(const std::string& path);
std::unique_ptr<Link> connect(const std::string& path, std::chrono::milliseconds patience);
void set_up(Link& link, std::chrono::milliseconds patience);
std::vector<std::string> doubts(Link& link);
std::unique_ptr<ChangeSignal> open_change_signal(const std::string& path);
std::optional<FileLock> hold(const std::string& path);
void require_room(const std::string& path);
void leave(const std::string& path, const std::string& journal_mode);
}  // namespace sqlite

inline constexpr Driver sqlite_driver{
    .scheme = "sqlite",
    .alias = "",
    .example = "sqlite:///./keyhold.db (relative) or sqlite:////var/lib/keyhold/keyhold.db (absolute)",
    .path_options = {},
    .compared_text = "TEXT",  // SQLite's BINARY collation
    .now = "CAST(strftime('%s', 'now') AS INTEGER)",
    .table_options = "",
    .listed = "(SELECT value AS item FROM json_each(:a)) AS listed",
    .begin_writing = "BEGIN IMMEDIATE",
    .lock_schema = "",
    .unlock_schema = "",
    .call = "",
    .listen = "",
    .clock = "",
    .schema_is_transactional = true,
    .indexes_belong_to_tables = false,
    .updates_in_queries = false,
    .parse_location = sqlite::parse_location,
    .exists = sqlite::exists,
    .make_if_absent = sqlite::make_if_absent,
    .connect = sqlite::connect,
    .set_up = sqlite::set_up,
    .doubts = sqlite::doubts,
    .open_change_signal = sqlite::open_change_signal,
    .hold = sqlite::hold,
    .require_room = sqlite::require_room,
    .leave = sqlite::leave,
};

}  // namespace keyhold::store
