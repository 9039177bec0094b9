// SPDX-License-Identifier: Apache-2.0
#include "domain/clients.hpp"

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/equal.hpp"
#include "domain/secret_strength.hpp"

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

}  // namespace

Result<Clients> Clients::parse(const Secret& text) {
    const auto refuse = [](const std::string& why) { return Error(errors::configuration, "clients: " + why); };
    Clients clients;
    for (const std::string_view entry : entries(text)) {
        const std::size_t colon = entry.find(':');
        if (colon == entry.npos || colon == 0) return refuse("each is written as id:secret");
        const std::string id(entry.substr(0, colon));
        const std::string_view secret = entry.substr(colon + 1);
        if (secret.size() < shortest_secret)
            return refuse("the secret of '" + id +
                          "' is shorter than 16 characters: make one with `openssl rand -hex 32`");
        if (!clients.digests_.emplace(id, crypto::sha256(secret)).second)
            return refuse("'" + id + "' stands there twice");
    }
    return clients;
}

bool Clients::authenticate(std::string_view id, const Secret& secret) const {
    static const std::string nothing(32, '\0');  // no secret of ours has this digest
    const auto found = digests_.find(id);
    return crypto::equal(crypto::sha256(secret.reveal()), found != digests_.end() ? found->second : nothing) &&
           found != digests_.end();
}

std::optional<std::string_view> Clients::digest_of(std::string_view id) const {
    const auto found = digests_.find(id);
    if (found == digests_.end()) return std::nullopt;
    return found->second;
}

std::vector<WeakClient> weak_clients(const Secret& text) {
    std::vector<WeakClient> weak;
    for (const std::string_view entry : entries(text)) {
        const std::size_t colon = std::min(entry.find(':'), entry.size());
        const Secret secret(entry.substr(std::min(colon + 1, entry.size())));
        if (auto weakness = weakness_of_secret(secret, client_secret_bits); !weakness.empty())
            weak.push_back({std::string(entry.substr(0, colon)), std::move(weakness)});
    }
    return weak;
}

}  // namespace keyhold::domain
