// SPDX-License-Identifier: Apache-2.0
// Everything that is counted, in one page for Prometheus. No label holds an account or an address.
#pragma once

#include <string>

#include "crypto/bcrypt/engine.hpp"
#include "domain/passwords/log_in_counters.hpp"
#include "domain/sessions/liveness.hpp"
#include "http/server.hpp"
#include "keyhold/metrics.hpp"
#include "server/observe/event_counters.hpp"
#include "server/observe/log.hpp"
#include "store/stores.hpp"

namespace keyhold::server {

// Where the numbers come from. Any thread.
struct Metrics {
    const http::Server& server;
    const http::Routes& routes;
    const http::WorkerPools& pools;
    const crypto::bcrypt::Engine& engine;
    const domain::Liveness& liveness;
    const store::Stores& stores;
    const domain::LogInCounters& log_ins;
    const EventCounters& events;
    const Log& log;
    const OwnMetrics* own = nullptr;  // the program's; null: it has none

    // All of it at the present moment. Numbers of different families are not of the same instant, as nothing is
    // stopped to read them.
    std::string text() const;
};

}  // namespace keyhold::server
