// SPDX-License-Identifier: Apache-2.0
// scrypt (RFC 7914) as passlib and Werkzeug write it, and Firebase's variation of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto::formats {

// n, r and p are RFC 7914's cost, block size and parallelization.
struct Scrypt {
    std::uint64_t n = 0;  // a power of two
    std::uint64_t r = 0;
    std::uint64_t p = 0;
    std::string salt;
    std::string hash;        // 32 bytes (passlib) or 64
    std::string signer_key;  // Firebase: `hash` is this key encrypted with what scrypt gives; else empty
};

std::optional<Scrypt> read_passlib_scrypt(std::string_view stored, Bounds bounds);  // $scrypt$ln=16,r=8,p=1$salt$hash
std::optional<Scrypt> read_werkzeug_scrypt(std::string_view stored,
                                           Bounds bounds);  // scrypt:32768:8:1$salt$hexadecimal

// $firescrypt$ln=14,r=8,p=1$salt$hash$salt_separator$signer_key, everything in base64 as Firebase exports it
// (mem_cost is ln, rounds is r); the spelling is Ory Kratos's.
std::optional<Scrypt> read_firebase_scrypt(std::string_view stored, Bounds bounds);

// The same within the bounds of what this server computes: a hash with higher costs is refused.
inline std::optional<Scrypt> parse_passlib_scrypt(std::string_view stored) {
    return read_passlib_scrypt(stored, Bounds::ours);
}
inline std::optional<Scrypt> parse_werkzeug_scrypt(std::string_view stored) {
    return read_werkzeug_scrypt(stored, Bounds::ours);
}

Strength strength(const Scrypt& hash);
Work work(const Scrypt& hash);
// Takes 128 * n * r bytes, and waits for them where other hashes hold the memory.
bool verify(std::string_view password, const Scrypt& hash, PasswordTools& tools);

// The bytes that a password gives with this salt and these numbers, as many as hash.hash has; not Firebase's.
Secret derive(std::string_view password, const Scrypt& hash, PasswordTools& tools);

}  // namespace keyhold::crypto::formats
