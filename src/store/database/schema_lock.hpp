// SPDX-License-Identifier: Apache-2.0
// Lets one process alone change the schema, while others wait for up to ten minutes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/database/driver.hpp"

namespace keyhold::store {

// The one number that a question answers.
std::int64_t ask(Link& link, std::string_view question, std::int64_t fallback = 0);

class SchemaLock {
public:
    SchemaLock(Link& link, const Driver& driver) : link_(link), driver_(driver) {}
    // If it was not given back: undoes what was not committed, and gives it back if the database still answers. If not,
    // the lock ends with the link, or by our silence.
    ~SchemaLock();
    SchemaLock(const SchemaLock&) = delete;
    SchemaLock& operator=(const SchemaLock&) = delete;

    // Throws Unavailable if somebody else has had it for long.
    void take();
    // Throws Unavailable if we were silent for so long that somebody else has taken it.
    void check();
    void give_back();

private:
    // For databases whose locks do not reach all of their machines.
    void take_row();

    Link& link_;
    const Driver& driver_;
    std::string owner_;  // empty: the lock is the database's own
    bool is_taken_ = false;
};

}  // namespace keyhold::store
