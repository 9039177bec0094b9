// SPDX-License-Identifier: Apache-2.0
// Copies of a SQLite database: made while it is in use, looked through, and put in its place again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace keyhold::store {

// Copies the database at `path`, which servers may be using, to a new file that its owner alone may read: one moment of
// it, one file with a digest at its end (backup_digest.hpp), on disk when this returns. Refused: not_found;
// configuration (`copy` exists or cannot be made).
using PagesDone = std::function<void(std::int64_t done, std::int64_t total)>;
Result<> copy_database(const std::string& path, const std::string& copy, const PagesDone& progress);

struct BackupContents {
    std::vector<std::string> problems;  // a wrong digest; what integrity_check says; a foreign or newer schema
    bool has_digest = false;            // without one, a changed bit in a text or a free page is not seen
    std::int64_t schema = 0, accounts = 0, sessions = 0, keys = 0;
};
// Reads every page; changes nothing. Refused: not_found; configuration, if it cannot be read at all.
Result<BackupContents> look_through(const std::string& copy);

// What a restore leaves as it was at the time of the backup; what is not kept is over.
struct Kept {
    bool sessions = false;
    bool keys = false;
    bool mails = false;  // that waited
};
// Puts the copy in the place of the database at `path`, which is kept beside it under the name that is returned, empty
// if there was none. The new file belongs to whom the old one belonged to, or where there was none and we are root, to
// the owner of the folder. Refused: database_in_use; configuration, also if we cannot give it to that owner.
// A refusal leaves the database as it was, unless the last steps fail (putting the new file in place, syncing the
// folder): the old file and its log are still there under that other name then.
Result<std::string> restore_database(const std::string& copy, const std::string& path, Kept kept, Time now);

}  // namespace keyhold::store
