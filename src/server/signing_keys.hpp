// SPDX-License-Identifier: Apache-2.0
// Which keys sign and verify, by the settings: the SECRET_KEY, keys of our own, or the latter while tokens of the
// former are still about.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "domain/keys/id_tokens.hpp"
#include "domain/keys/key_sealer.hpp"
#include "domain/keys/signing_keys.hpp"
#include "server/settings/settings.hpp"
#include "store/stores.hpp"

namespace keyhold::server {

// Whether tokens are signed by SECRET_KEY: there is one, and `algorithm` is an HMAC's. With an algorithm of another
// kind keys of our own sign, and the secret only verifies: the way from HS256 to ES256 without logging anybody out.
bool secret_signs(const Settings& settings);

// Refused: configuration, for an algorithm that has no row.
Result<> check_algorithm(const Settings& settings);

// The rings of our own keys.
struct OwnKeys {
    OwnKeys(store::KeyStore& store, domain::KeySealer sealer, const Clock& clock, Random& random,
            domain::KeyRules rules)
        : ring(store, std::move(sealer), clock, random, rules) {}
    domain::KeyRing ring;
    std::vector<std::unique_ptr<domain::IdTokenRing>> of_id_tokens = {};  // one for each algorithm (id_tokens.hpp)
    bool made_now = false;                                                // the first key, by this call
};

// Makes the first key where there is none, and the key file where `make` allows it. Refused: not_found, if there is no
// key file; configuration, if one is missing that keys were sealed under, or it is readable by others or another one.
// Throws Unavailable.
Result<std::unique_ptr<OwnKeys>> open_own_keys(const Settings& settings, const store::Stores& stores,
                                               const Clock& clock, Random& random,
                                               store::Make make = store::Make::nothing);

// Makes what seals the signing key of the event log. It is sealed like keys of our own; where SECRET_KEY signs, under
// SECRET_KEY. Refused and thrown: as above.
Result<domain::KeySealer> open_event_sealer(const Settings& settings, const store::Stores& stores, Random& random,
                                            store::Make make = store::Make::nothing);

// Finds what would keep a server from starting with its keys, without making any key. Refused and thrown: as above.
Result<> check_keys(const Settings& settings, const store::Stores& stores, const Clock& clock, Random& random);

// Whether SECRET_KEY can be a key at all; good if there is none. Refused: key_malformed, key_weak.
Result<> check_secret(const Settings& settings);

// `keys` refers into `own`, so that one goes first.
struct SigningKeys {
    std::unique_ptr<OwnKeys> own;  // null where SECRET_KEY signs
    std::unique_ptr<domain::SigningKeys> keys;

    std::vector<domain::IdTokenRing*> rings_of_id_tokens() const;  // none where SECRET_KEY signs
};

// Opens the keys that a server signs with, and makes the first one if there is none. Refused and thrown: as above.
Result<SigningKeys> open_signing_keys(const Settings& settings, const store::Stores& stores, const Clock& clock,
                                      Random& random, domain::SigningKeys::Trouble trouble,
                                      store::Make make = store::Make::nothing);

// Why this secret must not be used in production, in one line that names the fix; empty if it is good. `name` is what
// the setting is called where it stands.
std::string problem_with_secret(const Settings& settings, std::string_view name = "SECRET_KEY");

// What this installation keeps secret outside of the database: SECRET_KEY or the content of the key file, and the
// passphrase behind it. Empty if there is none of them, as before the first key is made.
Secret secret_outside_of_the_database(const Settings& settings);

}  // namespace keyhold::server
