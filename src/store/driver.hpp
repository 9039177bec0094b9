// What differs between databases: one row each. Everything else in this folder is the same for all.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "store/doorbell.hpp"
#include "store/file_lock.hpp"

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace keyhold::store {

// What a database's refusal means to us.
enum class Trouble {
    name_taken,   // a UNIQUE constraint or a primary key
    unavailable,  // busy, locked, full, read-only, damaged, gone: 503
    broken,       // wrong SQL and the like: our mistake
};

struct Driver {
    std::string_view scheme;         // of DATABASE_URL, without SQLAlchemy's "+driver"
    std::string_view example;        // for whoever wrote something else
    std::string_view compared_text;  // the type of a column that is compared byte by byte
    std::string_view begin_writing;  // begins a transaction that no other writer can enter

    // What follows "scheme://", as a location for the functions below. Refused: configuration.
    Result<std::string> (*parse_location)(std::string_view rest);
    // Whether there is a database, as far as can be told without connecting.
    bool (*exists)(const std::string& location);
    // Makes an empty database where there is none, readable by its owner alone. Throws Unavailable.
    void (*make_if_absent)(const std::string& location);
    // Connects and makes sure of the settings that durability hangs on. Throws Unavailable or soci_error.
    // Never makes a database: one that vanished must not come back empty.
    void (*connect)(soci::session& session, const std::string& location, std::chrono::milliseconds busy_timeout);
    // Whether the session still talks to the database that stands at its location today.
    bool (*is_current)(soci::session& session);
    Trouble (*classify)(const soci::soci_error& error);
    std::unique_ptr<Doorbell> (*open_doorbell)(const std::string& location);
    // Held for as long as somebody uses the database: its file is not replaced meanwhile. Empty if somebody is
    // replacing it. Null for databases that are servers. Throws Unavailable.
    std::optional<FileLock> (*hold)(const std::string& location);
    // Undoes what connecting has done to a database that is not ours any more; null if that is nothing.
    // `before` is what OldDatabase::before() said.
    void (*leave)(const std::string& location, const std::string& before);
};

std::span<const Driver> drivers();

// A database that DATABASE_URL names.
struct Place {
    const Driver* driver;
    std::string location;
};

// SQLAlchemy's spelling: "sqlite:///./keyhold.db" (relative), "sqlite:////var/lib/keyhold.db" (absolute),
// "sqlite+pysqlite:///..." (the suffix is not looked at). Refused: configuration, with a detail that never
// repeats the URL, as it may hold a password.
Result<Place> parse_url(std::string_view url);

}  // namespace keyhold::store
