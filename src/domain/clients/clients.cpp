// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/clients.hpp"

#include <algorithm>
#include <array>

#include "crypto/digest.hpp"
#include "domain/passwords/secret_strength.hpp"

namespace keyhold::domain {

namespace {

constexpr std::size_t shortest_secret = 16;

std::vector<std::string_view> entries(const Secret& text) {
    std::vector<std::string_view> found;
    for (std::string_view rest = text.reveal(); !rest.empty();) {
        found.push_back(rest.substr(0, rest.find(',')));
        rest.remove_prefix(std::min(found.back().size() + 1, rest.size()));
    }
    return found;
}

Error refuse_entry(const std::string& why) { return Error(errors::configuration, why); }

Result<> check_secret(std::string_view id, std::string_view secret) {
    if (id.empty()) return refuse_entry("it has no id");
    if (secret.size() >= shortest_secret) return {};
    return refuse_entry("the secret of '" + std::string(id) +
                        "' is shorter than 16 characters: make one with `openssl rand -hex 32`");
}

std::vector<Error> check(const ClientSettings& client) {
    if (auto checked = check_secret(client.id, client.secret.reveal()); !checked) return {checked.error()};
    return {};
}

}  // namespace

const Section& client_section() {
    static const Section section = make_list_section<ClientSettings, check>(
        "client", "A client with a secret, as in `clients`, in a table of its own.", client_settings);
    return section;
}

Result<> Clients::add(std::string_view id, std::string_view secret) {
    if (auto checked = check_secret(id, secret); !checked)
        return refuse_entry("clients: " + std::string(checked.error().detail()));
    if (!digests_.emplace(id, crypto::sha256(secret)).second)
        return refuse_entry("clients: '" + std::string(id) + "' stands there twice");
    return {};
}

Result<Clients> Clients::parse(const Secret& text, std::span<const ClientSettings> tables) {
    Clients clients;
    for (const std::string_view entry : entries(text)) {
        const std::size_t colon = entry.find(':');
        if (colon == entry.npos || colon == 0) return refuse_entry("clients: each is written as id:secret");
        if (auto added = clients.add(entry.substr(0, colon), entry.substr(colon + 1)); !added)
            return std::move(added).error();
    }
    for (const ClientSettings& client : tables)
        if (auto added = clients.add(client.id, client.secret.reveal()); !added) return std::move(added).error();
    return clients;
}

std::optional<std::string_view> Clients::digest_of(std::string_view id) const {
    const auto found = digests_.find(id);
    if (found == digests_.end()) return std::nullopt;
    return found->second;
}

std::vector<WeakClient> weak_clients(const Secret& text, std::span<const ClientSettings> tables) {
    std::vector<WeakClient> weak;
    const auto look_at = [&](std::string_view id, const Secret& secret) {
        if (auto weakness = weakness_of_secret(secret, client_secret_bits); !weakness.empty())
            weak.push_back({std::string(id), std::move(weakness)});
    };
    for (const std::string_view entry : entries(text)) {
        const std::size_t colon = entry.find(':');
        // Without a ':' nobody knows whether it is an id or a secret, so it is not repeated. parse() refuses it.
        if (colon != entry.npos) look_at(entry.substr(0, colon), Secret(entry.substr(colon + 1)));
    }
    for (const ClientSettings& client : tables) look_at(client.id, client.secret);
    return weak;
}

}  // namespace keyhold::domain
