// SPDX-License-Identifier: Apache-2.0
// The PasswordHasher that the server runs: the format table over a bcrypt backend.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/random.hpp"
#include "crypto/bcrypt/bcrypt.hpp"
#include "crypto/hash_work.hpp"
#include "crypto/measured_speeds.hpp"
#include "crypto/password.hpp"
#include "crypto/written_hash.hpp"

namespace keyhold::crypto {

// What hash() writes; verify() reads every row of password_formats().
enum class PasswordScheme : std::uint8_t { bcrypt, argon2id, written };

// Checked by make_password_hasher(). The functions may be called on any hashing thread, several at once.
struct PasswordSettings {
    PasswordScheme scheme = PasswordScheme::bcrypt;
    int bcrypt_cost = 12;                     // bcrypt::min_cost to bcrypt::max_cost
    std::uint64_t argon2_memory = 19456;      // KiB, at least 7168; OWASP's choice, as the next one
    std::uint64_t argon2_passes = 2;          // memory times passes is bounded by Limits
    std::uint64_t argon2_lanes = 1;           // at most 64
    std::optional<WrittenHash> written = {};  // with PasswordScheme::written
    std::size_t memory_budget = 256 * 1024;   // KiB that all Argon2 and scrypt hashes together may hold: others wait
    // Asked on the thread that hashes for the token that says whether anybody still waits.
    std::function<std::stop_token()> gone = [] { return std::stop_token(); };
    // Hears of a stored hash that was not computed because it would take too long; once a minute at most.
    std::function<void(std::string_view)> warn = [](std::string_view) {};
    std::function<std::chrono::nanoseconds()> thread_time = crypto::thread_time;  // tests have their own
};

// Throws std::invalid_argument for settings outside their bounds, or without what their scheme needs. `engine`,
// `random` and `speeds` must outlive the hasher. Its functions block as long as engine.compute() does, and so only
// their caller's thread.
std::unique_ptr<PasswordHasher> make_password_hasher(const PasswordSettings& settings, bcrypt::Backend& engine,
                                                     Random& random, HashSpeeds& speeds);

// Why no password will ever open `stored` on this machine, as a sentence without any of it; empty if one may. `least`
// is a time that is allowed in any case: what a hash of our own takes.
std::string why_refused(std::string_view stored, HashSpeeds& speeds, std::chrono::nanoseconds least = {});

}  // namespace keyhold::crypto
