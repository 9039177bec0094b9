// SPDX-License-Identifier: Apache-2.0
// Which thread runs a handler.
#pragma once

#include <cstdint>

namespace keyhold::http {

// A handler is an ordinary function that runs on one such thread from start to end. Whoever waits on the wrong one
// holds up others: docs/architecture.md.
enum class On : std::uint8_t {
    // At once, on the connection's thread, from memory. One that comes to need the database begins anew as
    // `looking_up` (or what its route says), so it does nothing before that which must not be done twice.
    io,
    hashing,     // where passwords are hashed: a quarter of a second
    storing,     // where the disk is waited for: milliseconds
    looking_up,  // where the database is asked: less than a millisecond, unless it is slow
    pool,        // where a program's own handlers run, which may wait for whatever they like
};

}  // namespace keyhold::http
