// From the first answer to the last: what the signals bring about.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "app/health.hpp"
#include "app/log.hpp"
#include "app/signals.hpp"
#include "http/server.hpp"

namespace keyhold::app {

struct Life {
    const Signals& signals;
    http::Server& server;
    const http::WorkerPools& pools;
    Health& health;
    Log& log;
    std::chrono::seconds drain_delay;   // in which a load balancer learns that nobody new shall come
    std::function<void()> reload;       // at SIGHUP; must not throw
    std::function<void()> before_stop;  // lets go of what else holds the sockets

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

}  // namespace keyhold::app
