// SPDX-License-Identifier: Apache-2.0
// Everything that a server consists of, and what each part is given.
#include "server/server.hpp"

#include <algorithm>
#include <array>
#include <list>
#include <optional>
#include <thread>
#include <utility>

#include "base/exceptions.hpp"
#include "base/id.hpp"
#include "server/jobs/back_channel.hpp"
#include "server/jobs/event_keeping.hpp"
#include "server/jobs/jobs.hpp"
#include "server/jobs/mail_client.hpp"
#include "server/jobs/mailing.hpp"
#include "server/jobs/queue_job.hpp"
#include "server/listening.hpp"
#include "server/observe/admin_routes.hpp"
#include "server/observe/health.hpp"
#include "server/observe/metrics.hpp"
#include "server/parts.hpp"
#include "server/process/bind.hpp"
#include "server/process/handover.hpp"
#include "server/process/signals.hpp"
#include "server/settings/safety.hpp"
#include "server/settings/server_settings.hpp"

namespace keyhold::server {
namespace {

// How long the adopted application's deed can go unnoticed by a token; a log-in sees it at once.
constexpr std::chrono::milliseconds adoption_watch{100};

// How long somebody who watches events waits for a new one that is sealed already.
constexpr std::chrono::milliseconds watch_of_events{250};

// For what threads of the pools are at when every request was answered or had its time.
constexpr std::chrono::milliseconds patience_with_work{250};
constexpr std::chrono::milliseconds patience_with_io_threads{1000};
constexpr std::chrono::milliseconds poll_interval{2};

bool has_own(const http::Routes& routes) {
    return std::ranges::any_of(routes.all(), [](const http::Route* route) { return route->on == http::On::pool; });
}

}  // namespace

// Members end in the reverse order: first what uses the pools and the server, last the pools.
struct Server::Serving {
    Serving(Parts& parts, Sockets the_sockets, http::ServerOptions options,
            std::shared_ptr<const http::TlsContext> certificate);

    // What is known of the sockets stays known when they are handed on.
    const std::string where, where_admin;
    PoolSizes sizes;
    http::WorkerPools pools;
    http::Server server;
    Health health;
    const Metrics metrics;

    // Administrators have routes, threads and sockets of their own.
    const bool is_apart;  // /admin is there alone
    const AdminRoutes admin;
    const http::Cors no_origin{{}};
    const http::Dispatcher admin_dispatcher;
    http::WorkerPools pools_of_admin;
    http::Server admin_server;
    const bool has_admin;
    bool stopping = false;

    std::optional<BackChannel> back_channel;
    std::list<Jobs> jobs;  // all of them, so that none is forgotten where they end
    std::unique_ptr<EventKeeping> events;
    std::optional<Mailing> mailing;
    std::unique_ptr<Handover> handover;

