// SPDX-License-Identifier: Apache-2.0
// From the settings to the numbers that the server's parts are given.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "domain/adoption/old_tokens.hpp"
#include "domain/server_facts.hpp"
#include "domain/sessions/tokens.hpp"
#include "http/connection/tls.hpp"
#include "http/server.hpp"
#include "server/observe/log.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

// The threads and queues of http::WorkerPools.
struct PoolSizes {
    std::size_t hashing_threads;
    http::QueueLimits hashing_queue;
    std::size_t storing_threads, storing_queue;
    std::size_t look_up_threads, look_up_queue;
    std::size_t own_threads, own_queue;  // of the program's handlers, where it has some
};

// Whether /admin and /admin/api are answered by the administrators' listener alone.
inline bool administers_apart(const Settings& settings) { return settings.admin_at == "admin_bind"; }

// What the administrator's listener has of its own, so that it answers whatever the clients' one is at.
http::WorkerPools admin_pools(const Settings& settings);

// `lanes` is how many hashes the bcrypt engine computes at once.
PoolSizes pool_sizes(const Settings& settings, std::size_t lanes);

// Which tokens of another application are its access tokens, where the secret is shared with one.
domain::OldTokenRules old_token_rules(const Settings& settings);

// Database connections that a server may hold open.
std::size_t database_connections(const Settings& settings);

// The server's certificate, from the files that the settings name; null where none is set. Refused: configuration, if a
// file cannot be read or the two do not fit.
Result<std::shared_ptr<const http::TlsContext>> read_certificate(const Settings& settings);

// The log must outlive the server. Raises this process's limit on open files (getrlimit(2)) as far as max_connections
// needs it and the system lets us.
http::ServerOptions server_options(const Settings& settings, Log& log, Random& random);

// One thread of its own, so that it answers whatever the others are at. What Prometheus asks is not logged; where
// administrators act there, everything is, and proxies are trusted as at the other listener.
http::ServerOptions admin_options(const Settings& settings, Log& log, Random& random);

// As administrators see them. Nothing where tests made the settings by themselves, so that nobody knows their origins.
domain::ShownSettings settings_to_show(const Loaded& loaded);

struct SigningKeys;
domain::TokenRules token_rules(const Settings& settings, const SigningKeys& keys);

// Whether a running server passes a setting on at SIGHUP (Server::reload), or the whole of a list ("[[client]]"). Its
// row says so within reloaded_setting().
bool takes_effect_at_reload(std::string_view name);

// The settings that changed and need a restart, by name.
std::string waiting_for_a_restart(const Settings& running, const Settings& fresh, const SettingsTable& table);

}  // namespace keyhold::server
