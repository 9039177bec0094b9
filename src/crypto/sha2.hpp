// SPDX-License-Identifier: Apache-2.0
// The digests of JOSE (RFC 7518 §3.1: SHA-256, SHA-384 and SHA-512 of FIPS 180-4) by the functions that OpenSSL 3 calls
// deprecated, for HMAC and ECDSA, which compute one for each token. Whoever includes this defines
// OPENSSL_SUPPRESS_DEPRECATED before anything else, and says why.
#pragma once

#include <openssl/sha.h>

#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace keyhold::crypto {

struct Sha256 {
    using State = SHA256_CTX;
    static constexpr const char* name = "SHA256";
    static constexpr std::size_t size = SHA256_DIGEST_LENGTH, block = SHA256_CBLOCK;
    static constexpr auto init = SHA256_Init;
    static constexpr auto update = SHA256_Update;
    static constexpr auto final = SHA256_Final;
};
struct Sha384 {
    using State = SHA512_CTX;
    static constexpr const char* name = "SHA384";
    static constexpr std::size_t size = SHA384_DIGEST_LENGTH, block = SHA512_CBLOCK;
    static constexpr auto init = SHA384_Init;
    static constexpr auto update = SHA384_Update;
    static constexpr auto final = SHA384_Final;
};
struct Sha512 {
    using State = SHA512_CTX;
    static constexpr const char* name = "SHA512";
    static constexpr std::size_t size = SHA512_DIGEST_LENGTH, block = SHA512_CBLOCK;
    static constexpr auto init = SHA512_Init;
    static constexpr auto update = SHA512_Update;
    static constexpr auto final = SHA512_Final;
};

// What `use` makes of the digest with that name of OpenSSL's. Throws std::runtime_error for any other.
template <class Use>
auto with_sha2(std::string_view name, Use use) {
    if (name == Sha256::name) return use(Sha256());
    if (name == Sha384::name) return use(Sha384());
    if (name == Sha512::name) return use(Sha512());
    throw std::runtime_error("no such digest");
}

}  // namespace keyhold::crypto
