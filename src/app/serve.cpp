#include "app/serve.hpp"

#include <cstdlib>

#include "api/routes.hpp"
#include "app/admin_routes.hpp"
#include "app/banner.hpp"
#include "app/bind.hpp"
#include "app/certificate.hpp"
#include "app/chores.hpp"
#include "app/core_dumps.hpp"
#include "app/handover.hpp"
#include "app/health.hpp"
#include "app/house.hpp"
#include "app/housekeeping.hpp"
#include "app/issuer.hpp"
#include "app/life.hpp"
#include "app/log.hpp"
#include "app/memory.hpp"
#include "app/metrics.hpp"
#include "app/reload.hpp"
#include "app/safety.hpp"
#include "app/server_settings.hpp"
#include "app/signals.hpp"
#include "app/signing_keys.hpp"
#include "app/sockets.hpp"
#include "app/version.hpp"
#include "base/id.hpp"
#include "domain/client_authentication.hpp"
#include "domain/liveness.hpp"
#include "domain/log_in_counters.hpp"
#include "http/dispatcher.hpp"
#include "http/server.hpp"
#include "oauth/routes.hpp"
#include "pages/routes.hpp"

namespace keyhold::app {
namespace {

// How long the adopted application's deed can go unnoticed by a token; a log-in sees it at once.
constexpr std::chrono::milliseconds adoption_watch{100};

}  // namespace

Result<> serve(Mode mode, const Sources& sources, const Settings& settings, std::ostream& err) {
    const Signals signals;
    if (mode == Mode::serve) forbid_core_dumps();
    auto format = parse_log_format(mode == Mode::dev && settings.log_format == "auto" ? "text" : settings.log_format);
    if (!format) return std::move(format).error();
    Log log(*format);

    const auto warn = [&log](std::string_view text) { log.say(Level::warning, text); };
    crypto::SystemRandom random;
    auto house = House::open(settings, database_connections(settings), warn, make_id(SystemClock().now(), random),
                             store::Make::what_is_missing);
    if (!house) return std::move(house).error();
    const store::Stores& stores = (*house)->stores;
    auto signing_keys =
        open_signing_keys(settings, stores, (*house)->clock, (*house)->random, warn, store::Make::what_is_missing);
    if (!signing_keys) return std::move(signing_keys).error();
    domain::SigningKeys& keys = *signing_keys->keys;
    domain::Liveness liveness(stores, (*house)->clock, {.sessions = static_cast<std::size_t>(settings.live_sessions)});
    liveness.on_keys_changed([&keys] { keys.reload(); });
    const std::string issuer = issuer_of(settings);
    domain::Tokens tokens(keys, liveness, (*house)->clock, (*house)->random,
                          {.lifetime = std::chrono::minutes(settings.access_token_expire_minutes),
                           .issuer = issuer,
                           .audience = settings.audience,
                           .typ = settings.access_token_typ,
                           // The old application's tokens name none, and nobody shall be logged out.
                           .secret_issuer = signing_keys->own ? std::string() : settings.issuer,
                           .old = old_token_rules(settings)},
                          warn);

    const api::PublicKeys public_keys{keys, liveness, (*house)->clock, std::chrono::seconds(settings.jwks_max_age)};
    const oauth::Discovery discovery{issuer, signing_keys->own != nullptr, public_keys.max_age};
    api::OpenApiDocument document;
    domain::LogInCounters log_ins;
    auto known_clients = domain::Clients::parse(settings.clients);
    if (!known_clients) return std::move(known_clients).error();
    Replaceable<domain::Clients> clients(*std::move(known_clients));
    domain::ClientAuthentication client_authentication(clients, (*house)->throttle);
    http::Services services;
    services.provide((*house)->accounts);
    services.provide((*house)->registration);
    services.provide((*house)->throttle);
    services.provide((*house)->sessions);
    services.provide(tokens);
    services.provide(client_authentication);
    services.provide(public_keys);
    services.provide(discovery);
    services.provide(document);
    services.provide(log_ins);
    const pages::Site site{.development = mode == Mode::dev};
    services.provide(site);
    http::Routes routes;
    pages::add_routes(routes, services);
    api::add_routes(routes, services);
    oauth::add_routes(routes, services);
    api::write_document(routes, document, version);
    http::Cors cors(settings.cors_origins);
    const auto broken = [&log](std::string_view request_id, std::string_view what) {
        log.say(Level::error, what, request_id);
    };
    const http::Dispatcher dispatcher(routes, cors, broken);

    const std::size_t lanes = (*house)->engine.counters().lanes;
    const PoolSizes sizes = pool_sizes(settings, lanes);
    http::WorkerPools pools{.hashing{sizes.hashing_threads, sizes.hashing_queue},
                            .storing{sizes.storing_threads, sizes.storing_queue},
                            .looking_up{sizes.look_up_threads, sizes.look_up_queue}};
    const auto certificate = read_certificate(settings);
    if (!certificate) return certificate.error();
    auto options = server_options(settings, log, (*house)->random);
    auto predecessor = Predecessor::find(settings.handover_socket);
    if (!predecessor) return std::move(predecessor).error();
    auto sockets = open_sockets(settings, sources.environment, known_sockets(*predecessor), options.threads);
    if (!sockets) return std::move(sockets).error();
    if (mode == Mode::serve)
        if (auto problem = problem_with_issuer(settings, addresses_of(*sockets)); !problem.empty())
            return Error(Errc::configuration, std::move(problem));
    http::Server server(std::move(options), dispatcher, pools);
    if (*certificate) server.use(*certificate);
    for (const auto& of_address : sockets->clients) server.listen(of_address);

    Health health(stores, liveness, keys, (*house)->clock);
    const Metrics metrics{server, routes, pools, (*house)->engine, liveness, stores, log_ins};
    http::Services admin_services;
    admin_services.provide(std::as_const(health));
    admin_services.provide(metrics);
    http::Routes admin_routes;
    add_admin_routes(admin_routes, admin_services);
    const http::Cors no_origin({});
    const http::Dispatcher admin_dispatcher(admin_routes, no_origin, broken);
    http::WorkerPools pools_of_admin = admin_pools();
    http::Server admin_server(admin_options((*house)->random), admin_dispatcher, pools_of_admin);
    if (!sockets->admin.empty()) admin_server.listen(sockets->admin);

    server.start();
    if (!sockets->admin.empty()) admin_server.start();
    (*house)->engine.start();  // its self-test runs while the first clients are answered

    const std::string where = shown(*sockets, scheme_of(settings));
    if (mode == Mode::dev)
        show_banner(err, settings, *signing_keys, (*house)->clock.now(), where, shown_admin(*sockets));
    else
        log.say(Level::info, "listening on " + where + "; " + std::to_string(lanes) + " log-ins at once, " +
                                 (settings.hashing_queue > 0 ? std::to_string(settings.hashing_queue) + " may wait"
                                                             : "a second's may wait") +
                                 "; administration: " + shown_admin(*sockets));
    if (mode == Mode::serve) log.say(Level::info, registration_sentence(settings));
    const Housekeeping housekeeping(chores(**house, signing_keys->own.get(), warn),
                                    [&log](std::string_view chore, std::string_view what) {
                                        log.say(Level::error, std::string(chore).append(": ").append(what));
                                    });
    std::optional<Housekeeping> adoption;
    if (auto* const adopted = (*house)->adopted)
        adoption.emplace(
            std::vector<Housekeeping::Chore>{{"the adopted application", [adopted] { adopted->catch_up(); }}},
            [&log](std::string_view chore, std::string_view what) {
                log.say(Level::error, std::string(chore).append(": ").append(what));
            },
            adoption_watch);
    let_go_of_startup_code();
    let_go_of_dictionary();  // it judged the secrets of the settings
    auto handover = Handover::begin(settings.handover_socket, std::move(*predecessor), std::move(*sockets),
                                    Signals::say_that_another_serves);
    if (!handover) return std::move(handover).error();
    Reload reload(mode, sources, settings, {server, cors, clients, keys, log});
    Life life{signals,
              server,
              pools,
              health,
              log,
              std::chrono::seconds(settings.drain_delay),
              [&reload] { reload.run(); },
              [&handover] { handover->reset(); }};
    const Life::End end = life.run();
    if (end != Life::End::finished)  // nothing here waits for threads that may be stuck
        std::_Exit(static_cast<int>(end == Life::End::cut ? Exit::failed : Exit::done));
    return {};
}

}  // namespace keyhold::app
