// SPDX-License-Identifier: Apache-2.0
#include "server/parts.hpp"

#include <utility>

#include "api/routes.hpp"
#include "server/version.hpp"

namespace keyhold::server {

Server::Parts::Parts(Options the_options, Log& the_log, std::unique_ptr<Components> the_components,
                     SigningKeys the_keys, domain::Clients the_clients)
    : options(std::move(the_options)),
      log(the_log),
      components(std::move(the_components)),
      keys(std::move(the_keys)),
      clients(std::move(the_clients)) {
    liveness.on_keys_changed([this] { keys.keys->reload(); });
    const auto provide = [this](auto&... each) { (services.provide(each), ...); };
    provide(components->accounts, components->closing, components->registration, components->roles,
            components->profiles, components->throttle, components->sessions, components->registered_clients,
            components->clock);
    provide(recovery, administration, activity, tokens, authenticator, client_authentication, authorizations,
            device_grants, id_tokens, public_keys, discovery, document, log_ins, events, outbox, own_ring,
            shown_settings, site);
    client_requests.provide(services);
    revocation_feed.provide(services);
    for (const Section* section : sections()) services.provide(section->type, settings.sections.find(section->type));
    services.provide(own_database);
    http::Mount mount(routes, services);
    api::add_routes(mount);
    oauth::add_routes(routes, services);
    if (inbox_in_use() != nullptr) add_dev_inbox(services, mount, inbox);
    if (options.add_own) options.add_own(services, mount);
    // The tutorial's example gives way to a program's own.
    const http::Route* const own = routes.find({.method = http::Method::get, .path = "/protected"}).route;
    if (own == nullptr || own->operation.path != "/protected") api::add_protected_routes(mount);
    pages::add_routes(routes, services);  // after the program's own: a page that is there already wins
    document.json =
        api::describe(routes, options.title, options.version.empty() ? version : std::string_view(options.version));
}

}  // namespace keyhold::server
