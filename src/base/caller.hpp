// SPDX-License-Identifier: Apache-2.0
// Who asks for what this thread does, for the record (store/events/event_rows.hpp). The dispatcher of requests and the
// command line say so, and whoever checks a token adds whose it is; everything between is a plain function on the same
// thread. Works of a shared transaction may run on another thread: Database::write() takes its caller along.
#pragma once

#include <string>
#include <string_view>

#include "base/door.hpp"

namespace keyhold {

// The views hold while the request, or the command, is worked on.
struct Caller {
    Door door = Door::server;
    std::string_view address = {};  // IP address; empty: nobody's
    std::string_view device = {};   // User-Agent, or the command and who gave it
    std::string account = {};       // the id of whoever showed a token or a cookie that is good; empty: nobody did
};

namespace detail {
inline constinit thread_local Caller* caller = nullptr;
}

// Null: the server itself.
inline const Caller* caller_of_thread() { return detail::caller; }

// Notes whose token was shown. Outside of a request that records events it does nothing, so that other requests pay for
// no copy.
inline void note_caller(std::string_view account_id) {
    if (detail::caller != nullptr) detail::caller->account = account_id;
}
inline bool has_caller() { return detail::caller != nullptr; }

// While one lives, its thread works for that caller.
// They nest: when one goes, the caller before it counts again.
class Calling {
public:
    explicit Calling(Caller& caller) : before_(detail::caller) { detail::caller = &caller; }
    ~Calling() { detail::caller = before_; }
    Calling(const Calling&) = delete;
    Calling& operator=(const Calling&) = delete;

private:
    Caller* const before_;
};

}  // namespace keyhold
