// SPDX-License-Identifier: Apache-2.0
// The one pathway for a client's secret, whatever it wants: guesses are counted and locked as those of passwords are
// (throttle.hpp).
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/replaceable.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/clients.hpp"
#include "domain/throttle.hpp"
#include "store/client_store.hpp"

namespace keyhold::domain {

class ClientAuthentication {
public:
    // All must outlive it. `stored` are the clients that are rows; null: there are none. Those of the setting come
    // first.
    ClientAuthentication(const Replaceable<Clients>& clients, Throttle& throttle, store::ClientStore* stored = nullptr)
        : clients_(clients), throttle_(throttle), stored_(stored) {}

    // Refused: invalid_client; too_many_attempts, right or wrong. Costs a look-up in the database, and a wrong secret a
    // wait for the disk: not for an I/O thread.
    Result<> authenticate(std::string_view id, const Secret& secret, std::string_view address);

    // Whether a client of that id has to prove who it is, by a secret or a key. Asks the database for those that are
    // rows.
    bool has_proof(std::string_view id) const;

    // Whether the operator named it in the setting `clients`, so that it may ask about every token.
    bool is_in_settings(std::string_view id) const { return clients_.get().digest_of(id).has_value(); }

private:
    // SHA-256 of its secret, 32 bytes.
    std::optional<std::string> digest_of(std::string_view id) const;

    const Replaceable<Clients>& clients_;
    Throttle& throttle_;
    store::ClientStore* const stored_;
    std::mutex mutex_;
    // Addresses from which a client has proved the secret that it has now: strangers do not lock those out. In this
    // process alone; digests of client, secret and address.
    std::set<std::string> known_;
};

}  // namespace keyhold::domain
