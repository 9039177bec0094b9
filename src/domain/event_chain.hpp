// SPDX-License-Identifier: Apache-2.0
// The chain of events: each has a number and the hash of itself and the one before it; now and then the end is signed
// by a key of its own. Whoever changes, takes out or reorders what stands in the database has to make that signature
// (docs/decisions/0100-sealed-events.md).
#pragma once

#include <array>
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
#include "domain/keys/key_ring.hpp"
#include "store/events/event_store.hpp"

namespace keyhold::domain {

struct EventSettings {
    std::int64_t days = 365;  // that events are kept; 0: for ever
    bool log = false;
};
// One for each member: what it is called, what it is where nothing is said, and what it means.
// clang-format off
inline constexpr std::array event_setting_rows{
    number_setting<&EventSettings::days, 0, 36'500>("events_days", "365", "So many days events are kept; then a signed note stands for them (0: for ever)"),
    setting<&EventSettings::log>("events_log", "false", "Whether each event is a line of the log too, without what it says of a person's address and device"),
};
// clang-format on
const Section& event_section();

// Keys that sign checkpoints have this purpose (store::KeyStore).
inline constexpr std::string_view event_key_purpose = "event";

// One thread at a time.
class EventChain {
public:
    // `sealer` opens and seals the keys of checkpoints. `clock` and `random` must outlive it.
    EventChain(std::shared_ptr<store::Database> database, KeySealer sealer, const Clock& clock, Random& random);

    // Gives every event its place that has none. How many there were.
    std::int64_t seal();
    // Signs the end of the chain, if it has moved since it was signed last; makes the key where there is none, or where
    // ours cannot be opened any more. What was signed; empty: nothing.
    std::optional<store::Checkpoint> sign();
    // Deletes some of what happened before `time`, in one transaction that nobody has to wait for long. A signed stub
    // says where the chain begins from then on. False if there is nothing left to delete, or no key to sign with.
    bool forget_some_before(Time time);

    struct Problem {
        std::int64_t sequence = 0;  // of the event; 0: of the chain as a whole
        std::string what;           // a sentence for an operator
    };
    // What verify() found. The chain is whole if `problems` is empty.
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
    // Empty if even a new key cannot be opened or made.
    std::optional<jose::Key> key_that_signs();
    // `end` is the last event that the signature covers.
    store::Checkpoint signed_point(const jose::Key& key, const store::ChainEnd& end, bool is_stub) const;
    // Whether the signature of `point` is good. Opens each key once and remembers it.
    bool is_signed(const store::Checkpoint& point);

    store::EventStore store_;
    const Clock& clock_;
    store::KeyStore keys_;
    KeyRing ring_;
    std::map<std::string, std::optional<jose::Key>> opened_;  // by kid; empty: not by what we have
};

}  // namespace keyhold::domain
