// SPDX-License-Identifier: Apache-2.0
// PBKDF2 (RFC 8018 §5.2) as Django, passlib and Werkzeug write it.
#pragma once

#include <openssl/evp.h>

#include <optional>
#include <string>
#include <string_view>

#include "crypto/password_formats.hpp"

namespace keyhold::crypto::formats {

struct Pbkdf2 {
    const EVP_MD* digest = nullptr;
    Work::Kind kind{};
    int iterations = 0;  // 1 to Limits::pbkdf2_iterations
    std::string salt;
    std::string hash;  // as long as the digest
};

std::optional<Pbkdf2> parse_django_pbkdf2(std::string_view stored);    // pbkdf2_sha256$600000$salt$base64=
std::optional<Pbkdf2> parse_passlib_pbkdf2(std::string_view stored);   // $pbkdf2-sha256$29000$salt$hash
std::optional<Pbkdf2> parse_werkzeug_pbkdf2(std::string_view stored);  // pbkdf2:sha256:260000$salt$hexadecimal

Strength strength(const Pbkdf2& hash);
Work work(const Pbkdf2& hash);
bool verify(std::string_view password, const Pbkdf2& hash, PasswordTools& tools);

}  // namespace keyhold::crypto::formats
