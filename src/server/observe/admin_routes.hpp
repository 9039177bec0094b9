// SPDX-License-Identifier: Apache-2.0
// The listener of those who run the server: /livez, /readyz, /metrics. Nothing of it is on a public address.
#pragma once

#include <functional>

#include "http/route.hpp"
#include "server/observe/health.hpp"
#include "server/observe/metrics.hpp"

namespace keyhold::server {

// Leans on a `const Health` and a `const Metrics`.
void add_admin_routes(http::Routes& routes, const http::Services& services);

// They are complete before a server is made that counts by route.
struct AdminRoutes {
    // `add_more` adds what else is answered there.
    AdminRoutes(const Health& health, const Metrics& metrics, const std::function<void(http::Routes&)>& add_more) {
        services.provide(health);
        services.provide(metrics);
        add_admin_routes(routes, services);
        add_more(routes);
    }
    http::Services services;
    http::Routes routes;
};

}  // namespace keyhold::server
