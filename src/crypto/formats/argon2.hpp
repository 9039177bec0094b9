// SPDX-License-Identifier: Apache-2.0
// Argon2id and Argon2i (RFC 9106) in the text form of its reference implementation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto::formats {

// `text` is the whole stored hash, as libsodium wants it for verifying.
struct Argon2 {
    std::uint64_t memory = 0;  // KiB
    std::uint64_t passes = 0;
    std::uint64_t lanes = 0;
    std::string text;
};

// $argon2id$v=19$m=19456,t=2,p=1$salt$hash. Version 16 (before 2016) is refused: libsodium does not compute it.
std::optional<Argon2> read_argon2(std::string_view stored, Bounds bounds);

// What the row of the table asks of each format: strength(), work(), verify().
Strength strength(const Argon2& hash);
Work work(const Argon2& hash);
// Blocks while other hashes hold the memory (MemoryBudget). False where libsodium has no memory, too.
bool verify(std::string_view password, const Argon2& hash, PasswordTools& tools);

// A new Argon2id hash of one lane. `memory` in KiB, at least 8.
std::string hash_argon2id(std::string_view password, std::uint64_t memory, std::uint64_t passes, Random& random,
                          PasswordTools& tools);

// The text of one lane whose memory, passes and salt stand in `blank`, with the hash of this password.
// Throws std::logic_error for a blank that is none.
std::string fill_argon2id(std::string_view password, std::string_view blank, PasswordTools& tools);

}  // namespace keyhold::crypto::formats
