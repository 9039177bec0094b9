// SPDX-License-Identifier: Apache-2.0
// The text of /metrics in Prometheus's format. Names end in units (seconds, bytes), and what only grows ends in _total,
// as Prometheus asks for. Numbers are read while others count, so they may differ by what happens meanwhile.
#include "server/observe/metrics.hpp"

#include <fmt/core.h>

#include <array>

#include "server/observe/exposition.hpp"
#include "server/observe/process_stats.hpp"
#include "server/version.hpp"
#include "store/errors.hpp"

namespace keyhold::server {
namespace {

// Each I/O thread counts for itself, so that counting needs no lock; the sum is made here.
using Threads = std::vector<const http::Traffic*>;

// Each counter is atomic; the sum is not of one moment.
template <class Pick>
std::uint64_t sum(const Threads& threads, Pick pick) {
    std::uint64_t total = 0;
    for (const http::Traffic* thread : threads) total += pick(*thread).get();
    return total;
}

// Method and path of a route; of what found none, nothing.
struct RouteLabels {
    std::string_view method;
    std::string_view path;
};

// Number 0 counts what found no route; route n has number n + 1.
RouteLabels labels_of(const http::Routes& routes, std::size_t number) {
    if (number == 0) return {"", ""};
    const http::Operation& operation = routes.all()[number - 1]->operation;
    return {http::name_of(operation.method), operation.path};
}

void write_requests(Exposition& out, const Threads& threads, const http::Routes& routes) {
    constexpr std::array<std::string_view, 5> classes{"1xx", "2xx", "3xx", "4xx", "5xx"};
    out.family("keyhold_http_requests_total", "counter", "Answers, by route and class of status.");
    for (std::size_t number = 0; number <= routes.size(); ++number)
        for (std::size_t i = 1; i < classes.size(); ++i) {
            const auto [method, path] = labels_of(routes, number);
            const auto count = sum(
                threads, [&](const auto& thread) -> auto& { return thread.routes[number].by_class[i]; });
            // What never happened has no line, as most routes never answer with most classes of status.
            if (count > 0) out.sample({{"method", method}, {"route", path}, {"status", classes[i]}}, count);
        }
}

// The bounds are in seconds there and in microseconds here.
void write_durations(Exposition& out, const Threads& threads, const http::Routes& routes) {
    constexpr auto& bounds = http::RouteTraffic::bounds;
    out.family("keyhold_http_request_duration_seconds", "histogram",
               "From a request's last byte to its answer, by route.");
    for (std::size_t number = 0; number <= routes.size(); ++number) {
        const auto [method, path] = labels_of(routes, number);
        std::array<std::uint64_t, bounds.size() + 1> counts{};
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < counts.size(); ++i)
            total += counts[i] = sum(
                threads, [&](const auto& thread) -> auto& { return thread.routes[number].buckets[i]; });
        if (total == 0) continue;
        // Prometheus's buckets are cumulative: each counts everything up to its bound.
        std::uint64_t so_far = 0;
        for (std::size_t i = 0; i < bounds.size(); ++i) {
            const std::string end = fmt::format("{}", std::chrono::duration<double>(bounds[i]).count());
            out.sample("_bucket", {{"method", method}, {"route", path}, {"le", end}}, so_far += counts[i]);
        }
        out.sample("_bucket", {{"method", method}, {"route", path}, {"le", "+Inf"}}, total);
        const auto nanoseconds = sum(
            threads, [&](const auto& thread) -> auto& { return thread.routes[number].nanoseconds; });
        out.sample("_sum", {{"method", method}, {"route", path}}, static_cast<double>(nanoseconds) / 1e9);
        out.sample("_count", {{"method", method}, {"route", path}}, total);
    }
}

void write_connections(Exposition& out, const Threads& threads) {
    // First what ended: what is open is never less than nothing.
    const auto ended = sum(
        threads, [](const auto& thread) -> auto& { return thread.ended; });
    const auto accepted = sum(
        threads, [](const auto& thread) -> auto& { return thread.accepted; });
    out.counter("keyhold_http_connections_total", "Connections that were accepted.", accepted);
    out.gauge("keyhold_http_connections_open", "Connections that are open.", static_cast<double>(accepted - ended));
}

// Alarms are made of it: a certificate that nobody renewed.
void write_certificate(Exposition& out, const http::Server& server) {
    if (const auto tls = server.tls())
        out.gauge("keyhold_tls_certificate_expiry_timestamp_seconds", "When the certificate expires, since 1970.",
                  static_cast<double>(std::chrono::system_clock::to_time_t(tls->expires_at())));
}

void write_log_ins(Exposition& out, const domain::LogInCounters& log_ins) {
    out.family("keyhold_log_ins_total", "counter",
               "Log-ins, by how they ended: the code of the refusal, or succeeded.");
    out.sample({{"outcome", "succeeded"}}, log_ins.succeeded());
    auto refused = log_ins.refused();
    // Present from the start, so that an alarm on it sees the step from nothing to one.
    refused.try_emplace(errors::invalid_credentials, 0);
    for (const auto& [why, count] : refused) out.sample({{"outcome", why.row().code}}, count);
}

// Of all kinds that there are, so that an alarm on one sees the step from nothing to one.
void write_events(Exposition& out, const EventCounters& events) {
    out.family("keyhold_events_total", "counter",
               "Events of the database that were sealed since the start, by kind: every server on it counts them all.");
    for (const store::EventKind& kind : store::event_kinds) out.sample({{"kind", kind.code}}, events.counted(kind));
}

void write_engine(Exposition& out, const crypto::bcrypt::EngineCounters& engine) {
    out.gauge("keyhold_bcrypt_waiting", "Hashes that wait for a lane.", static_cast<double>(engine.waiting));
    out.gauge("keyhold_bcrypt_lanes_in_use", "Hashes that are computed now.", static_cast<double>(engine.running));
    out.gauge("keyhold_bcrypt_lanes", "Hashes that are computed at once where enough wait: what is fastest now.",
              static_cast<double>(engine.lanes));
    out.gauge("keyhold_bcrypt_rate", "Iterations (a hash has 2^cost) per second of a processor, lately.", engine.rate);
    out.counter("keyhold_bcrypt_iterations_total", "Iterations that were computed.", engine.iterations);
    out.family("keyhold_bcrypt_cpu_seconds_total", "counter", "Time on processors that they took.");
    out.sample({}, std::chrono::duration<double>(engine.processor_time).count());
    out.counter("keyhold_bcrypt_hashes_total", "Hashes that were computed.", engine.hashed);
    out.counter("keyhold_bcrypt_abandoned_total", "Hashes that were given up: their client had gone.",
                engine.abandoned);
    out.gauge("keyhold_bcrypt_fallen_back", "1 if the self-test failed and libxcrypt computes.",
              engine.fallen_back ? 1 : 0);
}

// By pool, as each has its own threads and its own queue: a full one tells what the server waits for.
void write_pools(Exposition& out, const http::WorkerPools& pools) {
    struct Row {
        std::string_view name;
        http::PoolCounters counters;
    };
    const std::array rows{Row{"hashing", pools.hashing.counters()}, Row{"storing", pools.storing.counters()},
                          Row{"looking_up", pools.looking_up.counters()}, Row{"own", pools.own.counters()}};
    out.family("keyhold_pool_waiting", "gauge", "Requests in the queue of a pool of threads.");
    for (const Row& row : rows) out.sample({{"pool", row.name}}, std::uint64_t{row.counters.waiting});
    out.family("keyhold_pool_running", "gauge", "Threads of a pool that work on a request.");
    for (const Row& row : rows) out.sample({{"pool", row.name}}, std::uint64_t{row.counters.running});
    out.family("keyhold_pool_done_total", "counter", "Requests that a pool has worked on.");
    for (const Row& row : rows) out.sample({{"pool", row.name}}, row.counters.done);
    out.family("keyhold_pool_refused_total", "counter", "Requests that were answered 503: the queue was full.");
    for (const Row& row : rows) out.sample({{"pool", row.name}}, row.counters.refused);
}

// Connections in use stay at the maximum when the database is slow.
void write_database(Exposition& out, const store::DatabaseCounters& database) {
    out.gauge("keyhold_database_connections_in_use", "Connections that are lent out.",
              static_cast<double>(database.lent));
    out.gauge("keyhold_database_connections", "Connections that may be open.", static_cast<double>(database.most));
    out.counter("keyhold_database_errors_total", "Questions that the database did not answer.", database.errors);
}

// Many misses say that `live_sessions` is too small.
void write_liveness(Exposition& out, const domain::LivenessCounters& liveness) {
    struct Row {
        std::string_view name;
        domain::RememberedCounters counters;
    };
    const std::array rows{Row{"sessions", liveness.sessions}, Row{"accounts", liveness.accounts},
                          Row{"names", liveness.names}, Row{"ended", liveness.ended}};
    out.family("keyhold_liveness_entries", "gauge", "Sessions and accounts that are remembered.");
    for (const Row& row : rows) out.sample({{"table", row.name}}, row.counters.entries);
    out.family("keyhold_liveness_hits_total", "counter", "Look-ups that memory answered.");
    for (const Row& row : rows) out.sample({{"table", row.name}}, row.counters.hits);
    out.family("keyhold_liveness_misses_total", "counter", "Look-ups that went to the database.");
    for (const Row& row : rows) out.sample({{"table", row.name}}, row.counters.misses);
}

// The names that Prometheus's own client libraries use.
void write_process(Exposition& out, const ProcessStats& process) {
    out.family("process_cpu_seconds_total", "counter", "Time on processors, user and system.");
    out.sample({}, process.cpu_seconds);
    out.gauge("process_start_time_seconds", "When the process began, since 1970.", process.start_time);
    out.gauge("process_resident_memory_bytes", "Resident memory.", static_cast<double>(process.resident_bytes));
    out.gauge("process_virtual_memory_bytes", "Virtual memory.", static_cast<double>(process.virtual_bytes));
    out.gauge("process_open_fds", "Descriptors that are open.", static_cast<double>(process.open_descriptors));
    out.gauge("process_max_fds", "Descriptors that may be open.", static_cast<double>(process.most_descriptors));
    out.gauge("process_threads", "Threads.", static_cast<double>(process.threads));
}

// Those of the program around us.
void write_own(Exposition& out, const OwnMetrics& own) {
    for (const auto& metric : own.all()) {
        if (metric.counter) out.counter(metric.name, metric.help, metric.counter->value());
        if (metric.gauge) out.gauge(metric.name, metric.help, metric.gauge->value());
    }
}

}  // namespace

std::string Metrics::text() const {
    Exposition out;
    out.family("keyhold_build_info", "gauge", "Always 1; the version is in its label.");
    out.sample({{"version", version}}, std::uint64_t{1});
    const Threads threads = server.traffic();
    write_requests(out, threads, routes);
    write_durations(out, threads, routes);
    write_connections(out, threads);
    write_certificate(out, server);
    write_log_ins(out, log_ins);
    write_events(out, events);
    write_engine(out, engine.counters());
    write_pools(out, pools);
    write_database(out, stores.database->counters());
    write_liveness(out, liveness.counters());
    out.counter("keyhold_log_dropped_total", "Lines of the log that were dropped: whoever reads it stood still.",
                log.dropped());
    write_process(out, process_stats());
    if (own != nullptr) write_own(out, *own);
    return out.take();
}

}  // namespace keyhold::server
