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

// Two hashes with equal Work take the same time, but for the length of the password in the sha-crypts. Ordered, so that
// it can be a key of a map.
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

// What a stored text may ask for: as much as this server computes (Limits), or as much as its format has numbers for
// and time_of() can say, so that whoever is refused can be told how long it would take.
enum class Bounds : std::uint8_t { ours, of_the_format };

// In what a kind's speed is measured: key schedules, KiB written, blocks of 128 bytes mixed, iterations, blocks hashed.
double units(const Work& work, std::size_t password_size);

// A stored text of this cost that no password opens.
std::string sample_of(const Work& work);

// How fast this machine is. Any thread.
// MeasuredSpeeds has the real ones; tests have their own, so that they do not depend on the machine.
class HashSpeeds {
public:
    virtual ~HashSpeeds() = default;
    // May measure, and so take some milliseconds, when it is asked for a kind for the first time.
    virtual double nanoseconds_per_unit(Work::Kind kind) = 0;

    // Of one core that does nothing else.
    std::chrono::nanoseconds time_of(const Work& work, std::size_t password_size) {
        return std::chrono::nanoseconds(
            static_cast<std::int64_t>(units(work, password_size) * nanoseconds_per_unit(work.kind)));
    }
};

}  // namespace keyhold::crypto
