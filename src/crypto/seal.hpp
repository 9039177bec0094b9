// SPDX-License-Identifier: Apache-2.0
// Secrets at rest: sealed with AES-256-GCM (NIST SP 800-38D) under a key that comes from a file or a passphrase.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"

namespace keyhold::crypto {

// How dear a guess at a passphrase is (RFC 7914 §2): about 128 * r * 2^log2_n bytes of memory, p times over.
struct ScryptCost {
    std::uint64_t log2_n;
    std::uint64_t r;
    std::uint64_t p;
};

// Any thread.
// What is sealed cannot be read or changed without the key. That an old sealed text is put back cannot be seen here:
// `associated` may hold what makes it stand out.
class SealingKey {
public:
    // The 32 bytes themselves. Throws std::invalid_argument for another number of them.
    explicit SealingKey(Secret key);

    // HKDF with SHA-256 and no salt (RFC 5869). `material` is as good as random; `purpose` keeps keys apart that come
    // from the same material.
    static SealingKey from_material(std::string_view material, std::string_view purpose);

    // scrypt (RFC 7914). Takes as long and as much memory as `cost` says. Throws std::runtime_error for a cost that
    // RFC 7914 §2 does not allow.
    static SealingKey from_passphrase(std::string_view passphrase, std::string_view salt, const ScryptCost& cost);

    // nonce (12 bytes, random) || ciphertext || tag (16 bytes). `associated` is not in it, and must be the same when it
    // is opened. One key may seal about 2^32 texts (SP 800-38D §8.3).
    std::string seal(std::string_view text, std::string_view associated, Random& random) const;

    // Empty if this key did not seal it together with `associated`, or somebody changed it.
    std::optional<Secret> open(std::string_view sealed, std::string_view associated) const;

private:
    Secret key_;
};

}  // namespace keyhold::crypto
