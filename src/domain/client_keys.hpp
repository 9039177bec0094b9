// SPDX-License-Identifier: Apache-2.0
// The public keys by which clients prove who they are: registered with them (`jwks`), or fetched from where they
// publish them (`jwks_uri`; RFC 7591 §2).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/registered_clients.hpp"
#include "jose/key.hpp"

namespace keyhold::domain {

// Keys of pairs alone. A private half among them is refused, as is a set that JOSE refuses: validation_failed.
Result<jose::KeySet> parse_client_keys(std::string_view jwks);

// Any thread.
class ClientKeys {
public:
    // `fetch` asks the client's jwks_uri and may take seconds; empty: there is no answer.
    using Fetch = std::function<std::optional<std::string>(const RegisteredClient&)>;
    ClientKeys(const Clock& clock, Fetch fetch) : clock_(clock), fetch_(std::move(fetch)) {}

    enum class Look : std::uint8_t { remembered, again };
    // Null if there are none. `again`: what is remembered did not verify, so it is fetched once more, unless it was
    // half a minute ago: whoever sends wrong assertions cannot make us ask more often.
    std::shared_ptr<const jose::KeySet> of(const RegisteredClient& client, Look look);

private:
    struct Entry {
        std::string uri;
        std::shared_ptr<const jose::KeySet> keys;
        Time asked_at{};
    };
    bool begin_fetch(const RegisteredClient& client, Look look, std::shared_ptr<const jose::KeySet>& known);

    const Clock& clock_;
    const Fetch fetch_;
    std::mutex mutex_;                                   // of what follows
    std::map<std::string, Entry, std::less<>> entries_;  // by client
    int fetching_ = 0;
};

}  // namespace keyhold::domain
