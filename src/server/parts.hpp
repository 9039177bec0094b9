// SPDX-License-Identifier: Apache-2.0
// What a server answers with: every object of the domain and every route, made once and given what it needs.
#pragma once

#include <chrono>
#include <memory>
#include <string_view>

#include "api/services.hpp"
#include "base/replaceable.hpp"
#include "domain/accounts/administration.hpp"
#include "domain/accounts/first_administrator.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/activity.hpp"
#include "domain/adoption/text_import.hpp"
#include "domain/backups.hpp"
#include "domain/clients/authorizations.hpp"
#include "domain/clients/client_authentication.hpp"
#include "domain/clients/device_grants.hpp"
#include "domain/keys/id_tokens.hpp"
#include "domain/passwords/log_in_counters.hpp"
#include "domain/passwords/password_advisor.hpp"
#include "domain/server_facts.hpp"
#include "domain/sessions/liveness.hpp"
#include "domain/sessions/tokens.hpp"
#include "http/server.hpp"
#include "keyhold/database.hpp"
#include "keyhold/user.hpp"
#include "oauth/routes.hpp"
#include "oauth/settings.hpp"
#include "pages/admin/live_events.hpp"
#include "pages/refusal.hpp"
#include "pages/routes.hpp"
#include "server/every_error.hpp"
#include "server/jobs/client_requests.hpp"
#include "server/jobs/jobs.hpp"
#include "server/jobs/mail_client.hpp"
#include "server/jobs/revocation_feed.hpp"
#include "server/library/dev_inbox.hpp"
#include "server/observe/development.hpp"
#include "server/observe/event_counters.hpp"
#include "server/server.hpp"
#include "server/settings/issuer.hpp"
#include "server/settings/server_settings.hpp"
#include "store/events/event_store.hpp"
#include "store/events/outbox_store.hpp"

namespace keyhold::server {

// Of a database that is a server: empty.
std::string database_file_of(const Settings& settings);

// Members are made in this order, and each is given references to those above it. It goes when the server goes and no
// handler runs any more: begin at the bottom to see what is taken down first.
struct Server::Parts {
    Parts(Options the_options, Log& the_log, std::unique_ptr<Components> the_components, SigningKeys the_keys,
          domain::Clients the_clients);

    const Options options;
    const Settings& settings = options.loaded.settings;
    Log& log;
    const std::unique_ptr<Components> components;
    const SigningKeys keys;
    domain::Liveness liveness{
        components->stores, components->clock, {.sessions = static_cast<std::size_t>(settings.live_sessions)}};
    domain::Tokens tokens{*keys.keys,
                          liveness,
                          components->clock,
                          components->random,
                          token_rules(settings, keys),
                          [this](std::string_view text) { log.say(Level::warning, text); },
                          components->hooks,
                          components->adopted_claims.get()};
    const Authenticator authenticator{tokens};
    domain::Administration administration{components->stores,   components->accounts,
                                          components->sessions, components->roles,
                                          *components->hasher,  domain::parse_login_with(settings.login_with).value(),
                                          components->clock,    components->random};
    domain::FirstAdministrator first_administrator{components->stores, components->accounts, components->clock,
                                                   components->random};
    domain::Backups backups{components->stores, database_file_of(settings), components->clock};
    domain::TextImport text_import{components->stores, components->adopted, components->roles,
                                   components->speeds, components->clock,   components->random};
    domain::Activity activity{components->stores, components->clock};
    Replaceable<domain::Clients> clients;
    domain::ClientAuthentication client_authentication{clients, components->throttle, &components->registered_clients};
    ClientRequests client_requests{*components, client_authentication, settings.sections.get<oauth::Settings>(),
                                   issuer_of(settings), log};

    domain::Authorizations authorizations{components->stores, components->sessions, tokens, components->clock,
                                          components->random};
    domain::DeviceGrants device_grants{*components->stores.authorizations, authorizations, components->sessions,
                                       components->clock, components->random};
    domain::IdTokens id_tokens{*keys.keys, keys.rings_of_id_tokens(), components->clock, issuer_of(settings),
                               std::chrono::minutes(settings.access_token_expire_minutes)};

    RevocationFeed revocation_feed{*components, id_tokens, std::chrono::minutes(settings.access_token_expire_minutes)};
    domain::StatusLists status_lists{store::StatusListStore(components->stores.database), id_tokens, components->clock,
                                     settings.sections.get<oauth::Settings>().status_lists};

    // What handlers lean on, and they themselves.
    const api::PublicKeys public_keys{*keys.keys, liveness, components->clock,
                                      std::chrono::seconds(settings.jwks_max_age)};
    const oauth::Discovery discovery{issuer_of(settings), keys.own != nullptr, public_keys.max_age};
    http::Cors cors{settings.cors_origins, settings.cookie_origins};
    const pages::Site site{.settings = settings.sections.get<pages::PageSettings>(),
                           .program = options.program,
                           .development = options.mode == Mode::dev
                                              ? std::optional(development_of(settings, keys, components->clock.now()))
                                              : std::nullopt,
                           .has_administration = !administers_apart(settings),
                           .registration = components->registration.policy(),
                           .registration_domains = components->registration.domains(),
                           .login_with = domain::parse_login_with(settings.login_with).value(),
                           .links_begin_with = base_of_links(settings),
                           .sends_mails = components->mails == domain::Mails::sent,
                           .has_inbox = inbox_in_use() != nullptr,
                           .errors = every_error(),
                           .random = components->random,
                           .clock = components->clock,
                           .cors = cors};
    const pages::Refusals page_refusals{site, tokens, components->sessions, components->accounts};
    store::OutboxStore outbox{components->stores.database};
    domain::OneTimeLinks one_time_links{*components->stores.throttle, components->random,
                                        secret_outside_of_the_database(settings)};
    domain::Recovery recovery{components->stores,
                              components->accounts,
                              one_time_links,
                              components->clock,
                              components->random,
                              {.settings = settings.sections.get<domain::RecoverySettings>(),
                               .mails = components->mails,
                               .links_begin_with = base_of_links(settings),
                               .domains = components->registration.domains_of_changes()}};
    domain::PasswordAdvisor password_advisor{components->accounts.password_rules(), components->clock};
    const domain::OwnKeyRing own_ring{keys.own ? &keys.own->ring : nullptr};
    const domain::ShownSettings shown_settings = settings_to_show(options.loaded);
    store::EventStore events{components->stores.database};
    pages::LiveEvents live_events;
    DevInbox inbox;
    const api::OpenApiDocument document{[this] { return describe_routes(); }};
    domain::LogInCounters log_ins;
    EventCounters event_counters;
    Database own_database{*components->stores.database};
    // What handlers can ask for by type; it owns nothing.
    http::Services services;
    http::Routes routes;
    const http::Dispatcher dispatcher{routes, cors, [this](std::string_view request_id, std::string_view what) {
                                          log.say(Level::error, what, request_id);
                                      }};

    // Where mails are shown instead of being sent.
    void add_own_routes(http::Mount& mount);
    // What the listener of administrators has besides, where administers_apart(settings): /admin, /admin/api, and the
    // pages that lead there.
    void add_administration(http::Routes& to) const;
    std::string describe_routes() const;
    DevInbox* inbox_in_use() { return options.mode == Mode::dev && !mail_of(settings).is_set() ? &inbox : nullptr; }

    // Wakes whoever watches events when there are more.
    Jobs::Job watch_events();

    Jobs::Failed job_failed() {
        return [this](std::string_view job, std::string_view what) {
            log.say(Level::error, std::string(job).append(": ").append(what));
        };
    }
};

}  // namespace keyhold::server
