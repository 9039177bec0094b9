// SPDX-License-Identifier: Apache-2.0
// The password hash formats: every one is a row of this table, and nobody else looks at a stored hash's prefix.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "crypto/bcrypt/bcrypt.hpp"
#include "crypto/hash_work.hpp"
#include "crypto/memory_budget.hpp"

namespace keyhold::crypto {

// What it costs somebody who holds the hash to try a password. Kinds are ordered by what a graphics card
// gains: much on iterated digests, little on bcrypt's 4 KiB of state, least on megabytes.
struct Strength {
    enum class Kind : std::uint8_t { iterated_digest, bcrypt, memory_hard };
    Kind kind = Kind::iterated_digest;
    std::uint64_t memory = 0;  // KiB; 0 unless memory_hard
    std::uint64_t passes = 0;  // over the memory; key schedules; iterations
    bool outdated = false;     // the format has a successor that repairs it

    // Whether a hash of `wanted` is at least as strong in every respect, and stronger in one.
    bool is_below(const Strength& wanted) const {
        if (kind != wanted.kind) return kind < wanted.kind;
        return memory <= wanted.memory && passes <= wanted.passes &&
               (memory < wanted.memory || passes < wanted.passes || (outdated && !wanted.outdated));
    }
};

// OWASP's least memory (Password Storage Cheat Sheet, Argon2id m=7168): with less, a format that could be memory-hard
// counts as an iterated digest.
constexpr Strength memory_strength(std::uint64_t kib, std::uint64_t passes) {
    return {kib >= 7168 ? Strength::Kind::memory_hard : Strength::Kind::iterated_digest, kib, passes, false};
}

// The most that one stored hash may ask for: whoever can write a row of the database must not be able to stop the
// server with it. The numbers keep sums from overflowing and are several times what the formats' own libraries write
// today; what counts is the time, on the machine that would have to compute it.
struct Limits {
    static constexpr std::chrono::milliseconds time{1'000};  // of one core, unless our own hashes take longer
    static constexpr std::size_t usual_password = 32;        // bytes, where none is at hand
    static constexpr std::uint64_t memory = 128 * 1024;      // KiB; passlib and Django write 100 MiB
    static constexpr std::uint64_t memory_passes = 4ULL * 1024 * 1024;  // KiB times passes: about 3 s
    static constexpr std::uint64_t lanes = 64;                          // Argon2's; argon2-cffi wrote 8 until 2021
    static constexpr std::uint64_t pbkdf2_iterations = 5'000'000;       // Django 5 writes 1,000,000
    static constexpr std::uint64_t sha_crypt_rounds = 2'000'000;        // passlib writes 656,000
    static constexpr std::size_t text = 1024;                           // bytes of a stored hash
};

constexpr std::uint64_t most(Bounds bounds, std::uint64_t ours, std::uint64_t of_the_format) {
    return bounds == Bounds::ours ? ours : of_the_format;
}

// What the rows compute with.
// Referred to by whoever computes; both outlive it.
struct PasswordTools {
    bcrypt::Backend& bcrypt;
    MemoryBudget& memory;  // of at least Limits::memory
};

// What is written for an application that reads a format: our own hashes, which have settings of their own, hashes as
// they are found there (written_hash.hpp), or nothing.
enum class NewHashes : std::uint8_t { as_found, bcrypt, argon2id, none };

struct PasswordFormat {
    std::string_view name;    // "bcrypt", "django_pbkdf2_sha256" ... as `keyhold hash identify` shows it
    std::string_view prefix;  // how a stored text of this format begins
    NewHashes new_hashes;
    // Empty for a text that is not well formed or asks for more than Limits (bcrypt: max_cost).
    std::optional<Strength> (*parse)(std::string_view stored);
    // What verify() will compute; empty where parse() is.
    std::optional<Work> (*work)(std::string_view stored);
    // The same, and what verify() will not compute, as it is more than Limits; empty for a text that is not well
    // formed.
    std::optional<Work> (*asked)(std::string_view stored);
    // False for a text that parse() refuses. `password` holds no NUL. Compares in constant time.
    bool (*verify)(std::string_view password, std::string_view stored, PasswordTools& tools);
};

std::span<const PasswordFormat> password_formats();

// The row whose prefix `stored` has; null if there is none, or `stored` is longer than Limits::text. Says nothing about
// the rest of the text.
const PasswordFormat* find_password_format(std::string_view stored);

}  // namespace keyhold::crypto