    // Those who scrape /metrics were never asked for HTTPS; administrators send passwords.
    void use(const std::shared_ptr<const http::TlsContext>& certificate) {
        server.use(certificate);
        if (is_apart) admin_server.use(certificate);
    }
    void end_all_but_the_pools();
};

Server::Serving::Serving(Parts& parts, Sockets sockets, http::ServerOptions options,
                         std::shared_ptr<const http::TlsContext> certificate)
    : where(shown(sockets, scheme_of(parts.settings))),
      where_admin(shown_admin(sockets, administers_apart(parts.settings) ? scheme_of(parts.settings) : "http")),
      sizes(pool_sizes(parts.settings, parts.components->engine.counters().most_lanes)),
      pools{.hashing{sizes.hashing_threads, sizes.hashing_queue},
            .storing{sizes.storing_threads, sizes.storing_queue},
            .looking_up{sizes.look_up_threads, sizes.look_up_queue},
            // Threads that no route uses are not made.
            .own{has_own(parts.routes) ? sizes.own_threads : 0, sizes.own_queue}},
      server(std::move(options), parts.dispatcher, pools),
      health(parts.components->stores, parts.liveness, *parts.keys.keys, parts.components->clock),
      metrics{.server = server,
              .routes = parts.routes,
              .pools = pools,
              .engine = parts.components->engine,
              .liveness = parts.liveness,
              .stores = parts.components->stores,
              .log_ins = parts.log_ins,
              .events = parts.event_counters,
              .log = parts.log,
              .own = parts.options.metrics.get()},
      is_apart(administers_apart(parts.settings)),
      admin(health, metrics,
            [&parts, apart = is_apart](http::Routes& routes) {
                if (apart) parts.add_administration(routes);
            }),
      admin_dispatcher(admin.routes, is_apart ? parts.cors : no_origin,
                       [&log = parts.log](std::string_view request_id, std::string_view what) {
                           log.say(Level::error, what, request_id);
                       }),
      pools_of_admin(admin_pools(parts.settings)),
      admin_server(admin_options(parts.settings, parts.log, parts.components->random), admin_dispatcher,
                   pools_of_admin),
      has_admin(!sockets.admin.empty()) {
    if (certificate) use(certificate);
    for (const auto& of_address : sockets.clients) server.listen(of_address);
    if (has_admin) admin_server.listen(sockets.admin);
}

// Everything that may be waited for without a bound; the pools may have a handler that never returns.
void Server::Serving::end_all_but_the_pools() {
    handover.reset();
    mailing.reset();
    events.reset();
    jobs.clear();
    back_channel.reset();
    admin_server.stop();
    admin_server.join();
}

Server::Server(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::open(Options options, Log& log) {
    // Threads inherit the mask of the one that makes them, so signals are blocked until all are made.
    const SignalsBlocked in_threads_of_ours;
    const Settings& settings = options.loaded.settings;
    const auto warn = [&log](std::string_view text) { log.say(Level::warning, text); };
    auto clients =
        domain::Clients::parse(settings.clients, settings.sections.get<std::vector<domain::ClientSettings>>());
    if (!clients) return std::move(clients).error();
    crypto::SystemRandom random;
    // A command remembers nothing, so nobody waits for it.
    // Names this node among those of the database, so that writers know whose lease they wait for
    // (docs/several-nodes.md).
    std::string node = options.make == store::Make::nothing ? std::string() : make_id(SystemClock().now(), random);
    auto components = Components::open(settings, database_connections(settings), warn,
                                       {.node = std::move(node),
                                        .make = options.make,
                                        .clock = options.clock,
                                        .hooks = options.hooks.get(),
                                        .shows_mails = options.mode == Mode::dev});
    if (!components) return std::move(components).error();
    if (auto declared = domain::declare_clients((*components)->registered_clients,
                                                settings.sections.get<std::vector<domain::ClientSettings>>());
        !declared)
        return std::move(declared).error();
    if (!options.own_schema.statements.empty())
        if (auto done = store::migrate_program(settings.database_url, options.own_schema, options.make); !done)
            return std::move(done).error();
    auto keys = open_signing_keys(settings, (*components)->stores, (*components)->clock, (*components)->random, warn,
                                  options.make);
    if (!keys) return std::move(keys).error();
    auto parts = std::make_shared<Parts>(std::move(options), log, std::move(components).value(),
                                         std::move(keys).value(), std::move(clients).value());
    std::unique_ptr<Server> server(new Server(std::move(parts)));
    if (const auto& tell = server->parts_->options.opened) tell(*server);
    return server;
}

Result<> Server::start() {
    // Its own sockets would be in the way, and with a free port there would be two of it.
    if (serving_) return Error(errors::configuration, "the server runs already: " + serving_->where);
    auto listening = Listening::open(parts_->settings, parts_->options.mode, parts_->options.environment, parts_->log);
    return listening ? start(std::move(*listening)) : std::move(listening).error();
}

Result<> Server::start(Listening listening) {
    const SignalsBlocked in_threads_of_ours;
    Parts& parts = *parts_;
    const Settings& settings = parts.settings;
    Sockets& sockets = listening.sockets;
    const auto& origins = parts.options.loaded.origins;
    if (const auto bound = origins.find("bind"); bound != origins.end() && bound->second != "default")
        if (const auto sentence = sentence_about_bind(settings, sockets); !sentence.empty())
            parts.log.say(Level::warning, sentence);

    serving_ =
        std::make_unique<Serving>(parts, sockets, std::move(listening.options), std::move(listening.certificate));
    try {
        auto served = serve(std::move(listening.predecessor), std::move(sockets));
        if (!served) stop();
        return served;
    } catch (...) {  // half a server would listen, and look after nothing
        stop();
        throw;
    }
}

Result<> Server::serve(std::optional<Predecessor> predecessor, Sockets sockets) {
    Parts& parts = *parts_;
    const Settings& settings = parts.settings;
    // A server that was stopped may be started again.
    parts.client_requests.resume();
    // Listens before the jobs begin, so that nobody waits for them.
    serving_->server.start();
    if (serving_->has_admin) serving_->admin_server.start();
    auto& jobs = serving_->jobs;
    auto each_minute = jobs_of_each_minute(
        *parts.components, parts.keys.own.get(), std::chrono::minutes(settings.access_token_expire_minutes),
        [&log = parts.log](std::string_view text) { log.say(Level::warning, text); });
    const bool strangers_register = settings.sections.get<oauth::Settings>().registration == "open";
    each_minute.push_back(keys_of_id_tokens(parts.components->registered_clients, parts.id_tokens, strangers_register));
    jobs.emplace_back(std::move(each_minute), parts.job_failed());
    serving_->mailing.emplace(*parts.components, parts.recovery, parts.outbox, settings, parts.inbox_in_use(),
                              parts.log, parts.job_failed());
    auto events = EventKeeping::open(*parts.components, settings, parts.log, parts.event_counters, parts.job_failed());
    if (!events) return std::move(events).error();
    serving_->events = std::move(*events);
    auto& back_channel =
        serving_->back_channel.emplace(*parts.components, parts.id_tokens, settings.sections.get<oauth::Settings>(),
                                       [&log = parts.log](std::string_view text) { log.say(Level::warning, text); });
    const store::Database& database = *parts.components->stores.database;
    // A Jobs of its own for each thread, as one client that does not answer keeps its thread waiting for seconds.
    for (const store::ClientsOf whose : BackChannel::threads)
        jobs.emplace_back(std::vector<Jobs::Job>{{"log-outs of clients",
                                                  when_there_may_be_some(database, store::Queue::notices,
                                                                         [&back_channel, whose] {
                                                                             return back_channel.tell_next(whose);
                                                                         })}},
                          parts.job_failed(), BackChannel::interval);
    jobs.emplace_back(std::vector{parts.watch_events()}, parts.job_failed(), watch_of_events);
    jobs.emplace_back(std::vector{parts.revocation_feed.watch()}, parts.job_failed(), RevocationFeed::interval);
    if (auto* const adopted = parts.components->adopted)
        jobs.emplace_back(std::vector<Jobs::Job>{{"the adopted application", [adopted] { adopted->catch_up(); }}},
                          parts.job_failed(), adoption_watch);
    auto handover =
        // Last: the predecessor is let go only once everything here works.
        Handover::begin(settings.handover_socket, std::move(predecessor), std::move(sockets), parts.options.succeeded);
    if (!handover) return std::move(handover).error();
    serving_->handover = std::move(handover).value();
    return {};
}

void Server::drain() {
    if (!serving_) return;
    // First /readyz, then the connections, as a load balancer asks /readyz before it sends new clients.
    serving_->health.drain();
    serving_->server.drain();
}

void Server::begin_stop() {
    // Twice is once: stop() calls this after a Lifecycle has.
    if (!serving_ || std::exchange(serving_->stopping, true)) return;
    serving_->handover.reset();  // lets go of the sockets
    // From here on nothing waits for other machines any longer than it has to.
    if (serving_->mailing) serving_->mailing->stop();
    if (serving_->back_channel) serving_->back_channel->stop();
    parts_->client_requests.stop();
    serving_->server.stop();
}

bool Server::finished() const { return !serving_ || serving_->server.finished(); }

bool Server::is_busy() const { return serving_ && !serving_->pools.are_idle_within(std::chrono::milliseconds(0)); }

void Server::stop() {
    if (!serving_) return;
    begin_stop();
    // An I/O thread ends in time, unless a handler waits there that said it never would (On::io).
    const auto latest = std::chrono::steady_clock::now() + std::chrono::seconds(parts_->settings.drain_timeout) +
                        patience_with_io_threads;
    while (!finished() && std::chrono::steady_clock::now() < latest) std::this_thread::sleep_for(poll_interval);
    if (!finished() || !serving_->pools.are_idle_within(patience_with_work)) {
        serving_->end_all_but_the_pools();
        parts_->log.say(Level::warning, "stopped without what threads still wait for: drain_timeout is over");
        // Whatever a handler was given stays for as long as it runs. This thread waits for that in our place (decision
        // 0088).
        const SignalsBlocked in_threads_of_ours;
        // `parts` and `serving` stay alive in it until the last handler has returned.
        std::thread([parts = parts_, serving = std::shared_ptr<Serving>(std::move(serving_))]() mutable {
            serving.reset();
        }).detach();
    }
    serving_.reset();
}

Result<> Server::reload(const Loaded& loaded) {
    const Settings& fresh = loaded.settings;
    // `settings` stay those of the start: what cannot change while the server runs is compared with them.
    const Settings& started = parts_->settings;
    // Everything is checked before anything is changed, so that a reload is done as a whole or not at all.
    if (auto checked = check_settings(fresh); !checked) return checked;
    if (parts_->options.mode == Mode::serve)
        if (auto problems = unsafe_settings(loaded); !problems.empty())
            return Error(errors::configuration, std::move(problems.front()));
    auto tls = read_certificate(fresh);
    if (!tls) return std::move(tls).error();
    if (started.tls_certificate.empty() != (*tls == nullptr))
        return Error(errors::configuration, "TLS is switched on and off by a restart alone");
    const auto& tables = fresh.sections.get<std::vector<domain::ClientSettings>>();
    auto clients = domain::Clients::parse(fresh.clients, tables);
    if (!clients) return std::move(clients).error();
    // The questions to the database come first: if one fails, nothing has been changed yet.
    bool all_keys_opened = true;
    try {
        all_keys_opened = parts_->keys.keys->reload();
        if (auto declared = domain::declare_clients(parts_->components->registered_clients, tables); !declared)
            return declared;
    } catch (const Unavailable& error) {
        return Error(errors::store_unavailable, std::string(error.what()));
    }

    // From here on nothing is refused any more.
    if (*tls && serving_) serving_->use(*tls);
    parts_->cors.replace(fresh.cors_origins, fresh.cookie_origins);
    parts_->clients.replace(std::move(clients).value());
    parts_->log.log_requests(fresh.access_log);
    const std::string waiting = waiting_for_a_restart(started, fresh, *loaded.table);
    parts_->log.say(Level::info, "reloaded");
    if (!waiting.empty()) parts_->log.say(Level::warning, "takes effect with a restart: " + waiting);
    if (!all_keys_opened)
        parts_->log.say(Level::warning,
                        "not every key in the database can be opened with the key file or passphrase "
                        "that the server was started with: those are not used");
    return {};
}

std::string Server::where() const { return serving_ ? serving_->where : "nowhere"; }
std::string Server::where_admin() const { return serving_ ? serving_->where_admin : "nowhere"; }
const Settings& Server::settings() const { return parts_->settings; }
Database& Server::own_database() { return parts_->own_database; }
Components& Server::components() { return *parts_->components; }
const SigningKeys& Server::keys() const { return parts_->keys; }
domain::Tokens& Server::tokens() { return parts_->tokens; }
const http::Dispatcher& Server::dispatcher() const { return parts_->dispatcher; }

}  // namespace keyhold::server
