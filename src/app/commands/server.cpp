// keyhold dev | serve: everything that the server consists of, and what it was given.
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <thread>

#include "api/routes.hpp"
#include "app/bind.hpp"
#include "app/commands/context.hpp"
#include "app/house.hpp"
#include "app/housekeeping.hpp"
#include "app/issuer.hpp"
#include "app/log.hpp"
#include "app/memory.hpp"
#include "app/safety.hpp"
#include "app/signing_keys.hpp"
#include "app/version.hpp"
#include "domain/liveness.hpp"
#include "http/dispatcher.hpp"
#include "http/server.hpp"

namespace keyhold::app {
namespace {

// How long what has ended can still be explained (`keyhold token inspect`), and how many changes another process may be
// behind before it forgets everything.
constexpr std::chrono::hours keep_ended{24};
constexpr std::int64_t kept_changes = 10'000;

// Threads that wait for the disk; what they write at the same time is one transaction (store/database.hpp).
constexpr std::size_t writers = 32;
constexpr std::size_t waiting_writes = 4096;

// Database connections beside one for each I/O thread: hashing threads read before a hash and write after it.
constexpr std::size_t writing_connections = 4;

// A few log-ins more than the engine has lanes are under way, so that it always finds the next one waiting.
constexpr std::size_t spare_workers = 4;

// Between the I/O threads (0) and those that compute (10): what they do around a hash takes less than a millisecond,
// but hundreds of log-ins may begin at once.
constexpr int hashing_niceness = 5;

// A full set of lanes takes about 0.4 s at cost 12 (docs/password-hashing.md), twice that with each step. As many
// may wait as are done in a second: whoever is last in line waits about a second longer than the first.
std::size_t queue_size(const Settings& settings, std::size_t lanes) {
    if (settings.hashing_queue > 0) return static_cast<std::size_t>(settings.hashing_queue);
    const double seconds = 0.4 * std::exp2(static_cast<double>(settings.bcrypt_cost) - 12);
    return std::clamp(static_cast<std::size_t>(static_cast<double>(lanes) / seconds), lanes, std::size_t{10'000});
}

std::size_t or_cores(std::int64_t setting) {
    return setting > 0 ? static_cast<std::size_t>(setting) : std::max(1U, std::thread::hardware_concurrency());
}

Result<http::ServerOptions> server_options(const Settings& settings, Log& log, Random& random) {
    auto bind = parse_bind(settings.bind);
    if (!bind) return std::move(bind).error();
    http::ServerOptions options;
    options.host = bind->host;
    options.port = bind->port;
    options.threads = or_cores(settings.io_threads);
    options.head_time = std::chrono::seconds(settings.head_timeout);
    options.body_time = std::chrono::seconds(settings.body_timeout);
    options.idle_time = std::chrono::seconds(settings.idle_timeout);
    options.drain_time = std::chrono::seconds(settings.drain_timeout);
    random.fill({reinterpret_cast<unsigned char*>(&options.run_id), sizeof options.run_id});
    if (settings.access_log) options.access_log = [&log](const http::Exchange& exchange) { log.request(exchange); };
    return options;
}

void show_banner(std::ostream& err, const Settings& settings, const SigningKeys& keys, Time now,
                 const std::string& url) {
    err << "\n  Keyhold " << version << ", development mode\n\n"
        << "  Server      " << url << "\n"
        << "  Try it      " << url << "/docs\n"
        << "  Read it     " << url << "/redoc\n"
        << "  Accounts    " << settings.database_url << "\n"
        << "  Tokens      " << keys.keys->signing(now).algorithm().name << " with "
        << (keys.own ? std::string("a key of our own") + (keys.own->made_now ? " (made now)" : "") : "SECRET_KEY")
        << "\n\n"
        << "  Passwords need " << settings.password_min_length
        << " characters and may be easy to guess: for production use `keyhold serve`.\n";
    if (const std::string problem = problem_with_secret(settings); !problem.empty())
        err << "  Warning: " << problem << ".\n";
    err << "  Stop with Ctrl-C.\n\n" << std::flush;
}

std::vector<Housekeeping::Chore> chores(const store::Stores& stores, const Clock& clock, OwnKeys* own) {
    constexpr std::int64_t at_once = 500;  // a transaction that nobody has to wait for long
    return {
        {"old sessions",
         [&] {
             while (stores.sessions->purge(clock.now() - keep_ended, at_once) == at_once) {
             }
         }},
        {"old changes", [&] { stores.changes->forget_all_but(kept_changes); }},
        {"signing keys",
         [own] {
             if (own != nullptr) own->ring.look_after();
         }},
    };
}

// Blocks the signals that end the server, in this thread and in all that it starts; then waits for one.
class StopSignals {
public:
    StopSignals() {
        ::sigemptyset(&set_);
        for (int signal : {SIGINT, SIGTERM}) ::sigaddset(&set_, signal);
        ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        ::signal(SIGPIPE, SIG_IGN);  // a client that goes away is an error code, not the end
    }
    void wait() const {
        int signal = 0;
        ::sigwait(&set_, &signal);
    }

private:
    sigset_t set_{};
};

Result<> run(Context& context, Mode mode, const Settings& settings) {
    const StopSignals stop_signals;
    auto format = parse_log_format(mode == Mode::dev && settings.log_format == "auto" ? "text" : settings.log_format);
    if (!format) return std::move(format).error();
    Log log(*format);

    const auto warn = [&log](std::string_view text) { log.say(Level::warning, text); };
    auto house = House::open(settings, or_cores(settings.io_threads) + writing_connections, warn);
    if (!house) return std::move(house).error();
    const store::Stores& stores = (*house)->stores;
    domain::Liveness liveness(stores, (*house)->clock, {.sessions = static_cast<std::size_t>(settings.live_sessions)});
    auto signing_keys = open_signing_keys(settings, stores, (*house)->clock, (*house)->random, warn);
    if (!signing_keys) return std::move(signing_keys).error();
    domain::SigningKeys& keys = *signing_keys->keys;
    liveness.on_keys_changed([&keys] { keys.reload(); });
    const std::string issuer = issuer_of(settings);
    domain::Tokens tokens(keys, liveness, (*house)->clock, (*house)->random,
                          {.lifetime = std::chrono::minutes(settings.access_token_expire_minutes),
                           .issuer = issuer,
                           .audience = settings.audience,
                           // The old application's tokens name none, and nobody shall be logged out.
                           .secret_issuer = signing_keys->own ? std::string() : settings.issuer});

    const api::PublicKeys public_keys{keys, liveness, (*house)->clock};
    const api::Discovery discovery{issuer, signing_keys->own != nullptr};
    api::OpenApiDocument document;
    auto clients = domain::Clients::parse(settings.clients);
    if (!clients) return std::move(clients).error();
    api::Services services((*house)->accounts, (*house)->sessions, tokens, *clients, public_keys, discovery, document);
    http::Routes routes;
    api::add_routes(routes, services, version);
    const http::Cors cors(settings.cors_origins);
    const http::Dispatcher dispatcher(routes, cors, [&log](std::string_view request_id, std::string_view what) {
        log.say(Level::error, what, request_id);
    });

    auto options = server_options(settings, log, (*house)->random);
    if (!options) return std::move(options).error();
    const std::string host = options->host;
    const std::size_t lanes = (*house)->engine.counters().lanes;
    const std::size_t queue = queue_size(settings, lanes);
    http::WorkerPools pools{.hashing{lanes + spare_workers, queue, hashing_niceness},
                            .storing{writers, waiting_writes}};
    http::Server server(std::move(*options), dispatcher, pools);
    if (auto listening = server.listen(); !listening) return listening;
    server.start();
    (*house)->engine.start();  // its self-test runs while the first clients are answered

    const std::string url = url_of({host, server.port()});
    if (mode == Mode::dev)
        show_banner(context.err, settings, *signing_keys, (*house)->clock.now(), url);
    else
        log.say(Level::info, "listening on " + url + "; " + std::to_string(lanes) + " log-ins at once, " +
                                 std::to_string(queue) + " may wait");
    const Housekeeping housekeeping(chores(stores, (*house)->clock, signing_keys->own.get()),
                                    [&log](std::string_view chore, std::string_view what) {
                                        log.say(Level::error, std::string(chore).append(": ").append(what));
                                    });
    let_go_of_startup_code();
    stop_signals.wait();
    log.say(Level::info, "stopping");
    server.stop();
    server.join();
    return {};
}

void start(Context& context, Mode mode) {
    const auto loaded = context.settings(mode);
    if (!loaded) return;
    if (mode == Mode::serve)
        for (const std::string& problem : unsafe_settings(*loaded)) context.fail(Error(Errc::configuration, problem));
    if (context.exit != Exit::done) return;
    if (auto result = run(context, mode, loaded->settings); !result) context.fail(result.error());
}

}  // namespace

void add_server_commands(CLI::App& app, Context& context) {
    add_command(app, "dev", "Start at once, for trying out: no configuration, an SQLite file here", "keyhold dev")
        ->callback([&context] { start(context, Mode::dev); });
    add_command(app, "serve", "Start for production: refuses what is unsafe", "keyhold serve --bind 0.0.0.0:8000")
        ->callback([&context] { start(context, Mode::serve); });
}

}  // namespace keyhold::app
