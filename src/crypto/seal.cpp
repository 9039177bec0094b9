// SPDX-License-Identifier: Apache-2.0
#include "crypto/seal.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <string.h>

#include <array>
#include <climits>
#include <stdexcept>

#include "crypto/openssl.hpp"

namespace keyhold::crypto {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = 12;  // SP 800-38D §5.2.1.1: 96 bits is what is recommended
constexpr std::size_t tag_size = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using Derivation = std::unique_ptr<EVP_KDF, Free<EVP_KDF_free>>;
using DerivationContext = std::unique_ptr<EVP_KDF_CTX, Free<EVP_KDF_CTX_free>>;

int int_size(std::string_view text) {
    if (text.size() > INT_MAX) throw std::invalid_argument("too much to be sealed");
    return static_cast<int>(text.size());
}

OSSL_PARAM octets(const char* name, std::string_view bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

// Derived by OpenSSL's key derivation of that name; `parameters` end with OSSL_PARAM_construct_end().
Secret derive(const char* name, const OSSL_PARAM* parameters) {
    const Derivation derivation(EVP_KDF_fetch(nullptr, name, nullptr));
    require(derivation != nullptr, name);
    const DerivationContext context(EVP_KDF_CTX_new(derivation.get()));
    require(context != nullptr, name);
    std::string key(key_size, '\0');
    const bool derived = EVP_KDF_derive(context.get(), bytes_of(key), key.size(), parameters) == 1;
    ERR_clear_error();
    require(derived, name);
    return Secret(std::move(key));
}

}  // namespace

SealingKey::SealingKey(Secret key) : key_(std::move(key)) {
    if (key_.size() != key_size) throw std::invalid_argument("a sealing key has 32 bytes");
}

SealingKey SealingKey::from_material(std::string_view material, std::string_view purpose) {
    char digest[] = "SHA256";
    const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                                octets(OSSL_KDF_PARAM_KEY, material), octets(OSSL_KDF_PARAM_INFO, purpose),
                                OSSL_PARAM_construct_end()};
    return SealingKey(derive("HKDF", parameters.data()));
}

// OpenSSL looks at the numbers and refuses what RFC 7914 does; derive() makes an exception of that.
SealingKey SealingKey::from_passphrase(std::string_view passphrase, std::string_view salt, const ScryptCost& cost) {
    if (cost.log2_n > 62) throw std::runtime_error("no such scrypt");
    std::uint64_t n = std::uint64_t{1} << cost.log2_n, r = cost.r, p = cost.p;
    // OpenSSL counts the blocks of all p lanes and some more, and refuses over 32 MiB unless told.
    std::uint64_t room = 128 * r * (n + p + 8) + 4096;
    const std::array parameters{octets(OSSL_KDF_PARAM_PASSWORD, passphrase),
                                octets(OSSL_KDF_PARAM_SALT, salt),
                                OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
                                OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r),
                                OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p),
                                OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &room),
                                OSSL_PARAM_construct_end()};
    return SealingKey(derive("SCRYPT", parameters.data()));
}

std::string SealingKey::seal(std::string_view text, std::string_view associated, Random& random) const {
    std::string sealed(nonce_size + text.size() + tag_size, '\0');
    unsigned char* const nonce = bytes_of(sealed);
    unsigned char* const body = nonce + nonce_size;
    // A nonce that comes twice under one key gives both texts away, so it is random each time and never counted across
    // restarts.
    random.fill({nonce, nonce_size});
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int written = 0;
    const bool done =
        cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key_.reveal()), nonce) == 1 &&
        EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes_of(associated), int_size(associated)) == 1 &&
        EVP_EncryptUpdate(cipher.get(), body, &written, bytes_of(text), int_size(text)) == 1 &&
        EVP_EncryptFinal_ex(cipher.get(), body + text.size(), &written) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, body + text.size()) == 1;
    require(done, "AES-256-GCM");
    return sealed;
}

std::optional<Secret> SealingKey::open(std::string_view sealed, std::string_view associated) const {
    if (sealed.size() < nonce_size + tag_size) return std::nullopt;
    const std::string_view body = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);
    std::string tag(sealed.substr(sealed.size() - tag_size));
    std::string text(body.size(), '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int written = 0;
    const bool ready =
        cipher &&
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key_.reveal()), bytes_of(sealed)) == 1 &&
        EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes_of(associated), int_size(associated)) == 1 &&
        EVP_DecryptUpdate(cipher.get(), bytes_of(text), &written, bytes_of(body), int_size(body)) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1;
    require(ready, "AES-256-GCM");
    // The plain text is used only after the tag was found good (SP 800-38D §7.2).
    const bool good = EVP_DecryptFinal_ex(cipher.get(), bytes_of(text) + text.size(), &written) == 1;
    ERR_clear_error();
    Secret opened(std::move(text));
    if (!good) return std::nullopt;
    return opened;
}

}  // namespace keyhold::crypto
