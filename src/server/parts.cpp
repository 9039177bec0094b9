// SPDX-License-Identifier: Apache-2.0
#include "server/parts.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "api/routes.hpp"
#include "http/routes/twice.hpp"
#include "server/version.hpp"
#include "store/database/driver.hpp"

namespace keyhold::server {

// Empty for a database that is a server: there is no file to back up.
std::string database_file_of(const Settings& settings) {
    auto location = store::parse_url(settings.database_url);
    return location && location->driver->is_a_file() ? std::move(location->target) : std::string();
}

// Wakes the pages that show events as they come. Asked by a job, because other nodes write events too.
Jobs::Job Server::Parts::watch_events() {
    return {"events that are watched", [this, seen = std::int64_t{0}]() mutable {
                // While nobody watches events, the database is not asked.
                if (live_events.watchers.size() == 0) return;
                const std::int64_t end = events.end().sequence;
                if (end == seen) return;
                seen = end;
                live_events.watchers.wake();
            }};
}

// The order matters: what is remembered must hear of changes before anybody reads; services must be there before routes
// ask for them.
Server::Parts::Parts(Options the_options, Log& the_log, std::unique_ptr<Components> the_components,
                     SigningKeys the_keys, domain::Clients the_clients)
    : options(std::move(the_options)),
      log(the_log),
      components(std::move(the_components)),
      keys(std::move(the_keys)),
      clients(std::move(the_clients)) {
    // Before there are readers, as Liveness demands.
    liveness.on_keys_changed([this] { keys.keys->reload(); });
    components->registered_clients.remember(liveness);
    client_authentication.remember(liveness, components->clock);
    components->profiles.remember(liveness);
    const auto provide = [this](auto&... each) { (services.provide(each), ...); };
    provide(components->accounts, components->closing, components->registration, components->roles,
            components->profiles, components->throttle, components->sessions, components->registered_clients,
            components->applications, components->clock);
    provide(first_administrator, password_advisor);
    provide(components->stored_hashes);
    provide(backups);
    provide(text_import);
    provide(live_events);
    provide(recovery, administration, activity, tokens, authenticator, client_authentication, authorizations,
            device_grants, id_tokens, public_keys, discovery, document, log_ins, events, outbox, own_ring,
            shown_settings, site, page_refusals);
    client_requests.provide(services);
    revocation_feed.provide(services);
    services.provide(status_lists);
    // Every section is a service, so that a feature's handler asks for its settings by their type.
    for (const Section* section : sections()) services.provide(section->type, settings.sections.find(section->type));
    services.provide(own_database);
    http::Mount mount(routes, services);
    api::add_routes(mount);
    if (!administers_apart(settings)) api::add_admin_routes(mount);
    oauth::add_routes(routes, services);
    if (inbox_in_use() != nullptr) add_dev_inbox(services, mount, inbox);
    if (options.add_own) add_own_routes(mount);
    // The tutorial's example gives way to a program's own.
    const http::Route* const own = routes.find({.method = http::Method::get, .path = "/protected"}).route;
    if (own == nullptr || own->operation.path != "/protected") api::add_protected_routes(mount);
    pages::add_routes(routes, services);  // after the program's own: a page that is there already wins
    if (!administers_apart(settings)) pages::add_admin_routes(routes, services);
}

void Server::Parts::add_administration(http::Routes& to) const {
    http::Mount mount(to, services);
    api::add_admin_routes(mount);
    pages::add_routes(to, services);
    pages::add_admin_routes(to, services);
}

std::string Server::Parts::describe_routes() const {
    // The licence of another program's routes is its author's decision, so we name ours for our own document alone.
    const std::string_view license = options.title == Options().title ? "Apache-2.0" : "";
    return api::describe(routes, options.title, options.version.empty() ? version : std::string_view(options.version),
                         license);
}

// A route that is there already is a mistake of the program's author, who is told which one it is.
void Server::Parts::add_own_routes(http::Mount& mount) {
    const std::size_t ours = routes.size();
    try {
        options.add_own(services, mount);
    } catch (const http::RouteTwice& twice) {
        const bool is_ours = twice.first.number <= ours;
        throw std::logic_error(std::string(twice.what()) +
                               (is_ours ? ": the other one is Keyhold's, \"" + twice.first.operation.summary + "\""
                                        : ": both are the program's own"));
    }
}

}  // namespace keyhold::server
