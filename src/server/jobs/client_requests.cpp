// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/client_requests.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace keyhold::server {
namespace {

// With one that publishes something: a thread that stores waits for it.
constexpr std::chrono::seconds patience{3};

// The text at an address of the client's, which is called `what` in the log; empty if there is none, which is logged.
std::optional<std::string> fetch(ClientHttps& https, const domain::RegisteredClient& client, const std::string& address,
                                 const std::string& what, Log& log) try {
    const auto url = net::parse_url(address, net::PlainHttp::on_this_machine, net::UrlQuery::allowed);
    if (!url) throw net::Unreachable(std::string(url.error().detail()));
    auto answer = https.of(client).get(*url);
    if (answer.status == 200) return std::move(answer.body);
    log.say(Level::warning, "client " + client.id + ": " + what + " answers " + std::to_string(answer.status));
    return std::nullopt;
} catch (const net::Unreachable& error) {
    log.say(Level::warning, "client " + client.id + ": " + what + " cannot be fetched: " + error.what());
    return std::nullopt;
}

// What a client's assertion is for: the issuer, or the endpoint that it is sent to (RFC 7523 §3, RFC 9126 §2).
std::vector<std::string> audiences_of(const std::string& issuer) {
    if (issuer.empty()) return {};
    std::vector<std::string> audiences{issuer};
    const std::string base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
    for (const char* path :
         // The issuer may have a path of its own, which stands before these.
         {"/oauth/token", "/token", "/oauth/par", "/oauth/device", "/oauth/revoke", "/oauth/introspect"})
        audiences.push_back(base + path);
    return audiences;
}

domain::ClientRegistrationRules rules_of(const oauth::Settings& settings) {
    return {.is_open = settings.registration == "open",
            .initial_token = Secret(settings.registration_token.reveal()),
            .needs_pkce = settings.registration_pkce,
            .allows_implicit = settings.implicit};
}

}  // namespace

ClientRequests::ClientRequests(Components& components, domain::ClientAuthentication& authentication,
                               const oauth::Settings& settings, const std::string& issuer, Log& log)
    : https_(settings, patience),
      keys_(components.clock,
            [this, &log](const domain::RegisteredClient& client) {
                return fetch(https_, client, client.jwks_uri, "jwks_uri", log);
            }),
      assertions_(*components.stores.authorizations, components.registered_clients, keys_, authentication,
                  components.clock, audiences_of(issuer)),
      request_objects_(settings.request_objects, keys_, components.clock, issuer,
                       [this, &log](const domain::RegisteredClient& client, const std::string& url) {
                           return fetch(https_, client, url, "request_uri", log);
                       }),
      registration_(components.registered_clients, components.clock, rules_of(settings)) {}

}  // namespace keyhold::server
