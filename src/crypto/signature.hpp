// SPDX-License-Identifier: Apache-2.0
// Signatures of public-key algorithms in the form that JOSE asks for (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/openssl.hpp"

namespace keyhold::crypto {

// Of RSA.
enum class Padding : std::uint8_t {
    none,
    pkcs1,  // RSASSA-PKCS1-v1_5
    pss,    // RSASSA-PSS: MGF1 with the same digest, a salt of the digest's length
};

// A row of jose/algorithm.hpp names one: here nobody knows the names of JOSE.
struct Scheme {
    std::string_view digest;  // OpenSSL's name; empty where the algorithm has its own (Ed25519)
    Padding padding;
    std::size_t ecdsa_size;  // bytes of r || s, each half of it, big-endian; 0 if this is not ECDSA
};

// Throws std::runtime_error if `key` has no private half. Any number of threads may use one key at once.
// The signature as JWS wants it: of ECDSA r || s, of RSA and Ed25519 as OpenSSL gives it. Throws std::runtime_error too
// where OpenSSL cannot sign.
std::string sign(EVP_PKEY& key, const Scheme& scheme, std::string_view message);

// Whether the key may be used so: the parameters of an RSASSA-PSS key may ask for another digest or a longer salt.
bool accepts(EVP_PKEY& key, const Scheme& scheme);

// False for every signature that is not good, of whatever length and form; DER is not taken for ECDSA.
bool verify(EVP_PKEY& key, const Scheme& scheme, std::string_view message, std::string_view signature);

}  // namespace keyhold::crypto
