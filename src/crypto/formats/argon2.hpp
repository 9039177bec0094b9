// SPDX-License-Identifier: Apache-2.0
// Argon2id and Argon2i (RFC 9106) in the text form of its reference implementation.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto::formats {

struct Argon2 {
    std::uint64_t memory = 0;  // KiB
    std::uint64_t passes = 0;
    std::uint64_t lanes = 0;
    std::string text;
};

// $argon2id$v=19$m=19456,t=2,p=1$salt$hash. Version 16 (before 2016) is refused: libsodium does not compute it.
std::optional<Argon2> parse_argon2(std::string_view stored);

Strength strength(const Argon2& hash);
Work work(const Argon2& hash);
bool verify(std::string_view password, const Argon2& hash, PasswordTools& tools);

// A new Argon2id hash of one lane. `memory` in KiB, at least 8.
std::string hash_argon2id(std::string_view password, std::uint64_t memory, std::uint64_t passes, Random& random,
                          PasswordTools& tools);

}  // namespace keyhold::crypto::formats
