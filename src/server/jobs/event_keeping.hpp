// SPDX-License-Identifier: Apache-2.0
// What a server does with events when they are written: seals them within a second (two, if another process wrote
// them), signs the end of the chain each minute, and lets go of those that are too old.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "domain/event_chain.hpp"
#include "server/components.hpp"
#include "server/jobs/event_follower.hpp"
#include "server/jobs/jobs.hpp"
#include "server/observe/log.hpp"

namespace keyhold::server {

// Its functions run on its own thread.
class EventKeeping {
public:
    // All of it must outlive this. Begins at once. Refused and thrown: as open_event_sealer().
    static Result<std::unique_ptr<EventKeeping>> open(Components& components, const Settings& settings, Log& log,
                                                      EventCounters& counters, Jobs::Failed failed);

    // Seals and signs once more: what a server did before it was stopped is signed.
    ~EventKeeping();
    EventKeeping(const EventKeeping&) = delete;
    EventKeeping& operator=(const EventKeeping&) = delete;

private:
    EventKeeping(Components& components, domain::KeySealer sealer, const Settings& settings, Log& log,
                 EventCounters& counters, Jobs::Failed failed);
    bool look_after();  // as a job: true if there is more
    void seal();
    void sign(Time now);

    const Clock& clock_;
    const store::Database& database_;
    const std::chrono::days kept_;  // 0: for ever
    Log& log_;
    domain::EventChain chain_;
    store::EventStore events_;
    EventFollower follower_;
    bool is_in_trouble_ = false;           // what has been said once is not said each second
    bool is_first_ = true;                 // the next signature
    std::optional<std::uint64_t> sealed_;  // Database::queue_number() of the events, when all were sealed
    bool has_sealed_ = false;              // since the last signature
    Time next_signature_{}, next_look_at_signatures_{}, next_forgetting_{}, next_line_{};
    std::optional<Jobs> jobs_;  // last: its thread uses all of the above
};

}  // namespace keyhold::server
