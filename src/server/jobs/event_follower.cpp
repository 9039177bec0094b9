// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/event_follower.hpp"

namespace keyhold::server {

EventFollower::EventFollower(store::EventStore& events, EventCounters& counters, Log* log)
    : events_(events), counters_(counters), log_(log), told_(events.end().sequence) {}

void EventFollower::follow() {
    constexpr int at_once = 500;
    for (std::size_t found = at_once; found == at_once;) {
        const auto page = events_.after(told_, at_once);
        found = page.size();
        for (const store::Event& event : page) {
            counters_.count(event.kind);
            if (log_ != nullptr) log_->event(event);
            told_ = event.sequence.value_or(told_);
        }
    }
}

}  // namespace keyhold::server
