// SQLite's row of the driver table.
#pragma once

#include "store/driver.hpp"

namespace keyhold::store {

namespace sqlite {
Result<std::string> parse_location(std::string_view rest);
bool exists(const std::string& path);
void make_if_absent(const std::string& path);
void connect(soci::session& session, const std::string& path, std::chrono::milliseconds busy_timeout);
bool is_current(soci::session& session);
Trouble classify(const soci::soci_error& error);
std::unique_ptr<Doorbell> open_doorbell(const std::string& path);
std::optional<FileLock> hold(const std::string& path);
void leave(const std::string& path, const std::string& journal_mode);
}  // namespace sqlite

inline constexpr Driver sqlite_driver{
    .scheme = "sqlite",
    .example = "sqlite:///./keyhold.db (relative) or sqlite:////var/lib/keyhold/keyhold.db (absolute)",
    .compared_text = "TEXT",  // SQLite's BINARY collation
    .begin_writing = "BEGIN IMMEDIATE",
    .parse_location = sqlite::parse_location,
    .exists = sqlite::exists,
    .make_if_absent = sqlite::make_if_absent,
    .connect = sqlite::connect,
    .is_current = sqlite::is_current,
    .classify = sqlite::classify,
    .open_doorbell = sqlite::open_doorbell,
    .hold = sqlite::hold,
    .leave = sqlite::leave,
};

}  // namespace keyhold::store
