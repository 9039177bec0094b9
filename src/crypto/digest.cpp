// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

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

std::string sha256(std::string_view message) { return digest_with(EVP_sha256(), message); }

std::string digest(std::string_view name, std::string_view message) {
    const MessageDigest algorithm(EVP_MD_fetch(nullptr, std::string(name).c_str(), nullptr));
    require(algorithm != nullptr, "no such digest");
    return digest_with(algorithm.get(), message);
}

}  // namespace keyhold::crypto
