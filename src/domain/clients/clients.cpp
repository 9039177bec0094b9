// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/clients.hpp"

#include <algorithm>
#include <set>

#include "crypto/digest.hpp"
#include "domain/passwords/secret_strength.hpp"

namespace keyhold::domain {

namespace {

std::vector<std::string_view> entries(const Secret& text) {
    std::vector<std::string_view> found;
    for (std::string_view rest = text.reveal(); !rest.empty();) {
        found.push_back(rest.substr(0, rest.find(',')));
        rest.remove_prefix(std::min(found.back().size() + 1, rest.size()));
    }
    return found;
}

Error refuse_entry(const std::string& why) { return Error(errors::configuration, why); }

}  // namespace

Result<> Clients::add(std::string_view id, std::string_view secret) {
    if (auto checked = check_client_secret(id, secret); !checked)
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
    // Whoever shows an id is to be one of them alone, and no table brings the row of another to something else.
    std::set<std::string_view> registered;
    for (const ClientSettings& client : tables) {
        if (!client.is_registered()) {
            if (auto added = clients.add(client.id, client.secret.reveal()); !added) return std::move(added).error();
        } else if (!registered.insert(client.id).second) {
            return refuse_entry("clients: '" + client.id + "' stands there twice");
        }
    }
    for (const std::string_view id : registered)
        if (clients.digest_of(id)) return refuse_entry("clients: '" + std::string(id) + "' stands there twice");
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
    for (const ClientSettings& client : tables)
        if (!client.secret.empty()) look_at(client.id, client.secret);
    return weak;
}

}  // namespace keyhold::domain
