// SPDX-License-Identifier: Apache-2.0
// What the domain asks of a database about failed log-ins. Every function may throw Unavailable and may be called from
// any thread. What returned is on disk: a restart gives nobody new guesses.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "store/database/row.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

class Database;

// The failed log-ins of one subject. A subject is a text that the domain makes; it names nobody.
struct Failures {
    std::int64_t count = 0;
    std::string address;  // the one that all of them came from, in a form that names nobody; empty: several
    Time locked_until{};  // no attempt is looked at before
    Time forgotten_at{};  // from then on they mean nothing
    // Attempts that were settled against this row, right or wrong: so a success changes the row as a failure does, and
    // whoever read it before has to read it again, also in a cluster that compares what transactions wrote.
    std::int64_t settled = 0;

    bool operator==(const Failures&) const = default;
};
KEYHOLD_ROW(Failures, (count, column("failures")), (address), (locked_until), (forgotten_at), (settled))

// A device that proved the password of an account. It is known while the account has the password of then.
struct Device {
    std::string_view id, account_id;
    std::int64_t generation = 0;  // the account's
};

// What is recorded with a count.
struct EventOfFailure {
    const EventKind* kind = nullptr;  // null: nothing is
    EventDetails details = {};
};

// Whether others are to hear of it that a subject without a row gets one: some remember that there is none.
enum class FirstFailure : std::uint8_t { is_nobodys, is_a_change };

class ThrottleStore {
public:
    explicit ThrottleStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    // Whatever is written there, also if it is to be forgotten by now.
    std::optional<Failures> find(std::string_view subject);

    // `known` (empty: no row) becomes `wanted` (empty: no row any more) in one step, and with it the event is written;
    // false if it is something else by now, so that whoever counts knows that he counted alone.
    // `heard`: a row that is new is recorded as Changed::client, of no client by name.
    // `address` is not compared, as each attempt that is settled changes one of the numbers that are.
    bool replace(std::string_view subject, const std::optional<Failures>& known, const std::optional<Failures>& wanted,
                 const EventOfFailure& told = {}, FirstFailure heard = FirstFailure::is_nobodys);

    // Deletes the rows of the subject and of those whose name is `subject` + '.' + anything, which is an event of the
    // account. How many there were.
    std::int64_t forget(std::string_view subject, std::string_view account_id = {});

    // Deletes what is forgotten, then what is over `kept` rows, fewest failures first; at most `limit` rows at a time.
    // How many there were.
    std::int64_t purge(Time now, std::int64_t kept, std::int64_t limit);

    // Whether the account knows the device (SessionStore::create makes it known).
    bool knows(const Device& device);

    // A text that belongs to this database: `fresh` if nobody asked before.
    std::string secret(std::string_view fresh);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
