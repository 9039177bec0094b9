// SPDX-License-Identifier: Apache-2.0
// What differs between databases: one row each. Everything else in this folder is the same for all.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/database/change_signal.hpp"
#include "store/database/file_lock.hpp"
#include "store/database/link.hpp"

namespace keyhold::store {

// Where a database is: for connecting, which may hold a password, and for telling people, which never does.
struct Location {
    std::string target;
    std::string shown;
};

// Texts are put into SQL as they are, so they are all literals of the drivers. Functions may be called on any thread.
struct Driver {
    std::string_view scheme;   // of DATABASE_URL, without SQLAlchemy's "+driver"
    std::string_view alias;    // another name of it
    std::string_view example;  // for whoever wrote something else

    std::span<const std::string_view> path_options;  // of the URL, behind its '?'

    std::string_view compared_text;  // the type of a column that is compared byte by byte, of up to 256 bytes
    std::string_view now;            // its clock, in seconds since 1970
    std::string_view table_options;  // behind every CREATE TABLE
    // What stands in a FROM for the texts of a JSON array, the parameter :a: a table `listed` of one column `item`.
    std::string_view listed;
    std::string_view begin_writing;  // begins a transaction; each of its statements sees what others have committed
    // Lets one connection alone change the schema, and ends that; the first answers 1 if it was given. Empty where a
    // transaction does that.
    std::string_view lock_schema, unlock_schema;
    // How a transaction that records changes calls those who follow them, and how to be one of them. May be empty.
    std::string_view call, listen;
    // An expression for the milliseconds since 1970 by the server's clock. Empty where that is this machine's.
    std::string_view clock;
    // Whether a transaction that ends half-way leaves no table behind. If not, migrations.cpp takes notes.
    bool schema_is_transactional;
    bool indexes_belong_to_tables;  // DROP INDEX name ON table; elsewhere an index has a name of its own
    bool updates_in_queries;        // an UPDATE may stand in the WITH of a SELECT, which sees what was before it

    // What follows "scheme://". Refused: configuration, without repeating what may be a password.
    Result<Location> (*parse_location)(std::string_view rest);
    // Whether there is a database, as far as can be told without connecting. Throws Unavailable if what is there can be
    // none.
    bool (*exists)(const std::string& target);
    // Makes an empty database where there is none, readable by its owner alone. Throws Unavailable.
    void (*make_if_absent)(const std::string& target);
    // Connects and makes sure of the settings that durability hangs on. Throws Unavailable. Never makes a database: one
    // that vanished must not come back empty. No statement takes longer than `patience`, nor connecting.
    std::unique_ptr<Link> (*connect)(const std::string& target, std::chrono::milliseconds patience);
    // Sets what a database is to be that gets our tables; connect() does so where they are there. Null if that is
    // nothing. Throws Unavailable.
    void (*set_up)(Link& link, std::chrono::milliseconds patience);
    // What an operator should know: settings of the server under which an acknowledged write may be lost.
    std::vector<std::string> (*doubts)(Link& link);
    // Null where the processes share no memory: there a LeasedChangeSignal takes its place.
    std::unique_ptr<ChangeSignal> (*open_change_signal)(const std::string& target);
    // Held for as long as somebody uses the database: its file is not replaced meanwhile. Alone for the first who
    // comes, who lets others in when the database is sound (Link::make_lasting). Empty if somebody is replacing it, or
    // took longer than a moment for that. Null for databases that are servers. Throws Unavailable.
    std::optional<FileLock> (*hold)(const std::string& target);
    bool is_a_file() const { return hold != nullptr; }
    // Throws Unavailable where the disk has too little room for a write. Null for databases that are servers.
    void (*require_room)(const std::string& target);
    // Undoes what connecting has done to a database that is not ours, or not any more; null if that is nothing.
    // `before` is what ForeignDatabase::before() said; empty where nothing was written into the database.
    void (*leave)(const std::string& target, const std::string& before);
};

// One for each database that is known. SQLite is the first.
std::span<const Driver> drivers();

// A database that DATABASE_URL names.
struct DatabaseLocation {
    const Driver* driver;
    std::string target;
    std::string shown;
};

// SQLAlchemy's spelling: "sqlite:///./keyhold.db" (relative), "sqlite:////var/lib/keyhold.db" (absolute),
// "postgresql+psycopg2://user:password@host/name" (the suffix is not looked at). Refused: configuration, with a detail
// that never repeats the URL, as it may hold a password.
Result<DatabaseLocation> parse_url(std::string_view url);

// The URL whose relative paths, of an SQLite file or of certificates and sockets, are relative to this folder. What is
// no URL comes back as it is.
std::string url_in_folder(std::string_view url, const std::filesystem::path& folder);

// The URL with "***" for its password, whether it can be parsed or not.
std::string without_password(std::string_view url);

}  // namespace keyhold::store
