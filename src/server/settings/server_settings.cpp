// SPDX-License-Identifier: Apache-2.0
#include "server/settings/server_settings.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <tuple>

#include "base/processors.hpp"
#include "base/text.hpp"
#include "domain/sessions/status_lists.hpp"
#include "jose/key_text.hpp"
#include "oauth/settings.hpp"
#include "server/files.hpp"
#include "server/settings/issuer.hpp"
#include "server/settings/safety.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {
namespace {

// Threads that wait for the disk; what they write at the same time is one transaction (store/database/database.hpp).
constexpr std::size_t writers = 32;
constexpr std::size_t waiting_writes = 4096;

// Threads that ask the database who is behind a token that memory does not know. They wait more than they work, and
// where a node has lost its lease (docs/several-nodes.md) one answer is good for all that wait.
constexpr std::size_t look_up_threads = 8;  // more than the connections that readers may take; 12 KiB each
constexpr std::size_t waiting_look_ups = 4096;

// As many threads as FastAPI gives to handlers that wait (anyio's 40). A thread that does nothing takes 12 KiB.
constexpr std::size_t own_threads = 40;
constexpr std::size_t waiting_for_own = 4096;

// Database connections beside one for each I/O thread: hashing threads read before a hash and write after it.
constexpr std::size_t writing_connections = 4;

// A few log-ins more than the engine has lanes are under way, so that it always finds the next one waiting.
constexpr std::size_t spare_workers = 4;

// A log-in that would wait longer than this for a thread is refused at once: people give up or press the button again.
constexpr std::chrono::seconds longest_wait{1};

std::size_t or_cores(std::int64_t setting) {
    return setting > 0 ? static_cast<std::size_t>(setting) : usable_processors();
}

// Until it is measured: a full set of lanes takes about 0.4 s of a processor at cost 12 (docs/password-hashing.md),
// twice that with each step.
http::QueueLimits hashing_queue(const Settings& settings, std::size_t lanes) {
    if (settings.hashing_queue > 0) return {.places = static_cast<std::size_t>(settings.hashing_queue)};
    const double of_processor = std::min(1.0, processors() / static_cast<double>(or_cores(settings.hashing_threads)));
    const double seconds = 0.4 * std::exp2(static_cast<double>(settings.bcrypt_cost) - 12) / of_processor;
    const std::chrono::duration<double> pace(seconds / static_cast<double>(lanes));
    return {.longest_wait = longest_wait, .pace = std::chrono::duration_cast<std::chrono::nanoseconds>(pace)};
}

// Descriptors for the database, the event loops, files that are read now and then, and clients that are told they came
// in vain.
constexpr std::size_t own_descriptors = 512;

// Raises the limit on open files as far as `connections` clients need it. Returns how many clients there is room for:
// at most `connections`, and fewer if the database would be left without descriptors.
std::size_t make_room_for(std::size_t connections) {
    rlimit limit{};
    // If the limit cannot be read it is not raised either, and the kernel refuses what is too much.
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections;
    const auto wanted = std::min<rlim_t>(connections + own_descriptors, limit.rlim_max);
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        // Refused by the system: then what is there counts.
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    const std::size_t open = limit.rlim_cur;
    // With a very low limit half of it stays for the server itself.
    return std::min(connections, open - std::min(own_descriptors, open / 2));
}

}  // namespace

PoolSizes pool_sizes(const Settings& settings, std::size_t lanes) {
    return {lanes + spare_workers,
            hashing_queue(settings, lanes),
            writers,
            waiting_writes,
            look_up_threads,
            waiting_look_ups,
            own_threads,
            waiting_for_own};
}

http::WorkerPools admin_pools(const Settings& settings) {
    // A few people: two sign in at once, and what they look at is read from the database.
    if (administers_apart(settings)) return {.hashing{2, 16}, .storing{4, 64}, .looking_up{4, 64}};
    // These routes hash nothing and write nothing; /readyz alone asks the database.
    return {.hashing{0, 0}, .storing{0, 0}, .looking_up{1, 16}};
}

domain::OldTokenRules old_token_rules(const Settings& settings) {
    const std::int64_t minutes =
        settings.old_token_minutes != 0 ? settings.old_token_minutes : settings.access_token_expire_minutes;
    // Settings that a test made by hand say nothing.
    const auto sub = domain::parse_token_sub(settings.token_sub.empty() ? "username" : settings.token_sub);
    return {.sub = sub.value(),
            .lifetime = std::chrono::minutes(minutes),
            .claims = domain::parse_claim_rules(settings.old_token_claims).value(),
            .until = settings.old_tokens_until};
}

std::size_t database_connections(const Settings& settings) {
    return or_cores(settings.io_threads) + writing_connections;
}

Result<std::shared_ptr<const http::TlsContext>> read_certificate(const Settings& settings) {
    if (settings.tls_certificate.empty() != settings.tls_key.empty())
        return Error(errors::configuration, "tls_certificate and tls_key belong together: set both, or none");
    if (settings.tls_certificate.empty()) return std::shared_ptr<const http::TlsContext>();
    auto certificates = read_text_file(settings.tls_certificate);
    if (!certificates) return std::move(certificates).error();
    auto key = read_text_file(settings.tls_key);
    if (!key) return std::move(key).error();
    auto made = http::TlsContext::make(*certificates, *key);
    if (made) return made;
    // What a file is says more than that there is no key in it.
    for (const auto& [name, text, wanted] : {std::tuple("tls_certificate", &*certificates, "a certificate in PEM"),
                                             std::tuple("tls_key", &*key, "a private key in PEM")})
        if (jose::kind_of_key_text(text->reveal()).form != jose::KeyTextKind::Form::pem)
            return Error(errors::configuration,
                         std::string(name) + ": " + jose::sentence_of_key_text(text->reveal(), wanted));
    return made;
}

