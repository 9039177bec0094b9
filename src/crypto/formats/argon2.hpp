// SPDX-License-Identifier: Apache-2.0
// Argon2id and Argon2i (RFC 9106) in the text form of its reference implementation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto::formats {

// What is asked for by m, t and p (RFC 9106 §3.1).
struct Argon2Cost {
    std::uint64_t memory = 0;  // KiB
    std::uint64_t passes = 0;
    std::uint64_t lanes = 0;
};

// `text` is the whole stored hash, as libsodium wants it for verifying.
struct Argon2 {
    Argon2Cost cost;
    std::string text;
};

// $argon2id$v=19$m=19456,t=2,p=1$salt$hash. Version 16 (before 2016) is refused: libsodium does not compute it.
std::optional<Argon2> read_argon2(std::string_view stored, Bounds bounds);

// What the row of the table asks of each format: strength(), work(), verify().
Strength strength(const Argon2& hash);
Work work(const Argon2& hash);
// Blocks while other hashes hold the memory (MemoryBudget). False where libsodium has no memory, too.
bool verify(std::string_view password, const Argon2& hash, PasswordTools& tools);

// A new Argon2id hash. At least 8 KiB for each lane. All lanes are computed by the calling thread.
std::string hash_argon2id(std::string_view password, const Argon2Cost& cost, Random& random, PasswordTools& tools);

// The Argon2id hash of this password with the cost and the salt that stand in `blank`.
// Throws std::logic_error for a blank that is none.
std::string fill_argon2id(std::string_view password, std::string_view blank, PasswordTools& tools);

}  // namespace keyhold::crypto::formats
