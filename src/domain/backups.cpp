// SPDX-License-Identifier: Apache-2.0
#include "domain/backups.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <tuple>
#include <utility>

#include "base/integer.hpp"
#include "domain/accounts/levels.hpp"
#include "domain/errors.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view backup_prefix = "keyhold-", backup_ending = ".db";

// So many may be made in one second; more than a person makes, and than a disk does.
constexpr int most_in_a_second = 100;

// "keyhold-2026-11-30T204500Z.db": as the moment is written in RFC 3339, without the colons that some systems do not
// take in a name. Of several that are made in that second the next one is "keyhold-2026-11-30T204500Z-2.db".
std::string name_at(Time time, int number) {
    std::string moment = rfc3339(time);
    std::erase(moment, ':');
    if (number > 1) moment.append("-").append(std::to_string(number));
    return std::string(backup_prefix).append(moment).append(backup_ending);
}

// The moment that the name of a backup says. What is no such name leads nowhere.
std::optional<Time> time_of(std::string_view name) {
    if (!name.starts_with(backup_prefix) || !name.ends_with(backup_ending)) return std::nullopt;
    const std::string_view said =
        name.substr(backup_prefix.size(), name.size() - backup_prefix.size() - backup_ending.size());
    constexpr std::size_t size = 18, behind_hours = 13, behind_minutes = 15;  // "2026-11-30T204500Z"
    if (said.size() < size) return std::nullopt;
    std::string moment(said.substr(0, size));
    moment.insert(behind_minutes, ":").insert(behind_hours, ":");
    int number = 1;
    if (said.size() > size) number = parse_integer<int>(said.substr(size + 1)).value_or(0);
    const auto time = parse_time(moment);
    if (!time || number < 1 || number > most_in_a_second) return std::nullopt;
    // Written once more and compared: what can be written in several ways has one name only.
    return name_at(*time, number) == name ? time : std::nullopt;
}

std::string folder_of(const std::string& database) {
    return database.empty() ? std::string() : (fs::path(database).parent_path() / "backups").string();
}

Error refuse(std::string why) { return {errors::backup_failed, std::move(why)}; }

}  // namespace

Backups::Backups(const store::Stores& stores, std::string database, const Clock& clock)
    : events_(stores.database), database_(std::move(database)), folder_(folder_of(database_)), clock_(clock) {}

// What the commands call a matter of the configuration. They say whole paths; whoever asks over HTTP is told names
// alone.
Error Backups::refused(const Error& error) const {
    std::string why(error.detail());
    const std::string before = (fs::path(database_).parent_path() / "").string();
    // A folder that is the root says nothing, and every path has it.
    for (std::size_t at = 0; before.size() > 1 && (at = why.find(before, at)) != std::string::npos;)
        why.erase(at, before.size());
    return refuse(std::move(why));
}

std::optional<Time> Backups::last() {
    const auto page = events_.list({.kind = store::event_kind("backed_up").code, .limit = 1});
    return page.events.empty() ? std::nullopt : std::optional(page.events.front().event.at);
}

std::vector<Backups::Backup> Backups::list() const {
    std::vector<Backup> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
        const std::string name = entry.path().filename().string();
        const auto time = time_of(name);
        if (!time || !entry.is_regular_file(error) || entry.is_symlink(error)) continue;
        found.push_back({name, entry.file_size(error), *time});
    }
    // Of one second the longer name has the larger number.
    std::ranges::sort(found, std::greater(),
                      [](const Backup& one) { return std::tuple(one.made_at, one.name.size(), one.name); });
    return found;
}

Result<Backups::Backup> Backups::make(const Rights& giver) {
    if (!is_owner(giver)) return only_an_owner();
    if (!are_possible())
        return Error(errors::backup_impossible,
                     "This is for SQLite: use the database's own tools, pg_dump or mariadb-dump");
    // A copy reads the whole database. A second one at the same time would make both slow, and might want the same
    // name.
    const std::unique_lock lock(making_, std::try_to_lock);
    if (!lock) return Error(errors::backup_impossible, "Another backup is made at this moment");
    // For the server's own user alone, as a backup holds every password hash.
    if (::mkdir(folder_.c_str(), S_IRWXU) != 0 && errno != EEXIST)
        return refuse("cannot make the folder of backups: " + std::string(std::strerror(errno)));
    std::error_code error;
    if (!fs::is_directory(folder_, error)) return refuse("there is no folder for backups: what has its name is none");
    const Time now = clock_.now();
    const auto is_taken = [&](const std::string& name) {
        return fs::exists(fs::symlink_status(fs::path(folder_) / name, error));
    };
    int number = 1;
    while (number <= most_in_a_second && is_taken(name_at(now, number))) ++number;
    if (number > most_in_a_second)
        return Error(errors::backup_impossible, "So many backups were made in this second that no name is left");
    const std::string name = name_at(now, number), path = (fs::path(folder_) / name).string();
    if (auto copied = store::copy_database(database_, path, [](std::int64_t, std::int64_t) {}); !copied)
        return refused(copied.error());
    // A copy that cannot be read is worth nothing, and nobody finds out before it is needed: so it is read now.
    const auto contents = store::look_through(path);
    if (!contents) return refused(contents.error());
    if (!contents->problems.empty()) return refuse("the copy is not whole: " + contents->problems.front());
    events_.add(store::event_kind("backed_up"), {.object = name});
    return Backup{name, fs::file_size(path, error), now};
}

Result<std::string> Backups::path_of(std::string_view name, const Rights& giver) const {
    if (!is_owner(giver)) return only_an_owner();
    if (!are_possible() || !time_of(name)) return errors::backup_not_found;
    std::string path = (fs::path(folder_) / name).string();
    std::error_code error;
    // A symbolic link is not followed: it may lead to any file that the server can read.
    if (fs::symlink_status(path, error).type() != fs::file_type::regular) return errors::backup_not_found;
    return path;
}

Result<store::BackupContents> Backups::look_through(std::string_view name, const Rights& giver) {
    const auto path = path_of(name, giver);
    if (!path) return path.error();
    auto contents = store::look_through(*path);
    if (!contents) return refused(contents.error());
    return contents;
}

Result<> Backups::remove(std::string_view name, const Rights& giver) {
    const auto path = path_of(name, giver);
    if (!path) return path.error();
    // The event comes first: where it cannot be written, nothing is deleted.
    events_.add(store::event_kind("backup_deleted"), {.object = name});
    std::error_code error;
    if (!fs::remove(*path, error)) return refuse("cannot delete the backup: " + error.message());
    return {};
}

Result<Backups::Opened> Backups::open(std::string_view name, const Rights& giver) {
    const auto path = path_of(name, giver);
    if (!path) return path.error();
    // Without following links again: somebody may have put one there since path_of() looked.
    Descriptor file(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
        return refuse("cannot read the backup: " + std::string(std::strerror(errno)));
    // Before the first byte is handed out: where the event cannot be written, this throws, and nothing is taken.
    events_.add(store::event_kind("backup_taken"), {.object = name});
    return Opened{std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace keyhold::domain
