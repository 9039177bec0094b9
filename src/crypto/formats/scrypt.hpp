// SPDX-License-Identifier: Apache-2.0
// scrypt (RFC 7914) as passlib and Werkzeug write it, and Firebase's variation of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crypto/password_formats.hpp"

namespace keyhold::crypto::formats {

struct Scrypt {
    std::uint64_t n = 0;  // a power of two
    std::uint64_t r = 0;
    std::uint64_t p = 0;
    std::string salt;
    std::string hash;        // 32 bytes (passlib) or 64
    std::string signer_key;  // Firebase: `hash` is this key encrypted with what scrypt gives; else empty
};

std::optional<Scrypt> parse_passlib_scrypt(std::string_view stored);   // $scrypt$ln=16,r=8,p=1$salt$hash
std::optional<Scrypt> parse_werkzeug_scrypt(std::string_view stored);  // scrypt:32768:8:1$salt$hexadecimal

// $firescrypt$ln=14,r=8,p=1$salt$hash$salt_separator$signer_key, everything in base64 as Firebase exports it
// (mem_cost is ln, rounds is r); the spelling is Ory Kratos's.
std::optional<Scrypt> parse_firebase_scrypt(std::string_view stored);

Strength strength(const Scrypt& hash);
Work work(const Scrypt& hash);
bool verify(std::string_view password, const Scrypt& hash, PasswordTools& tools);

}  // namespace keyhold::crypto::formats
