// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/event_keeping.hpp"

#include <string>
#include <utility>

#include "server/process/memory.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {
namespace {

constexpr std::chrono::milliseconds looked_after_every{1'000};
constexpr std::chrono::seconds signed_every{60}, forgotten_every{60}, said_every{3'600};

// A clock may have been set back since `next` was.
bool is_due(Time next, Time now, std::chrono::seconds every) { return now >= next || next - now > every; }

}  // namespace

Result<std::unique_ptr<EventKeeping>> EventKeeping::open(Components& components, const Settings& settings, Log& log,
                                                         EventCounters& counters, Jobs::Failed failed) {
    auto sealer = open_event_sealer(settings, components.stores, components.random, store::Make::what_is_missing);
    if (!sealer) return std::move(sealer).error();
    return std::unique_ptr<EventKeeping>(
        new EventKeeping(components, std::move(*sealer), settings, log, counters, std::move(failed)));
}

EventKeeping::EventKeeping(Components& components, domain::KeySealer sealer, const Settings& settings, Log& log,
                           EventCounters& counters, Jobs::Failed failed)
    : clock_(components.clock),
      database_(*components.stores.database),
      kept_(settings.sections.get<domain::EventSettings>().days),
      log_(log),
      chain_(components.stores.database, std::move(sealer), components.clock, components.random),
      events_(components.stores.database),
      follower_(events_, counters, settings.sections.get<domain::EventSettings>().log ? &log : nullptr) {
    jobs_.emplace(std::vector<Jobs::Job>{{"events", [this] { return look_after(); }}}, std::move(failed),
                  looked_after_every);
}

EventKeeping::~EventKeeping() {
    // The thread ends first, as the chain is for one thread at a time.
    jobs_.reset();
    try {
        chain_.seal();
        follower_.follow();
        chain_.sign();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the next server does it
    }
}

bool EventKeeping::look_after() try {
    const Time now = clock_.now();
    seal();
    // Each node signs what it has sealed itself. Once a minute it also looks for what another node sealed and did not
    // sign, because that node may have died in between.
    if (is_due(next_signature_, now, signed_every) &&
        (has_sealed_ || is_due(next_look_at_signatures_, now, signed_every)))
        sign(now);
    if (kept_.count() > 0 && is_due(next_forgetting_, now, forgotten_every)) {
        // There is more, and the job is called again at once.
        if (chain_.forget_some_before(now - kept_)) return true;
        next_forgetting_ = now + forgotten_every;
    }
    is_in_trouble_ = false;
    return false;
} catch (const Unavailable&) {
    // Told once while the database does not answer, instead of each second.
    if (!std::exchange(is_in_trouble_, true)) throw;
    return false;
}

void EventKeeping::seal() {
    const std::uint64_t number = database_.queue_number(store::Queue::events);
    // Nothing was written since the last seal, so the database is not asked.
    if (sealed_ == number) return;
    if (chain_.seal() > 0) has_sealed_ = true;
    follower_.follow();
    // The number from before the sealing, so that what came during it is looked for again.
    sealed_ = number;
}

// The log is kept elsewhere, in most places: what stands there cannot be taken back by whoever has the database alone.
void EventKeeping::sign(Time now) {
    const auto point = chain_.sign();
    has_sealed_ = false;
    next_look_at_signatures_ = now + signed_every;
    if (!point) return;
    // The first one of all makes a key, by code of OpenSSL's that nothing else here may need.
    if (std::exchange(is_first_, false)) let_go_of_startup_code();
    next_signature_ = now + signed_every;
    if (!is_due(next_line_, now, said_every)) return;
    next_line_ = now + said_every;
    log_.say(Level::info, "events are signed up to " + std::to_string(point->sequence) + ":" + point->hash);
}

}  // namespace keyhold::server
