// SPDX-License-Identifier: Apache-2.0
#include "crypto/password_formats.hpp"

#include <array>

#include "crypto/equal.hpp"
#include "crypto/formats/argon2.hpp"
#include "crypto/formats/bcrypt_text.hpp"
#include "crypto/formats/pbkdf2.hpp"
#include "crypto/formats/scrypt.hpp"
#include "crypto/formats/sha_crypt.hpp"

namespace keyhold::crypto {

namespace {

using namespace formats;
using bcrypt::read_crypt;
using bcrypt::read_django_sha256;
using bcrypt::read_sha256;

Strength strength(const bcrypt::Hash& hash) {
    // A digest without a salt can be looked up in somebody else's leak before bcrypt is tried ("shucking").
    const bool shuckable = hash.prehash == bcrypt::Prehash::sha256 || hash.prehash == bcrypt::Prehash::sha256_hex;
    return {Strength::Kind::bcrypt, 0, 1ULL << hash.cost, shuckable};
}

Work work(const bcrypt::Hash& hash) { return {Work::Kind::bcrypt, {static_cast<std::uint64_t>(hash.cost)}}; }

bool verify(std::string_view password, const bcrypt::Hash& hash, PasswordTools& tools) {
    const Secret prepared = bcrypt::prepare(hash, password);
    const bcrypt::Digest digest = tools.bcrypt.compute({prepared.reveal(), hash.variant, hash.cost, hash.salt});
    return equal({reinterpret_cast<const char*>(digest.data()), digest.size()},
                 {reinterpret_cast<const char*>(hash.digest.data()), hash.digest.size()});
}

// Django puts its own name before the text of other formats: "bcrypt$" + "$2b$12$...", "argon2" + "$argon2id$...".
template <std::size_t size, auto read>
auto after_prefix(std::string_view stored, Bounds bounds) {
    return read(stored.substr(size), bounds);
}

template <auto read, Bounds bounds>
std::optional<Work> work_of(std::string_view stored) {
    const auto hash = read(stored, bounds);
    if (!hash) return std::nullopt;
    return work(*hash);
}

// A row from what reads the text into a struct, which has strength(), work() and verify() beside it.
template <auto read>
constexpr PasswordFormat row(std::string_view name, std::string_view prefix,
                             NewHashes new_hashes = NewHashes::as_found) {
    return {name,
            prefix,
            new_hashes,
            [](std::string_view stored) -> std::optional<Strength> {
                const auto hash = read(stored, Bounds::ours);
                if (!hash) return std::nullopt;
                return strength(*hash);
            },
            work_of<read, Bounds::ours>,
            work_of<read, Bounds::of_the_format>,
            [](std::string_view password, std::string_view stored, PasswordTools& tools) {
                const auto hash = read(stored, Bounds::ours);
                return hash && verify(password, *hash, tools);
            }};
}

// A prefix that begins another one would have to stand behind it, as the first that fits is taken; there is no such
// pair.
constexpr std::array table{
    row<read_crypt>("bcrypt", "$2b$", NewHashes::bcrypt),
    row<read_crypt>("bcrypt", "$2a$", NewHashes::bcrypt),
    row<read_crypt>("bcrypt", "$2y$"),
    row<read_sha256>("bcrypt_sha256", "$bcrypt-sha256$"),
    row<after_prefix<7, read_crypt>>("django_bcrypt", "bcrypt$"),
    row<read_django_sha256>("django_bcrypt_sha256", "bcrypt_sha256$"),
    row<read_argon2>("argon2id", "$argon2id$", NewHashes::argon2id),
    row<read_argon2>("argon2i", "$argon2i$", NewHashes::argon2id),
    row<after_prefix<6, read_argon2>>("django_argon2", "argon2$"),
    row<read_passlib_scrypt>("scrypt", "$scrypt$"),
    row<read_werkzeug_scrypt>("werkzeug_scrypt", "scrypt:"),
    row<read_firebase_scrypt>("firebase_scrypt", "$firescrypt$", NewHashes::none),
    row<read_passlib_pbkdf2>("pbkdf2_sha1", "$pbkdf2$"),
    row<read_passlib_pbkdf2>("pbkdf2_sha256", "$pbkdf2-sha256$"),
    row<read_passlib_pbkdf2>("pbkdf2_sha512", "$pbkdf2-sha512$"),
    row<read_django_pbkdf2>("django_pbkdf2_sha1", "pbkdf2_sha1$"),
    row<read_django_pbkdf2>("django_pbkdf2_sha256", "pbkdf2_sha256$"),
    row<read_werkzeug_pbkdf2>("werkzeug_pbkdf2", "pbkdf2:"),
    row<read_sha_crypt>("sha256_crypt", "$5$"),
    row<read_sha_crypt>("sha512_crypt", "$6$"),
};

}  // namespace

std::span<const PasswordFormat> password_formats() { return table; }

const PasswordFormat* find_password_format(std::string_view stored) {
    if (stored.size() > Limits::text) return nullptr;
    for (const PasswordFormat& format : table)
        if (stored.starts_with(format.prefix)) return &format;
    return nullptr;
}

}  // namespace keyhold::crypto
