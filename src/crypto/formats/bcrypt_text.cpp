// SPDX-License-Identifier: Apache-2.0
#include "crypto/formats/bcrypt_text.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <stdexcept>

#include "crypto/formats/base64.hpp"
#include "crypto/formats/fields.hpp"

namespace keyhold::crypto::bcrypt {

namespace {

constexpr std::size_t salt_letters = 22;
constexpr std::size_t digest_letters = 31;
constexpr int dearest_cost = 31;  // crypt(5)
constexpr std::string_view sha256_prefix = "$bcrypt-sha256$";
constexpr std::string_view django_prefix = "bcrypt_sha256$";

std::optional<Variant> parse_variant(std::string_view text) {
    if (text == "2a") return Variant::a;
    if (text == "2b") return Variant::b;
    if (text == "2y") return Variant::y;
    return std::nullopt;
}

template <std::size_t size>
bool read_letters(std::string_view letters, std::array<unsigned char, size>& bytes) {
    const auto decoded = formats::decode64(letters, formats::bcrypt_alphabet);
    if (!decoded || decoded->size() != size) return false;
    std::copy(decoded->begin(), decoded->end(), bytes.begin());
    return true;
}

template <std::size_t size>
std::string letters(const std::array<unsigned char, size>& bytes) {
    return formats::encode64(formats::as_text(bytes), formats::bcrypt_alphabet);
}

// What all forms have in common: variant, cost, 22 letters of salt and 31 of digest.
std::optional<Hash> make_hash(Prehash prehash, std::string_view variant, std::optional<int> cost, std::string_view salt,
                              std::string_view digest, Bounds bounds) {
    const auto known = parse_variant(variant);
    if (!known || !cost || *cost < min_cost || *cost > (bounds == Bounds::ours ? max_cost : dearest_cost))
        return std::nullopt;
    if (salt.size() != salt_letters || digest.size() != digest_letters) return std::nullopt;
    Hash hash{prehash, *known, *cost, {}, {}};
    if (!read_letters(salt, hash.salt) || !read_letters(digest, hash.digest)) return std::nullopt;
    return hash;
}

// crypt(5) writes the cost with two digits, passlib without a leading zero.
std::string two_digits(int cost) { return (cost < 10 ? "0" : "") + std::to_string(cost); }

}  // namespace

std::optional<Hash> read_crypt(std::string_view text, Bounds bounds) {
    // $2b$12$ and 53 letters
    if (text.size() != 60 || text[0] != '$' || text[3] != '$' || text[6] != '$') return std::nullopt;
    const std::string_view rest = text.substr(7);
    return make_hash(Prehash::none, text.substr(1, 2), formats::parse_digits(text.substr(4, 2)),
                     rest.substr(0, salt_letters), rest.substr(salt_letters), bounds);
}

std::optional<Hash> read_sha256(std::string_view text, Bounds bounds) {
    if (!text.starts_with(sha256_prefix)) return std::nullopt;
    const auto fields = formats::split<3>(text.substr(sha256_prefix.size()), '$');
    if (!fields) return std::nullopt;
    const auto [parameters, salt, digest] = *fields;
    if (parameters.starts_with("v=2,t=2b,r="))
        return make_hash(Prehash::hmac_sha256, "2b", formats::parse_number<int>(parameters.substr(11)), salt, digest,
                         bounds);
    const auto old = formats::split<2>(parameters, ',');
    if (!old || (*old)[0] == "2y") return std::nullopt;  // passlib never wrote it
    return make_hash(Prehash::sha256, (*old)[0], formats::parse_number<int>((*old)[1]), salt, digest, bounds);
}

std::optional<Hash> read_django_sha256(std::string_view text, Bounds bounds) {
    if (!text.starts_with(django_prefix)) return std::nullopt;
    auto hash = read_crypt(text.substr(django_prefix.size()), bounds);
    if (hash) hash->prehash = Prehash::sha256_hex;
    return hash;
}

std::string format_setting(const Request& request) {
    return std::string("$2") + static_cast<char>(request.variant) + '$' + two_digits(request.cost) + '$' +
           letters(request.salt);
}

// Writes each form as its own library does, letter for letter: applications that share the table read it.
std::string format(const Hash& hash) {
    const std::string type = std::string("2") + static_cast<char>(hash.variant);
    std::string crypt = '$' + type + '$' + two_digits(hash.cost) + '$' + letters(hash.salt) + letters(hash.digest);
    const std::string cost = std::to_string(hash.cost);
    const std::string tail = cost + '$' + letters(hash.salt) + '$' + letters(hash.digest);
    switch (hash.prehash) {
        case Prehash::none:
            return crypt;
        case Prehash::sha256:
            return std::string(sha256_prefix) + type + ',' + tail;
        case Prehash::hmac_sha256:
            return std::string(sha256_prefix) + "v=2,t=" + type + ",r=" + tail;
        case Prehash::sha256_hex:
            return std::string(django_prefix) + crypt;
    }
    throw std::logic_error("a prehash without a text form");
}

Secret prepare(const Hash& hash, std::string_view password) {
    if (hash.prehash == Prehash::none) return Secret(password);
    formats::Wiped<SHA256_DIGEST_LENGTH> digest(SHA256_DIGEST_LENGTH);
    const auto* bytes = reinterpret_cast<const unsigned char*>(password.data());
    if (hash.prehash == Prehash::hmac_sha256) {
        const std::string key = letters(hash.salt);
        // With the salt as its key the digest differs from account to account, so a plain SHA-256 of the password that
        // stands in somebody else's leak is no use.
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, password.size(), digest.data(), nullptr);
    } else {
        SHA256(bytes, password.size(), digest.data());
    }
    const std::string_view text = formats::as_text({digest.data(), digest.size()});
    if (hash.prehash == Prehash::sha256_hex) return Secret(formats::encode16(text));
    // 32 bytes: 43 letters and, as Python's b64encode writes it, one '='.
    std::string letters = formats::encode64(text, formats::standard_alphabet);
    letters += '=';
    return Secret(std::move(letters));
}

}  // namespace keyhold::crypto::bcrypt
