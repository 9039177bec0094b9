// SPDX-License-Identifier: Apache-2.0
// PBKDF2 (RFC 8018 §5.2) as Django, passlib and Werkzeug write it.
#pragma once

#include <openssl/evp.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto::formats {

// `salt` is the bytes that are hashed, whatever letters they were written in.
struct Pbkdf2 {
    const EVP_MD* digest = nullptr;
    Work::Kind kind{};
    int iterations = 0;  // 1 to Limits::pbkdf2_iterations
    std::string salt;
    std::string hash;  // as long as the digest
};

std::optional<Pbkdf2> read_django_pbkdf2(std::string_view stored, Bounds bounds);   // pbkdf2_sha256$600000$salt$base64=
std::optional<Pbkdf2> read_passlib_pbkdf2(std::string_view stored, Bounds bounds);  // $pbkdf2-sha256$29000$salt$hash
std::optional<Pbkdf2> read_werkzeug_pbkdf2(std::string_view stored,
                                           Bounds bounds);  // pbkdf2:sha256:260000$salt$hexadecimal

// The same within the bounds of what this server computes: a hash with higher costs is refused.
inline std::optional<Pbkdf2> parse_django_pbkdf2(std::string_view stored) {
    return read_django_pbkdf2(stored, Bounds::ours);
}
inline std::optional<Pbkdf2> parse_passlib_pbkdf2(std::string_view stored) {
    return read_passlib_pbkdf2(stored, Bounds::ours);
}
inline std::optional<Pbkdf2> parse_werkzeug_pbkdf2(std::string_view stored) {
    return read_werkzeug_pbkdf2(stored, Bounds::ours);
}

Strength strength(const Pbkdf2& hash);
Work work(const Pbkdf2& hash);
bool verify(std::string_view password, const Pbkdf2& hash, PasswordTools& tools);

// The bytes that a password gives with this salt and these iterations, as many as hash.hash has.
Secret derive(std::string_view password, const Pbkdf2& hash);

}  // namespace keyhold::crypto::formats
