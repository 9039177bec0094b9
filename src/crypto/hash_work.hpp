// SPDX-License-Identifier: Apache-2.0
// What checking a password against a stored hash asks of the machine, as numbers: the same for every hash of one format
// and cost, whatever its salt.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

namespace keyhold::crypto {

struct Work {
    // Each is computed at a speed of its own.
    enum class Kind : std::uint8_t {
        bcrypt,         // cost
        argon2id,       // KiB, passes, lanes
        argon2i,        // the same
        scrypt,         // n, r, p (RFC 7914 §2)
        pbkdf2_sha1,    // iterations, as the next ones
        pbkdf2_sha256,  //
        pbkdf2_sha512,  //
        sha256_crypt,   // rounds
        sha512_crypt,   //
        count_,
    };
    Kind kind = Kind::bcrypt;
    std::array<std::uint64_t, 3> of{};

    auto operator<=>(const Work&) const = default;
};

// In what a kind's speed is measured: key schedules, KiB written, blocks of 128 bytes mixed, iterations, blocks hashed.
double units(const Work& work, std::size_t password_size);

// A stored text of this cost that no password opens.
std::string sample_of(const Work& work);

// How fast this machine is. Any thread.
class HashSpeeds {
public:
    virtual ~HashSpeeds() = default;
    virtual double nanoseconds_per_unit(Work::Kind kind) = 0;

    // Of one core that does nothing else.
    std::chrono::nanoseconds time_of(const Work& work, std::size_t password_size) {
        return std::chrono::nanoseconds(
            static_cast<std::int64_t>(units(work, password_size) * nanoseconds_per_unit(work.kind)));
    }
};

}  // namespace keyhold::crypto
