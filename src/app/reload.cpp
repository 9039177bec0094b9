#include "app/reload.hpp"

#include <exception>

#include "app/certificate.hpp"
#include "app/safety.hpp"

namespace keyhold::app {
namespace {

// The settings that changed and need a restart, by name.
std::string waiting_for_a_restart(const Settings& running, const Settings& fresh) {
    std::string names;
    for (const Setting& setting : settings_table())
        if (!setting.reloadable && setting.show(running) != setting.show(fresh))
            names.append(names.empty() ? "" : ", ").append(setting.name);
    if (!(running.secret_key.reveal() == fresh.secret_key.reveal()) && names.find("secret_key") == names.npos)
        names.append(names.empty() ? "" : ", ").append("secret_key");
    return names;
}

}  // namespace

void Reload::run() try {
    Result<Loaded> loaded = load_settings(mode_, sources_);
    const Result<> done = loaded ? apply(*loaded) : Result<>(loaded.error());
    if (!done) parts_.log.say(Level::error, "not reloaded, all stays as it was: " + std::string(done.error().detail()));
} catch (const std::exception& error) {
    parts_.log.say(Level::error, std::string("not all was reloaded: ") + error.what());
}

Result<> Reload::apply(const Loaded& loaded) {
    const Settings& fresh = loaded.settings;
    if (auto checked = check_settings(fresh); !checked) return checked;
    if (mode_ == Mode::serve)
        if (auto problems = unsafe_settings(loaded); !problems.empty())
            return Error(Errc::configuration, std::move(problems.front()));
    auto tls = read_certificate(fresh);
    if (!tls) return std::move(tls).error();
    const bool had_tls = !started_.tls_certificate.empty();
    if (had_tls != (*tls != nullptr))
        return Error(Errc::configuration, "TLS is switched on and off by a restart alone");
    auto clients = domain::Clients::parse(fresh.clients);
    if (!clients) return std::move(clients).error();

    if (*tls) parts_.server.use(*std::move(tls));
    parts_.cors.replace(fresh.cors_origins);
    parts_.clients.replace(*std::move(clients));
    parts_.log.log_requests(fresh.access_log);
    const std::string waiting = waiting_for_a_restart(started_, fresh);
    parts_.log.say(Level::info, "reloaded");
    if (!waiting.empty()) parts_.log.say(Level::warning, "takes effect with a restart: " + waiting);
    parts_.keys.reload();
    return {};
}

}  // namespace keyhold::app
