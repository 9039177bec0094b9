// SPDX-License-Identifier: Apache-2.0
// The one pathway for what a client proves itself by, whatever it wants: what proves nothing is counted and locked as
// wrong passwords are (throttle.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/replaceable.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/clients/clients.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/passwords/throttle.hpp"

namespace keyhold::domain {

// Any thread.
class ClientAuthentication {
public:
    // All must outlive it. `registered` are the clients that are rows; null: there are none. Those of the setting come
    // first.
    ClientAuthentication(const Replaceable<Clients>& clients, Throttle& throttle,
                         const RegisteredClients* registered = nullptr)
        : clients_(clients), throttle_(throttle), registered_(registered) {}

    // From now on a client that has proved its secret lately, where no failure was counted against it since, does so
    // again without a look into the database. Before the first request; for a process that follows changes. Both must
    // outlive it.
    void remember(Liveness& liveness, const Clock& clock);

    // Refused: invalid_client; too_many_attempts, right or wrong. A right secret is looked up in memory or the
    // database; a wrong one waits for the disk. On an I/O thread whatever would wait throws WouldWait
    // (base/waiting.hpp).
    Result<> authenticate(std::string_view id, const Secret& secret, std::string_view address);

    // The same for an assertion under a key of the client's, after a look at it (client_assertions.hpp). `id` is whom
    // it names; empty: nobody.
    Result<> settle_assertion(std::string_view id, ClientSecret assertion, std::string_view address);

    // Whether a client of that id has to prove who it is, by a secret or a key. Asks the database for those that are
    // rows.
    bool has_proof(std::string_view id) const;

    // Whether the operator named it in the setting `clients`, so that it may ask about every token.
    bool is_in_settings(std::string_view id) const { return clients_.get().digest_of(id).has_value(); }

private:
    struct Proof {
        std::string digest;  // SHA-256 of its secret, or of its keys or of where they are: 32 bytes
        bool is_strangers = false;
    };
    // What a client of that id proves itself by, for those with a secret and for those with keys; empty: nothing.
    std::optional<Proof> proof_of(std::string_view id) const;
    std::optional<Proof> proof_of_keys(std::string_view id) const;
    // The attempt of a client whose proof was compared already: counted, and refused where it is locked.
    Result<> settle(std::string_view id, const std::optional<Proof>& proof, ClientSecret shown,
                    std::string_view address);

    // Places (digests as in known_) that found nothing counted against them, and until when that is trusted: a node of
    // an older release tells nobody of failures, while both run during an upgrade (followed_rows.hpp).
    struct Clear {
        std::mutex mutex;  // of what follows
        std::map<std::string, Time, std::less<>> until;
        std::uint64_t moment = 0;  // another number after each failure
        void forget(std::string_view client_at);
    };
    bool is_clear(const std::string& client_at);
    std::uint64_t moment_of_clear();
    // Nothing is remembered where a failure came since `moment`.
    void remember_clear(const std::string& client_at, std::uint64_t moment);

    const Replaceable<Clients>& clients_;
    Throttle& throttle_;
    const RegisteredClients* const registered_;
    std::mutex mutex_;
    // Addresses from which a client has proved the secret or the keys that it has now: strangers do not lock those out.
    // In this process alone; digests of client, secret and address. Who registers clients himself proves as many
    // secrets as he likes: they push out none of the operator's clients.
    std::set<std::string> known_, known_of_strangers_;
    Liveness* liveness_ = nullptr;  // null: nothing is clear without a look
    const Clock* clock_ = nullptr;
    // Shared with the callback, which lives as long as the Liveness.
    const std::shared_ptr<Clear> clear_ = std::make_shared<Clear>();
};

}  // namespace keyhold::domain
