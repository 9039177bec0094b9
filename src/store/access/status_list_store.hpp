// SPDX-License-Identifier: Apache-2.0
// The numbers by which sessions are found in lists of their states (domain/sessions/status_lists.hpp). Every function
// may throw Unavailable and may be called from any thread. What returned is on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace keyhold::store {

class Database;

// The part of the numbers from `first` on that was asked for.
struct ListedSessions {
    std::int64_t next = 0;            // that will be taken next, of all
    std::int64_t lost_below = 0;      // sessions with a smaller one that have no row were lost by a restore
    std::vector<std::int64_t> ended;  // of sessions that have ended; until they are purged
    std::vector<std::int64_t> live;   // those below `lost_below` alone
};

class StatusListStore {
public:
    explicit StatusListStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // So many that follow each other, which nobody else gets: the first of them.
    std::int64_t take(std::int64_t count);

    // From `first` up to `end`, without that.
    ListedSessions read(std::int64_t first, std::int64_t end);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
