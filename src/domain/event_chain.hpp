// SPDX-License-Identifier: Apache-2.0
// The chain of events: each has a number and the hash of itself and the one before it; now and then the end is signed
// by a key of its own. Whoever changes, takes out or reorders what stands in the database has to make that signature
// (docs/decisions/0100-sealed-events.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/setting.hpp"
#include "domain/key_ring.hpp"
#include "store/event_store.hpp"

namespace keyhold::domain {

struct EventSettings {
    std::int64_t days = 365;  // that events are kept; 0: for ever
};
const Section& event_section();

// Keys that sign checkpoints have this purpose (store::KeyStore).
inline constexpr std::string_view event_key_purpose = "event";

// One thread at a time.
class EventChain {
public:
    EventChain(std::shared_ptr<store::Database> database, KeySealer sealer, const Clock& clock, Random& random);

    // Gives every event its place that has none. How many there were.
    std::int64_t seal();
    // Signs the end of the chain, if it has moved since it was signed last; makes the key where there is none, or where
    // ours cannot be opened any more. What was signed; empty: nothing.
    std::optional<store::Checkpoint> sign();
    // Deletes what happened before `time`. A signed stub says where the chain begins from then on.
    void forget_before(Time time);

    struct Problem {
        std::int64_t sequence = 0;  // of the event; 0: of the chain as a whole
        std::string what;           // a sentence for an operator
    };
    struct Report {
        std::int64_t first = 0, last = 0, events = 0;  // numbers of those that are there, and how many
        std::int64_t erased = 0;                       // of which so many say nothing of a person any more
        std::int64_t checkpoints = 0;                  // signatures that were good
        store::ChainEnd signed_end;                    // the last of them
        store::ChainEnd end;
        std::vector<Problem> problems;  // at most 100 of them
    };
    // Reads the whole chain and believes nothing. `known` is a point that was written down elsewhere: it must be in it,
    // or before its stub. Changes nothing.
    using Progress = std::function<void(std::int64_t events)>;
    Report verify(const std::optional<store::ChainEnd>& known, const Progress& progress);

private:
    class Check;
    std::optional<jose::Key> key_that_signs();
    store::Checkpoint signed_point(const jose::Key& key, const store::ChainEnd& end, bool is_stub) const;
    bool is_signed(const store::Checkpoint& point);

    store::EventStore store_;
    const Clock& clock_;
    store::KeyStore keys_;
    KeyRing ring_;
    std::map<std::string, std::optional<jose::Key>> opened_;  // by kid; empty: not by what we have
};

}  // namespace keyhold::domain