http::ServerOptions server_options(const Settings& settings, Log& log, Random& random) {
    http::ServerOptions options;
    // check_settings() has parsed it before, so it cannot fail here.
    const http::TrustedProxies trusted = http::TrustedProxies::parse(settings.trusted_proxies).value();
    options.trusted_proxies = trusted;
    // Once for each start, not for each request.
    options.unknown_proxy = [&log, said = std::make_shared<std::atomic_flag>()](std::string_view peer) {
        if (said->test_and_set()) return;
        const std::string name(IpAddress::parse(peer) ? peer : "unix");
        log.say(
            Level::warning,
            "requests from " + name + " carry X-Forwarded-For or Forwarded, but " + name +
                " is not in trusted_proxies: everybody behind that proxy counts as one address. If it is yours, set "
                "trusted_proxies = \"" +
                name + "\"");
    };
    options.connections.speaks_for_many = [trusted](const IpAddress& address) { return trusted.trust(address); };
    options.threads = or_cores(settings.io_threads);
    options.connections.all = make_room_for(static_cast<std::size_t>(settings.max_connections));
    options.connections.per_address = static_cast<std::size_t>(settings.max_connections_per_address);
    options.head_time = std::chrono::seconds(settings.head_timeout);
    options.body_time = std::chrono::seconds(settings.body_timeout);
    options.idle_time = std::chrono::seconds(settings.idle_timeout);
    options.drain_time = std::chrono::seconds(settings.drain_timeout);
    // Another number for each start: request ids of two processes differ by it.
    random.fill({reinterpret_cast<unsigned char*>(&options.run_id), sizeof options.run_id});
    if (settings.hsts_max_age > 0) options.hsts = "max-age=" + std::to_string(settings.hsts_max_age);
    log.log_requests(settings.access_log);
    options.access_log = [&log](const http::Exchange& exchange) { log.request(exchange); };
    return options;
}

http::ServerOptions admin_options(const Settings& settings, Log& log, Random& random) {
    if (administers_apart(settings)) {
        http::ServerOptions options = server_options(settings, log, random);
        options.threads = 1;
        options.drain_time = std::chrono::seconds(1);  // for what an administrator has just sent; see below
        return options;
    }
    http::ServerOptions options;
    options.drain_time = std::chrono::seconds(0);  // its end comes last, when drain_timeout may be over
    random.fill({reinterpret_cast<unsigned char*>(&options.run_id), sizeof options.run_id});
    return options;
}

domain::ShownSettings settings_to_show(const Loaded& loaded) {
    domain::ShownSettings shown;
    if (loaded.origins.empty()) return shown;
    shown.doubts = unsafe_settings(loaded);
    for (ShownSetting& one : shown_settings(loaded))
        shown.all.push_back({std::move(one.name), std::move(one.value), std::move(one.from)});
    return shown;
}

domain::TokenRules token_rules(const Settings& settings, const SigningKeys& keys) {
    return {.lifetime = std::chrono::minutes(settings.access_token_expire_minutes),
            .issuer = issuer_of(settings),
            .audience = settings.audience,
            .typ = settings.access_token_typ,
            // The old application's tokens name none, and nobody shall be logged out.
            .secret_issuer = keys.own ? std::string() : settings.issuer,
            .names_user = settings.preferred_username,
            .status_lists = settings.sections.get<oauth::Settings>().status_lists && !issuer_of(settings).empty()
                                ? domain::status_lists_at(issuer_of(settings))
                                : std::string(),
            .old = old_token_rules(settings)};
}

// What Server::reload() passes on, and nothing else: whoever adds code there adds its name here.
constexpr std::string_view passed_on[]{"tls_certificate", "tls_key",        "clients",   "[[client]]",
                                       "cors_origins",    "cookie_origins", "access_log"};

bool takes_effect_at_reload(std::string_view name) {
    return std::ranges::find(passed_on, name) != std::ranges::end(passed_on);
}

std::string waiting_for_a_restart(const Settings& running, const Settings& fresh, const SettingsTable& table) {
    std::vector<std::string> changed;
    // Those that stand in one of the two and differ in the other, or are missing there.
    const auto compare = [&changed](const std::vector<SettingValue>& ones, const std::vector<SettingValue>& others) {
        for (const SettingValue& one : ones) {
            const Setting& setting = *one.setting;
            const auto other = std::ranges::find(others, one.name, &SettingValue::name);
            if (other != others.end() && setting.is_same(one.object, other->object)) continue;
            std::string name = one.is_of_list ? "[[" + std::string(one.name, 0, one.name.find('[')) + "]]" : one.name;
            if (takes_effect_at_reload(name)) continue;
            if (std::ranges::find(changed, name) == changed.end()) changed.push_back(std::move(name));
        }
    };
    const auto before = values_of(table, running), after = values_of(table, fresh);
    compare(before, after);
    compare(after, before);
    return joined(changed, ", ");
}

}  // namespace keyhold::server
