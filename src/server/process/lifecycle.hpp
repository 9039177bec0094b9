// SPDX-License-Identifier: Apache-2.0
// The life of a server that is a program: from its first answer to its last, as signals say.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "server/observe/log.hpp"
#include "server/process/signals.hpp"
#include "server/server.hpp"

namespace keyhold::server {

// The service manager, if $NOTIFY_SOCKET is set, hears when the server is ready, reloads and stops (sd_notify(3)).
// Runs on the thread that owns the server. `signals` have to be blocked in all threads.
struct Lifecycle {
    const Signals& signals;
    Server& server;  // started
    Log& log;
    std::chrono::seconds drain_delay;  // in which a load balancer learns that nobody new shall come
    std::function<void()> reload;      // at SIGHUP; must not throw

    enum class End : std::uint8_t {
        finished,  // every request was answered, or had its time
        late,      // the same, but threads still work on what was answered without them
        cut,       // told twice: what is in flight is lost
    };
    // Serves until it is told to stop.
    End run();

private:
    // `told`: by a signal already, not only by a successor.
    End stop(bool told);
};

}  // namespace keyhold::server
