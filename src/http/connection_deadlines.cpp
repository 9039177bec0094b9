// SPDX-License-Identifier: Apache-2.0
// How long a connection may take for what it is about.
#include <algorithm>

#include "http/connection.hpp"
#include "http/errors.hpp"

namespace keyhold::http {
namespace {

using std::chrono::steady_clock;

// For a client that was refused and may still be sending (Connection::linger()).
constexpr std::chrono::seconds linger_time{2};

// The thread looks at the clock once a second.
constexpr std::chrono::seconds oldest_now{1};

// How long a connection may be silent while there is little room for others.
constexpr std::chrono::seconds crowded_idle_time{5};
std::chrono::seconds less_when_crowded(const ServerOptions& options) {
    return std::max(options.idle_time - crowded_idle_time, std::chrono::seconds(0));
}

}  // namespace

void Connection::enter(Phase phase) {
    const ServerOptions& options = thread_.options;
    const auto now = thread_.now + oldest_now;            // nobody's time is over early
    if (phase_ == phase && phase != Phase::idle) return;  // one deadline for all of it
    phase_ = phase;
    switch (phase) {
        case Phase::handshake:
        case Phase::head:
            deadline_ = now + options.head_time;
            break;
        case Phase::body:
            deadline_ = now + options.body_time;
            break;
        case Phase::lingering:
            deadline_ = now + linger_time;
            break;
        case Phase::idle:
        case Phase::sending:
            deadline_ = now + options.idle_time;
            break;
        case Phase::working:
            deadline_ = now + options.answer_time;
            break;
        case Phase::closed:
            deadline_ = steady_clock::time_point::max();
            break;
    }
}

// Who sends or takes so many bytes has earned the time that the slowest client may take for them, but never more than
// the idle time in advance.
void Connection::prolong(std::size_t bytes) {
    const ServerOptions& options = thread_.options;
    const auto earned =
        std::chrono::nanoseconds(static_cast<std::int64_t>(bytes) * 1'000'000'000 / options.slowest_rate);
    deadline_ = std::min(deadline_ + earned, std::max(deadline_, thread_.now + options.idle_time));
}

void Connection::end_if_late() {
    const auto due = phase_ == Phase::idle && thread_.admission.is_crowded()
                         ? deadline_ - less_when_crowded(thread_.options)
                         : deadline_;
    if (thread_.now < due) return;
    if (phase_ == Phase::working) return give_up(Dispatcher::too_late(job_->on));
    if (phase_ != Phase::head && phase_ != Phase::body) return close();
    refuse_bytes(errors::request_timeout);
    flush();
}

}  // namespace keyhold::http
