#include "app/house.hpp"

#include "app/password_settings.hpp"
#include "http/worker_pool.hpp"

namespace keyhold::app {
namespace {

domain::SessionRules session_rules(const Settings& settings) {
    return {.lifetime = std::chrono::days(settings.session_days),
            .idle_time = std::chrono::days(settings.refresh_token_idle_days),
            .grace = std::chrono::seconds(settings.refresh_token_grace)};
}

}  // namespace

House::House(const Settings& settings, store::Stores the_stores, Warn warn, Priority priority)
    : engine({.threads = static_cast<std::size_t>(settings.hashing_threads),
              .lanes = static_cast<std::size_t>(settings.hashing_lanes),
              .priority = priority,
              .gone = http::WorkerPool::gone,
              .warn = warn}),
      stores(std::move(the_stores)),
      hasher(crypto::make_password_hasher(password_settings(settings).value(), engine, random)),
      accounts(*stores.accounts, *hasher, clock, random,
               {.min_characters = static_cast<std::size_t>(settings.password_min_length)}),
      sessions(stores, clock, random, session_rules(settings),
               [warn = std::move(warn)](const domain::Session& session) {
                   warn("a refresh token of session " + session.id + " (account " + session.account_id +
                        ") was used twice: it was stolen, and the session is over");
               }) {}

Result<std::unique_ptr<House>> House::open(const Settings& settings, std::size_t connections, Warn warn,
                                           Priority priority) {
    auto stores = store::open_stores(settings.database_url, {.connections = connections});
    if (!stores) return std::move(stores).error();
    return std::unique_ptr<House>(new House(settings, std::move(*stores), std::move(warn), priority));
}

}  // namespace keyhold::app
