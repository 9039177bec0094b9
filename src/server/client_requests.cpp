// SPDX-License-Identifier: Apache-2.0
#include "server/client_requests.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace keyhold::server {
namespace {

// With one that publishes its keys: a thread that stores waits for it.
constexpr std::chrono::seconds patience{3};

// The text at its jwks_uri; empty if there is none, which is logged.
std::optional<std::string> fetch_keys(ClientHttps& https, const domain::RegisteredClient& client, Log& log) try {
    const auto url = net::parse_url(client.jwks_uri, net::PlainHttp::on_this_machine);
    if (!url) throw net::Unreachable(std::string(url.error().detail()));
    auto answer = https.of(client).get(*url);
    if (answer.status == 200) return std::move(answer.body);
    log.say(Level::warning, "client " + client.id + ": jwks_uri answers " + std::to_string(answer.status));
    return std::nullopt;
} catch (const net::Unreachable& error) {
    log.say(Level::warning, "client " + client.id + ": its keys cannot be fetched: " + error.what());
    return std::nullopt;
}

// What a client's assertion is for: the issuer, or the endpoint that it is sent to (RFC 7523 §3, RFC 9126 §2).
std::vector<std::string> audiences_of(const std::string& issuer) {
    if (issuer.empty()) return {};
    std::vector<std::string> audiences{issuer};
    const std::string base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
    for (const char* path :
         {"/oauth/token", "/token", "/oauth/par", "/oauth/device", "/oauth/revoke", "/oauth/introspect"})
        audiences.push_back(base + path);
    return audiences;
}

domain::ClientRegistrationRules rules_of(const oauth::Settings& settings) {
    return {.is_open = settings.registration == "open",
            .initial_token = Secret(settings.registration_token.reveal()),
            .needs_pkce = settings.registration_pkce};
}

}  // namespace

ClientRequests::ClientRequests(Components& components, const oauth::Settings& settings, const std::string& issuer,
                               Log& log)
    : https_(settings, patience),
      keys_(components.clock,
            [this, &log](const domain::RegisteredClient& client) { return fetch_keys(https_, client, log); }),
      assertions_(*components.stores.authorizations, components.registered_clients, keys_, components.clock,
                  audiences_of(issuer)),
      registration_(components.registered_clients, components.clock, rules_of(settings)) {}

}  // namespace keyhold::server
