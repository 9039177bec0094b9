// SPDX-License-Identifier: Apache-2.0
// The listener of those who run the server: /livez, /readyz, /metrics. Nothing of it is on a public address.
#pragma once

#include "http/route.hpp"
#include "server/observe/health.hpp"
#include "server/observe/metrics.hpp"

namespace keyhold::server {

// Leans on a `const Health` and a `const Metrics`.
void add_admin_routes(http::Routes& routes, const http::Services& services);

// They are complete before a server is made that counts by route.
struct AdminRoutes {
    AdminRoutes(const Health& health, const Metrics& metrics) {
        services.provide(health);
        services.provide(metrics);
        add_admin_routes(routes, services);
    }
    http::Services services;
    http::Routes routes;
};

}  // namespace keyhold::server
