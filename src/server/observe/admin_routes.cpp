// SPDX-License-Identifier: Apache-2.0
// The routes of the administrator's listener: /livez, /readyz and /metrics. They need no token, as `admin_bind` is
// reachable for those alone who run the server.
#include "server/observe/admin_routes.hpp"

#include "base/json.hpp"
#include "http/own_name.hpp"
#include "server/observe/exposition.hpp"
#include "server/observe/health.hpp"
#include "server/observe/metrics.hpp"

namespace keyhold::server {
namespace {

// GET /livez: the process answers.
struct Alive {
    static constexpr std::string_view schema_name = "Alive";
    std::string status;
};
KEYHOLD_FIELDS(Alive, (status))

// GET /readyz: 200 if it is fit to be sent clients, 503 with the reasons if not.
struct Readiness {
    std::vector<std::string> problems;
};

// In the format of Prometheus.
struct MetricsText {
    std::string text;
};

// Asks nobody: whoever restarts a server that does not answer here shall not restart one whose database is slow.
Result<Alive> livez() { return Alive{"alive"}; }
Result<Readiness> readyz(const http::OwnName&, const Health& health) { return Readiness{health.problems()}; }
Result<MetricsText> metrics(const http::OwnName&, const Metrics& metrics) { return MetricsText{metrics.text()}; }

}  // namespace
}  // namespace keyhold::server

namespace keyhold::http {

template <>
struct Respond<server::Readiness> {
    static void write(Response& response, const server::Readiness& readiness) {
        response.status = readiness.problems.empty() ? 200 : 503;
        response.media_type = "application/json";
        json::Writer out(response.body);
        out.begin_object();
        out.member("status", readiness.problems.empty() ? "ready" : "not ready");
        out.name("problems");
        out.begin_array();
        for (const std::string& problem : readiness.problems) out.value(problem);
        out.end_array();
        out.end_object();
    }
    static void describe(Operation&) {}
};

template <>
struct Respond<server::MetricsText> {
    static void write(Response& response, const server::MetricsText& metrics) {
        response.media_type = server::Exposition::media_type;
        response.body = metrics.text;
    }
    static void describe(Operation&) {}
};

}  // namespace keyhold::http

namespace keyhold::server {

void add_admin_routes(http::Routes& routes, const http::Services& services) {
    http::Mount mount(routes, services);
    using enum http::Method;
    mount.add(get, "/livez", {.summary = "Whether the process answers", .tag = "admin", .no_store = true}, livez);
    // Asks the database: where it is slow, /livez is not to wait behind it.
    mount.add(get, "/readyz",
              {.summary = "Whether it is fit to serve", .tag = "admin", .on = http::On::looking_up, .no_store = true},
              readyz);
    mount.add(get, "/metrics", {.summary = "Everything that is counted", .tag = "admin", .no_store = true}, metrics);
}

}  // namespace keyhold::server
