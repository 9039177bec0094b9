// SPDX-License-Identifier: Apache-2.0
// Follows the chain of events: each of them is counted once, and stands in the log if the settings say so. What
// commands and other nodes did is in the chain too.
#pragma once

#include <cstdint>

#include "server/observe/event_counters.hpp"
#include "server/observe/log.hpp"
#include "store/events/event_store.hpp"

namespace keyhold::server {

// One thread at a time.
class EventFollower {
public:
    // All three must outlive it. Begins behind the events that are sealed by now. `log`: null, if it is to say nothing.
    EventFollower(store::EventStore& events, EventCounters& counters, Log* log);

    // Tells of those that were sealed since. Throws Unavailable, and goes on from there the next time.
    void follow();

private:
    store::EventStore& events_;
    EventCounters& counters_;
    Log* const log_;
    std::int64_t told_;  // up to this number of the chain
};

}  // namespace keyhold::server
