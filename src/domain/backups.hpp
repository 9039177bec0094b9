// SPDX-License-Identifier: Apache-2.0
// Backups of the SQLite database that owners make, look through and take away in a browser or by the API. They lie in a
// folder of their own beside the database. A database that is a server has tools of its own (docs/operations.md).
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/result.hpp"
#include "keyhold/rights.hpp"
#include "store/events/event_store.hpp"
#include "store/sqlite/backup.hpp"

namespace keyhold::store {
struct Stores;
}

namespace keyhold::domain {

// Any thread. All that take a giver are refused with rights_exceeded if he is no owner (levels.hpp): a backup holds
// every password hash.
class Backups {
public:
    // `database`: the file; empty, where the database is a server.
    Backups(const store::Stores& stores, std::string database, const Clock& clock);

    // False where the database is a server: nothing below works then.
    bool are_possible() const { return !database_.empty(); }
    // Beside the database's file; empty where none are possible. Nobody has made it before the first make().
    const std::string& folder() const { return folder_; }
    // The last one that was made here or by `keyhold backup create`, as far as events reach back.
    std::optional<Time> last();

    struct Backup {
        std::string name;  // "keyhold-2026-11-30T204500Z.db", and "...Z-2.db" of the same second
        std::uint64_t size = 0;
        Time made_at{};
    };
    // Newest first.
    // Files of other names, folders and symbolic links are passed over: they were not made by make(). Empty where
    // there is no folder.
    std::vector<Backup> list() const;

    // Copies the database as it is now and looks the copy through. Refused: backup_impossible, where the database is a
    // server or another one is made at this moment; backup_failed. Takes as long as the disk does.
    Result<Backup> make(const Rights& giver);
    // All that follow are refused: not_found, for a name that is none of list().
    Result<store::BackupContents> look_through(std::string_view name, const Rights& giver);
    Result<> remove(std::string_view name, const Rights& giver);
    // To be read from its begin on. That it was taken is noted as an event.
    struct Opened {
        Descriptor file;
        std::uint64_t size = 0;
    };
    Result<Opened> open(std::string_view name, const Rights& giver);

private:
    // The path of a regular file in the folder. A name that is not exactly one of name_at() is refused, so that no
    // name leads out of the folder.
    Result<std::string> path_of(std::string_view name, const Rights& giver) const;
    Error refused(const Error& error) const;
    store::EventStore events_;
    const std::string database_, folder_;
    const Clock& clock_;
    // Held while a backup is made. Nobody waits for it: make() refuses instead.
    std::mutex making_;
};

}  // namespace keyhold::domain
