#include "store/sqlite.hpp"

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "store/account_store.hpp"

namespace keyhold::store::sqlite {

namespace {

// What a connection must be, by the answer to reading it back (https://www.sqlite.org/pragma.html).
struct Setting {
    const char* name;
    const char* value;
    const char* reads_as;
};
constexpr std::array settings{
    Setting{"journal_mode", "WAL", "wal"},  // readers and a writer do not wait for each other
    Setting{"synchronous", "FULL", "2"},    // what COMMIT acknowledged survives a power cut
    Setting{"foreign_keys", "ON", "1"},     // off unless asked for
    Setting{"trusted_schema", "OFF", "0"},  // a schema that somebody planted runs no functions
    Setting{"cache_size", "-512", "-512"},  // KiB per connection: the kernel caches the file anyway
};

// SQLite's primary result codes that mean "not now" rather than "never" (https://www.sqlite.org/rescode.html).
constexpr std::array unavailable_codes{SQLITE_PERM,   SQLITE_BUSY,    SQLITE_LOCKED, SQLITE_NOMEM,    SQLITE_READONLY,
                                       SQLITE_IOERR,  SQLITE_CORRUPT, SQLITE_FULL,   SQLITE_CANTOPEN, SQLITE_PROTOCOL,
                                       SQLITE_SCHEMA, SQLITE_AUTH,    SQLITE_NOTADB};

sqlite_api::sqlite3* handle(soci::session& session) {
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

// Taking a database into WAL mode answers "busy" at once when another process does the same; SQLite's own
// busy handler is not asked (https://www.sqlite.org/wal.html, "Sometimes Queries Return SQLITE_BUSY").
void set(soci::session& session, const Setting& setting, std::chrono::steady_clock::time_point deadline) {
    for (;;) try {
            session << "PRAGMA " << setting.name << " = " << setting.value;
            return;
        } catch (const soci::sqlite3_soci_error& error) {
            if ((error.result() & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= deadline) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
}

}  // namespace

Result<std::string> parse_location(std::string_view rest) {
    const auto refuse = [](const char* why) { return Error(Errc::configuration, std::string("DATABASE_URL: ") + why); };
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
    const auto is_unusable = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '"'; };
    if (std::ranges::any_of(path, is_unusable)) return refuse("the path holds a quote or a control character");
    if (path.ends_with('/')) return refuse("the path names a folder, not a file");
    // Absolute, so that a later chdir() changes nothing and SQLite never reads it as a "file:" URI.
    return std::filesystem::absolute(path).lexically_normal().string();
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

void make_if_absent(const std::string& path) {
    // O_EXCL: a database that is there is not opened. Closing a second descriptor would drop the locks that
    // SQLite holds on it in this process (https://www.sqlite.org/howtocorrupt.html §2.2).
    const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0)
        close(descriptor);
    else if (errno != EEXIST)
        throw Unavailable("cannot make the database " + path + ": " + strerror(errno));
}

void connect(soci::session& session, const std::string& path, std::chrono::milliseconds busy_timeout) {
    if (!exists(path)) throw Unavailable("cannot open the database " + path + ": " + strerror(errno));
    session.open(soci::sqlite3, "dbname=\"" + path + "\"");
    sqlite_api::sqlite3_extended_result_codes(handle(session), 1);
    sqlite_api::sqlite3_busy_timeout(handle(session), static_cast<int>(busy_timeout.count()));
    if (sqlite_api::sqlite3_db_readonly(handle(session), "main") != 0)
        throw Unavailable("the database " + path + " is read-only for this user");
    const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
    for (const Setting& setting : settings) {
        set(session, setting, deadline);
        std::string is;
        session << "PRAGMA " << setting.name, soci::into(is);
        if (is != setting.reads_as)
            throw Unavailable("the database " + path + " does not take " + setting.name + " = " + setting.value);
    }
}

// SQLite itself goes on writing to a file that was deleted or replaced, where nobody finds it again.
bool is_current(soci::session& session) {
    int has_moved = 1;
    sqlite_api::sqlite3_file_control(handle(session), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return has_moved == 0;
}

Trouble classify(const soci::soci_error& error) {
    const auto* const sqlite_error = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    if (!sqlite_error) return Trouble::broken;
    if (sqlite_error->result() == SQLITE_CONSTRAINT_UNIQUE || sqlite_error->result() == SQLITE_CONSTRAINT_PRIMARYKEY)
        return Trouble::name_taken;
    const bool passes = std::ranges::find(unavailable_codes, sqlite_error->result() & 0xff) != unavailable_codes.end();
    return passes ? Trouble::unavailable : Trouble::broken;
}

std::optional<FileLock> hold(const std::string& path) {
    return FileLock::take(path + "-epoch", FileLock::Kind::shared);
}

void leave(const std::string& path, const std::string& journal_mode) {
    soci::session session(soci::sqlite3, "dbname=\"" + path + "\"");
    if (journal_mode != "wal") session << "PRAGMA journal_mode = DELETE";  // stays WAL while somebody else is connected
    unlink((path + "-epoch").c_str());
}

std::unique_ptr<Doorbell> open_doorbell(const std::string& path) { return std::make_unique<Doorbell>(path + "-epoch"); }

}  // namespace keyhold::store::sqlite
