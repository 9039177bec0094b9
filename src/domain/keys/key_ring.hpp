// SPDX-License-Identifier: Apache-2.0
// The signing keys of our own and what is done with them. Several processes may do it at once: each change is made of
// the keys that were read, and of those alone (store::KeyStore::replace).
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "domain/keys/key_life.hpp"
#include "domain/keys/key_sealer.hpp"
#include "jose/key.hpp"

namespace keyhold::domain {

struct KeyRules {
    const jose::Algorithm* algorithm = nullptr;    // of keys that are made; null: the last one's, ES256 for the first
    std::chrono::seconds token_lifetime{30 * 60};  // of every token under these keys
    std::chrono::days rotation{90};                // after so long a key gets a successor; 0: never
    std::chrono::seconds jwks_max_age{300};        // others may keep the set of public keys so long
};

// When a new key signs.
enum class Begins {
    published,  // when all who verify have had the time to fetch it (key_life.hpp)
    at_once,    // for emergencies: whoever keeps public keys refuses its tokens until he fetches them again
};

// Any thread.
class KeyRing {
public:
    KeyRing(store::KeyStore& store, KeySealer sealer, const Clock& clock, Random& random, KeyRules rules);

    // As the store has them, sealed. Throws Unavailable; so do those that follow.
    Keys list() { return store_.all(); }

    // A key as it signs and verifies. Empty if it was sealed under something else than we have.
    std::optional<jose::Key> open(const StoredKey& key);

    // Sees to it that some key signs: makes the first one, or takes `found` for it. Also that the last one is of the
    // algorithm that the rules name. True if one was made or taken.
    bool begin(std::optional<jose::Key> found = {});

    // A successor of the last key. Refused: key_conflict, if there is one already that waits for its time.
    Result<StoredKey> rotate(Begins begins);

    // The same with a key from elsewhere; its own kid stays. Refused: key_conflict, if the kid is known;
    // key_malformed for a secret, for a key without a private half, for a kid that is over-long or has controls.
    Result<StoredKey> import_key(const jose::Key& key, Begins begins);

    // No longer signs once its successor does, and verifies until its last token ran out. A key that waits for its time
    // is withdrawn. Refused: key_not_found; key_conflict, if it is the only one that signs, or is dropped.
    Result<StoredKey> retire(std::string_view kid);

    // At once neither signs nor verifies; nothing but the name is kept. If it signed, its successor signs at once, and
    // is made if there is none. Refused: key_not_found.
    struct Dropped {
        StoredKey key;
        std::optional<StoredKey> signs_instead;
    };
    Result<Dropped> drop(std::string_view kid);

    // Once a minute: a successor for a key that is old enough, and what was over long ago is deleted.
    void look_after();

private:
    // `change` gets the keys, changes them and returns a Result; it may run several times. What it refuses is
    // returned, and nothing is written.
    template <class Change>
    auto change(Change change);
    // Sealed for the store; a key without a kid is named by its thumbprint (RFC 7638).
    StoredKey stored(const jose::Key& key, Time signs_from);
    // A new key of the algorithm that the rules name; without one, of the last signer's, or ES256.
    StoredKey make(const Keys& keys, Begins begins);
    Time begin_of(Begins begins) const;

    store::KeyStore& store_;
    const Clock& clock_;
    Random& random_;
    KeyRules rules_;
    std::mutex mutex_;  // of the sealer
    KeySealer sealer_;
};

}  // namespace keyhold::domain
