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
#include "domain/clients/registered_clients.hpp"
#include "jose/jws.hpp"

namespace keyhold::domain {

// A JWK Set (RFC 7517 §5) of at most ten keys of pairs, RSA of at most 4096 bits: whoever registers a client has us
// check them. A private half among them is refused, as is a set that JOSE refuses: validation_failed.
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
    // Whether one of them made the signature. Those at a jwks_uri are fetched again where none of the known did.
    bool have_signed(const jose::Compact& text, const RegisteredClient& client);

private:
    struct Entry {
        std::string source;  // the URI, or the keys themselves
        std::shared_ptr<const jose::KeySet> keys;
        Time asked_at{};
    };
    // Clients that registered themselves are as many as strangers like, with keys wherever strangers like: what they
    // take of these is their own, so that no client of the operator's has to do without.
    struct Share {
        std::map<std::string, Entry, std::less<>> entries;  // by client
        int fetching = 0;
    };
    Share& share_of(const RegisteredClient& client) { return client.registered_itself() ? strangers_ : operators_; }
    Entry& entry_of(const RegisteredClient& client, const std::string& source);  // under mutex_
    std::shared_ptr<const jose::KeySet> registered_with(const RegisteredClient& client);
    bool begin_fetch(const RegisteredClient& client, Look look, std::shared_ptr<const jose::KeySet>& known);

    const Clock& clock_;
    const Fetch fetch_;
    std::mutex mutex_;  // of what follows
    Share operators_, strangers_;
};

}  // namespace keyhold::domain
