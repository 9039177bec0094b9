// The signature algorithms: every one is a row of this table, and nobody else compares "alg" strings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace keyhold::jose {

enum class KeyType : std::uint8_t { oct, rsa, ec_p256, ec_p384, ec_p521, ed25519 };

struct Algorithm {
    std::string_view name;        // "alg" (RFC 7518 §3.1)
    KeyType key_type;
    std::string_view digest;      // OpenSSL's name
    std::size_t signature_size;   // bytes; 0 where the key decides (RSA)
    std::size_t min_key_size;     // bytes of an HMAC key (RFC 7518 §3.2)
};

inline constexpr std::array algorithms{
    Algorithm{"HS256", KeyType::oct, "SHA256", 32, 32},
    Algorithm{"HS384", KeyType::oct, "SHA384", 48, 48},
    Algorithm{"HS512", KeyType::oct, "SHA512", 64, 64},
};

// Null for a name that has no row: "none" has none.
constexpr const Algorithm* find_algorithm(std::string_view name) {
    for (const Algorithm& row : algorithms)
        if (row.name == name) return &row;
    return nullptr;
}

}  // namespace keyhold::jose
