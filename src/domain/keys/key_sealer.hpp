// SPDX-License-Identifier: Apache-2.0
// How private keys lie in the database: sealed under a key file or a passphrase, so that the database alone, or a
// backup of it, signs nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/seal.hpp"

namespace keyhold::domain {

// One thread at a time.
class KeySealer {
public:
    // What there is to seal with; both where a passphrase took the place of a file whose keys are still in use.
    struct Material {
        Secret file;        // the whole content; empty: there is none
        Secret passphrase;  // empty: there is none
    };
    explicit KeySealer(Material material) : material_(std::move(material)) {}

    // A text for the database that opens together with `kid` alone. Under the passphrase if there is one: the first
    // call then takes a quarter of a second and 32 MiB. Throws std::logic_error without any material.
    std::string seal(const Secret& jwk, std::string_view kid, Random& random);

    // Empty if it was sealed under something else, or is no text of seal().
    std::optional<Secret> open(std::string_view sealed, std::string_view kid);

private:
    const crypto::SealingKey* under_passphrase(const std::string& salt, const crypto::ScryptCost& cost);

    Material material_;
    std::map<std::string, crypto::SealingKey> derived_;  // by cost and salt
    std::string salt_;                                   // that the next seal() uses; empty: a new one
};

}  // namespace keyhold::domain
