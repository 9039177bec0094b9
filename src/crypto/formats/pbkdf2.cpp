// SPDX-License-Identifier: Apache-2.0
#include "crypto/formats/pbkdf2.hpp"

#include <array>
#include <limits>
#include <stdexcept>

#include "crypto/formats/base64.hpp"
#include "crypto/formats/fields.hpp"

namespace keyhold::crypto::formats {

namespace {

struct DigestRow {
    std::string_view name;
    const EVP_MD* (*digest)();
    std::size_t size;
    Work::Kind kind;
};

constexpr std::array digests{
    DigestRow{"sha1", EVP_sha1, 20, Work::Kind::pbkdf2_sha1},
    DigestRow{"sha256", EVP_sha256, 32, Work::Kind::pbkdf2_sha256},
    DigestRow{"sha512", EVP_sha512, 64, Work::Kind::pbkdf2_sha512},
};

// What the three notations have in common, once their fields are decoded.
std::optional<Pbkdf2> make(std::string_view digest, std::string_view iterations, std::optional<std::string> salt,
                           std::optional<std::string> hash, Bounds bounds) {
    const auto count = parse_number<std::uint64_t>(iterations);
    if (!count || *count == 0 || *count > most(bounds, Limits::pbkdf2_iterations, std::numeric_limits<int>::max()) ||
        !salt || !hash)
        return std::nullopt;
    for (const DigestRow& row : digests)
        // A hash of another length than its digest's is refused: a shorter one would be easier to guess, and none of
        // the three writes one.
        if (row.name == digest && row.size == hash->size())
            return Pbkdf2{row.digest(), row.kind, static_cast<int>(*count), std::move(*salt), std::move(*hash)};
    return std::nullopt;
}

}  // namespace

std::optional<Pbkdf2> read_django_pbkdf2(std::string_view stored, Bounds bounds) {
    const auto fields = split<4>(stored, '$');
    if (!fields || !(*fields)[0].starts_with("pbkdf2_")) return std::nullopt;
    const auto [method, iterations, salt, hash] = *fields;
    return make(method.substr(7), iterations, std::string(salt), decode64_padded(hash), bounds);
}

std::optional<Pbkdf2> read_passlib_pbkdf2(std::string_view stored, Bounds bounds) {
    const auto fields = split<5>(stored, '$');
    if (!fields || !(*fields)[0].empty()) return std::nullopt;
    const auto [nothing, method, iterations, salt, hash] = *fields;
    // passlib calls PBKDF2 with SHA-1 "pbkdf2", without a digest.
    const std::string_view digest = method == "pbkdf2" ? "sha1" : method.starts_with("pbkdf2-") ? method.substr(7) : "";
    return make(digest, iterations, decode64(salt, passlib_alphabet), decode64(hash, passlib_alphabet), bounds);
}

std::optional<Pbkdf2> read_werkzeug_pbkdf2(std::string_view stored, Bounds bounds) {
    const auto fields = split<3>(stored, '$');
    if (!fields) return std::nullopt;
    const auto method = split<3>((*fields)[0], ':');
    if (!method || (*method)[0] != "pbkdf2") return std::nullopt;
    return make((*method)[1], (*method)[2], std::string((*fields)[1]), decode16((*fields)[2]), bounds);
}

Strength strength(const Pbkdf2& hash) {
    return {Strength::Kind::iterated_digest, 0, static_cast<std::uint64_t>(hash.iterations), false};
}

Work work(const Pbkdf2& hash) { return {hash.kind, {static_cast<std::uint64_t>(hash.iterations)}}; }

namespace {

void compute(std::string_view password, const Pbkdf2& hash, Wiped<64>& computed) {
    const auto salt = as_bytes(hash.salt);
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(),
                          static_cast<int>(salt.size()), hash.iterations, hash.digest,
                          static_cast<int>(computed.size()), computed.data()) != 1)
        throw std::runtime_error("OpenSSL cannot compute PBKDF2");
}

}  // namespace

bool verify(std::string_view password, const Pbkdf2& hash, PasswordTools&) {
    Wiped<64> computed(hash.hash.size());
    compute(password, hash, computed);
    return computed.equals(hash.hash);
}

Secret derive(std::string_view password, const Pbkdf2& hash) {
    Wiped<64> computed(hash.hash.size());
    compute(password, hash, computed);
    return Secret(as_text({computed.data(), computed.size()}));
}

}  // namespace keyhold::crypto::formats
