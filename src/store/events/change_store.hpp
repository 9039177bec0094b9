// SPDX-License-Identifier: Apache-2.0
// What was taken back, in the order in which it was: so that whoever remembers something learns what to forget.
//
// A change is written in the transaction that makes it, and counted by a row that transaction holds until it commits:
// the numbers have no gaps, and whoever has seen number N has seen all before it. After the commit the change signal is
// raised.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace keyhold::store {

class Database;

enum class Changed : std::uint8_t {
    session = 1,  // ended; `id` is the session's
    account = 2,  // removed, disabled or enabled, its tokens without a session ended, or its roles or address changed;
                  // `id` is the account's
    roles = 4,    // what roles grant; `id` says nothing
    keys = 3,     // a signing key came, was retired or dropped; `id` is its kid
    client = 5,   // an OAuth client changed or went; `id` is its own
    profile = 6,  // what is known of a person changed; `id` is the account's
};

struct Change {
    Changed what{};
    std::string id;
};

struct Changes {
    std::int64_t last = 0;  // the number of the newest
    // Those after the number that was asked for, oldest first. Empty optional: there are too many, or some are not kept
    // any more; forget everything.
    std::optional<std::vector<Change>> list;
    // When the database was set back to an earlier moment (restore.hpp), if it ever was. A restore leaves no list for
    // whoever was there before. Read with every list, as a reader that saw a break does not trust its list.
    std::optional<Time> restored_at;
};

// A change under its number.
struct NumberedChange {
    std::int64_t sequence = 0;
    Changed what{};
    std::string id;
    Time changed_at{};  // 1970: a release that did not write this down made it
};

struct ChangePage {
    std::int64_t last = 0;                // the number of the newest change, as of a moment before they were read
    std::vector<NumberedChange> changes;  // oldest first, without gaps
    bool is_whole = true;                 // false: some behind the number that was asked for are not kept any more
    std::optional<Time> restored_at;      // as in Changes
};

// Virtual for tests that answer otherwise.
class ChangeStore {
public:
    explicit ChangeStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}
    virtual ~ChangeStore() = default;

    // Throws Unavailable. Any thread.
    virtual Changes after(std::int64_t sequence);

    // The first `limit` changes behind number `after`, or of all that are kept where that is empty. Throws Unavailable.
    // Any thread.
    ChangePage page(std::optional<std::int64_t> after, std::int64_t limit);

    // Is another number once a change was acknowledged to anybody, by any process. Costs one memory access; never
    // throws.
    virtual std::uint64_t epoch() const noexcept;

    // Is another number once the database may have been replaced by one that lacks its newest changes: what is
    // remembered is worth nothing then. Moves before epoch() does; costs and throws as little.
    virtual std::uint64_t breaks() const noexcept;

    // Drops some of all but the newest `kept` changes and those from `since` on, in one transaction that nobody has to
    // wait for long. True if there may be more to drop.
    virtual bool forget_some_but(std::int64_t kept, Time since);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
