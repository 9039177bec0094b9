// SPDX-License-Identifier: Apache-2.0
// "Unix crypt using SHA-256 and SHA-512" (Drepper, version 0.6): $5$ and $6$ of crypt(5), by libxcrypt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/password_formats.hpp"

namespace keyhold::crypto::formats {

// 5000 rounds are the default of the specification where the text names none.
struct ShaCrypt {
    std::uint64_t rounds = 5000;  // 1,000 to Limits::sha_crypt_rounds
    std::string text;
};

// $5$[rounds=535000$]salt$hash: up to 16 letters of salt and 43 ($6$: 86) of hash.
std::optional<ShaCrypt> read_sha_crypt(std::string_view stored, Bounds bounds);

Strength strength(const ShaCrypt& hash);
Work work(const ShaCrypt& hash);
// False for passwords over 511 bytes, which crypt_r does not take.
bool verify(std::string_view password, const ShaCrypt& hash, PasswordTools& tools);

}  // namespace keyhold::crypto::formats
