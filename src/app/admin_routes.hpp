// The listener of those who run the server: /livez, /readyz, /metrics. Nothing of it is on a public address.
#pragma once

#include "app/health.hpp"
#include "app/metrics.hpp"
#include "http/route.hpp"

namespace keyhold::app {

// What its handlers lean on.
struct Admin {
    const Health& health;
    const Metrics& metrics;
};

void add_admin_routes(http::Routes& routes, Admin& admin);

}  // namespace keyhold::app
