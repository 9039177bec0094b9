// SPDX-License-Identifier: Apache-2.0
// Which threads may wait for a database. An I/O thread serves thousands of connections: while it waits for one answer,
// none of the others gets any. So it says that it may not wait, and whoever would have to throws before waiting begins;
// http/routes/dispatcher.cpp catches, and the request begins anew on a thread of a pool.
#pragma once

#include <exception>

namespace keyhold {

// No std::runtime_error, so that whoever catches those around a question to the database does not catch this one.
class WouldWait : public std::exception {
public:
    const char* what() const noexcept override { return "this thread may not wait"; }
};

namespace detail {
inline constinit thread_local bool may_wait = true;
}

// While one lives, its thread may not wait.
// They do not nest: when one goes, the thread may wait, whatever was before.
class NoWaiting {
public:
    NoWaiting() { detail::may_wait = false; }
    ~NoWaiting() { detail::may_wait = true; }
    NoWaiting(const NoWaiting&) = delete;
    NoWaiting& operator=(const NoWaiting&) = delete;
};

// To be called before anything that may take longer than a look into memory. Throws WouldWait.
inline void about_to_wait() {
    if (!detail::may_wait) throw WouldWait();
}

}  // namespace keyhold
