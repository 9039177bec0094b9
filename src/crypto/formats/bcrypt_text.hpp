// SPDX-License-Identifier: Apache-2.0
// bcrypt hashes as text: crypt(5)'s "$2b$12$..." and passlib's "$bcrypt-sha256$v=2,t=2b,r=12$...".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "crypto/bcrypt/bcrypt.hpp"
#include "crypto/hash_work.hpp"

namespace keyhold::crypto::bcrypt {

// How the password is prepared before bcrypt sees it.
enum class Prehash {
    none,
    sha256,       // passlib's bcrypt_sha256 version 1: base64(SHA-256(password))
    hmac_sha256,  // version 2: base64(HMAC-SHA-256(key: the salt's 22 letters, password))
    sha256_hex,   // Django's BCryptSHA256PasswordHasher: hexadecimal(SHA-256(password))
};

// A stored hash, taken apart. format() gives back the same text.
struct Hash {
    Prehash prehash = Prehash::none;
    Variant variant = Variant::b;
    int cost = 12;
    Salt salt{};
    Digest digest{};
};

// "$2a$", "$2b$" or "$2y$", two digits of cost, 22 letters of salt, 31 of digest. Empty for anything else,
// "$2$" and "$2x$" among it, and for a cost outside min_cost to max_cost.
std::optional<Hash> read_crypt(std::string_view text, Bounds bounds);

// "$bcrypt-sha256$2b,12$salt$digest" (version 1, also 2a) or "$bcrypt-sha256$v=2,t=2b,r=12$salt$digest".
std::optional<Hash> read_sha256(std::string_view text, Bounds bounds);

// "bcrypt_sha256$" and what parse_crypt() reads.
std::optional<Hash> read_django_sha256(std::string_view text, Bounds bounds);

// The same within the bounds of what this server computes: a hash with higher costs is refused.
inline std::optional<Hash> parse_crypt(std::string_view stored) { return read_crypt(stored, Bounds::ours); }
inline std::optional<Hash> parse_sha256(std::string_view stored) { return read_sha256(stored, Bounds::ours); }
inline std::optional<Hash> parse_django_sha256(std::string_view stored) {
    return read_django_sha256(stored, Bounds::ours);
}

std::string format(const Hash& hash);
std::string format_setting(const Request& request);  // without the digest, as crypt_r wants it

// What bcrypt is to be given for `password`: 44 or 64 letters if there is a prehash, else the password itself.
// Secret, because bcrypt's input opens the account as the password does.
Secret prepare(const Hash& hash, std::string_view password);

}  // namespace keyhold::crypto::bcrypt
