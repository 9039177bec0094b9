// SPDX-License-Identifier: Apache-2.0
// First-party clients: resource servers of our own that may ask about tokens (RFC 7662) and take them back (RFC 7009).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/clients/client_settings.hpp"

namespace keyhold::domain {

// Read-only once it is filled: any thread.
class Clients {
public:
    // "id:secret,id:secret", and the resource servers that stand in tables of their own. Refused: configuration, for an
    // entry without a ':', an empty id, an id twice, or a secret of less than 16 characters: nobody types it.
    static Result<Clients> parse(const Secret& text, std::span<const ClientSettings> tables = {});

    // The SHA-256 of a client's secret; empty if there is no such client.
    std::optional<std::string_view> digest_of(std::string_view id) const;

private:
    Result<> add(std::string_view id, std::string_view secret);
    std::map<std::string, std::string, std::less<>> digests_;  // SHA-256 of the secrets, by id
};

// A client whose secret is known to others or easy to guess (secret_strength.hpp).
struct WeakClient {
    std::string id;
    std::string weakness;
};
std::vector<WeakClient> weak_clients(const Secret& text, std::span<const ClientSettings> tables);

}  // namespace keyhold::domain
