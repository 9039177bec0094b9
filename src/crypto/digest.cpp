// SPDX-License-Identifier: Apache-2.0
// OpenSSL 3 looks an algorithm up with each EVP_Digest(), under a lock that all threads share, which takes longer than
// to hash what is hashed here. These functions are the same assembly without that (as in mac.cpp).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "crypto/openssl.hpp"

namespace keyhold::crypto {
namespace {

std::string digest_with(const EVP_MD* algorithm, std::string_view message) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    require(EVP_Digest(message.data(), message.size(), bytes_of(out), &size, algorithm, nullptr) == 1, "digest");
    out.resize(size);
    return out;
}

}  // namespace

// The one that is used most, so it is not looked up by its name. Its state is wiped, as what is hashed may be a secret.
std::string sha256(std::string_view message) {
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256_CTX state;
    require(SHA256_Init(&state) == 1 && SHA256_Update(&state, message.data(), message.size()) == 1 &&
                SHA256_Final(bytes_of(out), &state) == 1,
            "SHA-256");
    OPENSSL_cleanse(&state, sizeof state);
    return out;
}

std::string digest(std::string_view name, std::string_view message) {
    const MessageDigest algorithm(EVP_MD_fetch(nullptr, std::string(name).c_str(), nullptr));
    require(algorithm != nullptr, "no such digest");
    return digest_with(algorithm.get(), message);
}

}  // namespace keyhold::crypto
