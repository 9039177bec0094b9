// The PasswordHasher that the server runs: the format table over a bcrypt backend.
#pragma once

#include <cstdint>
#include <memory>

#include "base/random.hpp"
#include "crypto/bcrypt/bcrypt.hpp"
#include "crypto/password.hpp"

namespace keyhold::crypto {

// What hash() writes; verify() reads every row of password_formats().
enum class PasswordScheme : std::uint8_t { bcrypt, argon2id };

struct PasswordSettings {
    PasswordScheme scheme = PasswordScheme::bcrypt;
    int bcrypt_cost = 12;                    // bcrypt::min_cost to bcrypt::max_cost
    std::uint64_t argon2_memory = 19456;     // KiB, at least 7168; OWASP's choice, as the next one
    std::uint64_t argon2_passes = 2;         // memory times passes is bounded by Limits
    std::size_t memory_budget = 256 * 1024;  // KiB that all Argon2 and scrypt hashes together may hold: others wait
};

// Throws std::invalid_argument for settings outside their bounds. `engine` and `random` must outlive the hasher.
// Its functions block as long as engine.compute() does, and so only their caller's thread.
std::unique_ptr<PasswordHasher> make_password_hasher(const PasswordSettings& settings, bcrypt::Backend& engine,
                                                     Random& random);

}  // namespace keyhold::crypto
