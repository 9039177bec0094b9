// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/driver.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "base/text.hpp"
#include "store/sqlite/link.hpp"

namespace keyhold::store::sqlite {

namespace {

// What a connection must be, by the answer to reading it back (https://www.sqlite.org/pragma.html).
struct Setting {
    const char* name;
    const char* value;
    const char* reads_as;
};
// The first is written into the file and outlasts the connection.
constexpr Setting wal{"journal_mode", "WAL", "wal"};  // readers and a writer do not wait for each other
constexpr std::array settings_of_connection{
    Setting{"synchronous", "FULL", "2"},    // what COMMIT acknowledged survives a power cut
    Setting{"foreign_keys", "ON", "1"},     // off unless asked for
    Setting{"trusted_schema", "OFF", "0"},  // a schema that somebody planted runs no functions
    Setting{"cache_size", "-512", "-512"},  // KiB per connection: the kernel caches the file anyway
};

// Taking a database into WAL mode answers "busy" at once when another process does the same; SQLite's own
// busy handler is not asked (https://www.sqlite.org/wal.html, "Sometimes Queries Return SQLITE_BUSY").
void set(SqliteLink& link, const Setting& setting, std::chrono::steady_clock::time_point deadline) {
    for (;;) {
        const std::string pragma = std::string("PRAGMA ") + setting.name + " = " + setting.value;
        const int code = sqlite3_exec(link.handle(), pragma.c_str(), nullptr, nullptr, nullptr);
        if (code == SQLITE_OK) return;
        if ((code & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline) refuse(link.handle(), code);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (link.ask(std::string("PRAGMA ") + setting.name) != setting.reads_as)
        throw Unavailable(std::string("the database does not take ") + setting.name + " = " + setting.value);
}

bool has_our_tables(SqliteLink& link) {
    return link.ask("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'keyhold_schema'") != "0";
}

}  // namespace

Result<Location> parse_location(std::string_view rest) {
    const auto refuse = [](const char* why) {
        return Error(errors::configuration, std::string("DATABASE_URL: ") + why);
    };
    const std::string_view options = rest.find('?') == std::string_view::npos ? "" : rest.substr(rest.find('?') + 1);
    rest = rest.substr(0, rest.find('?'));
    // SQLAlchemy hands its options to Python's sqlite3. FastAPI's tutorial sets this one, and it means
    // nothing here; anything else would change what the database is.
    if (!options.empty() && !options.starts_with("check_same_thread="))
        return refuse("options after '?' are not understood for sqlite");
    if (options.find('&') != std::string_view::npos) return refuse("options after '?' are not understood for sqlite");
    if (rest.empty() || rest == "/" || rest == "/:memory:")
        return refuse(
            "a database in memory would forget every account at a restart; name a file, as in sqlite:///./keyhold.db");
    if (rest.front() != '/')
        return refuse("sqlite takes no host: three slashes for a relative path, four for an absolute one");
    const std::string_view path = rest.substr(1);
    if (has_ascii_control(path) || path.find('"') != path.npos)
        return refuse("the path holds a quote or a control character");
    if (path.ends_with('/')) return refuse("the path names a folder, not a file");
    // Absolute, so that a later chdir() changes nothing and SQLite never reads it as a "file:" URI.
    const std::string file = std::filesystem::absolute(path).lexically_normal().string();
    return Location{file, file};
}

// Throws for what is there and can be no database: SQLite would take a device for an empty one, and wait at a FIFO.
bool exists(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
        const int error = errno;
        const bool is_link = lstat(path.c_str(), &status) == 0;
        errno = error;
        if (is_link) throw Unavailable("the database " + path + " is a link to a file that is not there");
        return false;
    }
    if (!S_ISREG(status.st_mode)) throw Unavailable("the database " + path + " is no file");
    return true;
}

void make_if_absent(const std::string& path) {
    // O_EXCL: a database that is there is not opened. Closing a second descriptor would drop the locks that
    // SQLite holds on it in this process (https://www.sqlite.org/howtocorrupt.html §2.2).
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0)
        close(descriptor);
    else if (errno != EEXIST)
        throw Unavailable("cannot make the database " + path + ": " + strerror(errno));
}

// Each setting is read back, as SQLite ignores a PRAGMA that it does not know or cannot obey.
std::unique_ptr<Link> connect(const std::string& path, std::chrono::milliseconds patience) {
    if (!exists(path)) throw Unavailable("cannot open the database " + path + ": " + strerror(errno));
    auto link = std::make_unique<SqliteLink>(path, patience);
    if (sqlite3_db_readonly(link->handle(), "main") != 0)
        throw Unavailable("the database " + path + " is read-only for this user");
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (const Setting& setting : settings_of_connection) set(*link, setting, deadline);
    // Another application's file keeps the mode that it has there: a command that finds nothing of ours leaves no
    // trace.
    if (has_our_tables(*link)) set(*link, wal, deadline);
    return link;
}

void set_up(Link& link, std::chrono::milliseconds patience) {
    set(static_cast<SqliteLink&>(link), wal, std::chrono::steady_clock::now() + patience);
}

std::vector<std::string> doubts(Link&) { return {}; }  // connect() sees to all of it

std::unique_ptr<ChangeSignal> open_change_signal(const std::string& path) {
    return std::make_unique<FileChangeSignal>(path + "-epoch");
}

std::optional<FileLock> hold(const std::string& path) {
    const std::string file = path + "-epoch";
    if (auto first = FileLock::take(file, FileLock::Kind::alone)) return first;
    // The first process holds the lock alone for one fsync, some milliseconds; a restore holds it for as long as it
    // runs.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    for (;;) {
        auto lock = FileLock::take(file, FileLock::Kind::shared);
        if (lock || std::chrono::steady_clock::now() >= deadline) return lock;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

// A probe may fit where a write does not: the log of changes is not given back, so a page of it is there on a full
// disk.
void require_room(const std::string& path) {
    constexpr std::uintmax_t needed = 256 * 1024;  // bytes; a registration writes about ten pages of 4 KiB
    std::error_code failed;
    const auto space = std::filesystem::space(std::filesystem::path(path).parent_path(), failed);
    if (!failed && space.available < needed) throw Unavailable("the disk of the database " + path + " is full");
}

void leave(const std::string& path, const std::string& journal_mode) {
    unlink((path + "-epoch").c_str());
    if (journal_mode.empty() || journal_mode == wal.reads_as) return;
    // Possible as soon as nobody else has it open, as an application between two requests.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    SqliteLink link(path, std::chrono::seconds(0));
    set(link, {"journal_mode", "DELETE", "delete"}, deadline);
}

}  // namespace keyhold::store::sqlite
