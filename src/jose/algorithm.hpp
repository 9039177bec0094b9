// SPDX-License-Identifier: Apache-2.0
// The signature algorithms: every one is a row of this table, and nobody else compares "alg" strings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/signature.hpp"

namespace keyhold::jose {

// In the order of `key_types`, which a static_assert below holds it to.
enum class KeyType : std::uint8_t { oct, rsa, ec_p256, ec_p384, ec_p521, ed25519, rsa_pss, ec_secp256k1, ed448 };

using crypto::Padding;

// Adding one is adding a row: nobody switches over names.
struct Algorithm {
    std::string_view name;  // "alg" (RFC 7518 §3.1, RFC 8037 §3.1, RFC 8812 §3.2, RFC 9864 §2.2)
    KeyType key_type;
    std::string_view digest;     // OpenSSL's name; empty where the algorithm has its own
    std::size_t signature_size;  // bytes; 0 where the key decides (RSA)
    std::size_t min_key_size;    // bytes of an HMAC key or an RSA modulus (RFC 7518 §3.2, §3.3); 0: the curve decides
    Padding padding = Padding::none;
};

// Where several rows fit a key that names no algorithm, and its curve decides, the first one is taken. A name may stand
// in several rows, of different types of key.
// clang-format off
inline constexpr std::array algorithms{
    Algorithm{"HS256",   KeyType::oct,     "SHA256", 32,  32},
    Algorithm{"HS384",   KeyType::oct,     "SHA384", 48,  48},
    Algorithm{"HS512",   KeyType::oct,     "SHA512", 64,  64},
    Algorithm{"RS256",   KeyType::rsa,     "SHA256", 0,   256, Padding::pkcs1},
    Algorithm{"RS384",   KeyType::rsa,     "SHA384", 0,   256, Padding::pkcs1},
    Algorithm{"RS512",   KeyType::rsa,     "SHA512", 0,   256, Padding::pkcs1},
    Algorithm{"PS256",   KeyType::rsa,     "SHA256", 0,   256, Padding::pss},
    Algorithm{"PS384",   KeyType::rsa,     "SHA384", 0,   256, Padding::pss},
    Algorithm{"PS512",   KeyType::rsa,     "SHA512", 0,   256, Padding::pss},
    Algorithm{"ES256",   KeyType::ec_p256, "SHA256", 64,  0},
    Algorithm{"ES384",   KeyType::ec_p384, "SHA384", 96,  0},
    Algorithm{"ES512",   KeyType::ec_p521, "SHA512", 132, 0},
    Algorithm{"EdDSA",   KeyType::ed25519, "",       64,  0},
    Algorithm{"Ed25519", KeyType::ed25519, "",       64,  0},
    Algorithm{"PS256",   KeyType::rsa_pss, "SHA256", 0,   256, Padding::pss},
    Algorithm{"PS384",   KeyType::rsa_pss, "SHA384", 0,   256, Padding::pss},
    Algorithm{"PS512",   KeyType::rsa_pss, "SHA512", 0,   256, Padding::pss},
    Algorithm{"ES256K",  KeyType::ec_secp256k1, "SHA256", 64, 0},
    Algorithm{"EdDSA",   KeyType::ed448,   "",       114, 0},
    Algorithm{"Ed448",   KeyType::ed448,   "",       114, 0},
};
// clang-format on

// Null for a name that has no row: "none" has none. The first row of the name: what is asked for by name alone.
// Compared byte by byte, since "alg" is case-sensitive (RFC 7515 §4.1.1).
constexpr const Algorithm* find_algorithm(std::string_view name) {
    for (const Algorithm& row : algorithms)
        if (row.name == name) return &row;
    return nullptr;
}

// The row for a key of that type.
constexpr const Algorithm* find_algorithm(std::string_view name, KeyType type) {
    for (const Algorithm& row : algorithms)
        if (row.name == name && row.key_type == type) return &row;
    return nullptr;
}

// How a key type is written in a JWK (RFC 7518 §6.1, §7.6; RFC 8037 §2; RFC 8812 §3.1) and what OpenSSL calls it. Where
// two rows are written alike, a JWK is of the first one.
struct KeyTypeRow {
    KeyType type;
    std::string_view kty;
    std::string_view crv;         // empty: the type has no curves
    const char* openssl_type;     // null: OpenSSL has no key object for it
    const char* openssl_group;    // of EC, as OpenSSL calls it when asked
    std::size_t coordinate_size;  // bytes of x, y and d
};

// clang-format off
inline constexpr std::array key_types{
    KeyTypeRow{KeyType::oct,     "oct", "",        nullptr,   "",           0},
    KeyTypeRow{KeyType::rsa,     "RSA", "",        "RSA",     "",           0},
    KeyTypeRow{KeyType::ec_p256, "EC",  "P-256",   "EC",      "prime256v1", 32},
    KeyTypeRow{KeyType::ec_p384, "EC",  "P-384",   "EC",      "secp384r1",  48},
    KeyTypeRow{KeyType::ec_p521, "EC",  "P-521",   "EC",      "secp521r1",  66},
    KeyTypeRow{KeyType::ed25519, "OKP", "Ed25519", "ED25519", "",           32},
    KeyTypeRow{KeyType::rsa_pss, "RSA", "",        "RSA-PSS", "",           0},  // id-RSASSA-PSS (RFC 4055 §1.2)
    KeyTypeRow{KeyType::ec_secp256k1, "EC", "secp256k1", "EC", "secp256k1", 32},
    KeyTypeRow{KeyType::ed448,   "OKP", "Ed448",   "ED448",   "",           57},
};
// clang-format on

// By its number: a static_assert below says that the table is in the order of the enumeration.
constexpr const KeyTypeRow& key_type_row(KeyType type) { return key_types[static_cast<std::size_t>(type)]; }
static_assert([] {
    for (std::size_t i = 0; i < key_types.size(); ++i)
        if (static_cast<std::size_t>(key_types[i].type) != i) return false;
    // A type without a row would have no algorithm either.
    for (const Algorithm& algorithm : algorithms)
        if (static_cast<std::size_t>(algorithm.key_type) >= key_types.size()) return false;
    return true;
}());

}  // namespace keyhold::jose
