// SPDX-License-Identifier: Apache-2.0
// ECDSA is signed and verified by the functions that OpenSSL 3 calls deprecated. They run the same code as EVP does,
// without what a context for each signature and an encoding in DER and back cost
// (docs/decisions/0112-ecdsa-without-contexts.md).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/signature.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <array>

#include "crypto/sha2.hpp"

namespace keyhold::crypto {
namespace {

using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

// OpenSSL keeps errors in a queue of the thread. A stranger's bad input must not be reported later as the error of
// another call.
struct ErrorsForgotten {
    ~ErrorsForgotten() { ERR_clear_error(); }
};

bool set_padding(EVP_PKEY_CTX* context, Padding padding) {
    switch (padding) {
        case Padding::none:
            return true;
        case Padding::pkcs1:
            return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
        case Padding::pss:
            // RFC 7518 §3.5: "The size of the salt value is the same size as the hash function output."
            return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                   EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    return false;
}

// JWS has r and s side by side and no DER (RFC 7518 §3.4).
std::string pair_to_raw(const ECDSA_SIG& pair, std::size_t raw_size) {
    const auto half = static_cast<int>(raw_size / 2);
    std::string raw(raw_size, '\0');
    // Fixed width: a short r or s gets its zeros back in front.
    require(BN_bn2binpad(ECDSA_SIG_get0_r(&pair), bytes_of(raw), half) == half &&
                BN_bn2binpad(ECDSA_SIG_get0_s(&pair), bytes_of(raw) + half, half) == half,
            "an ECDSA signature's width");
    return raw;
}

EcdsaSignature raw_to_pair(std::string_view raw) {
    const auto half = static_cast<int>(raw.size() / 2);
    BigNumber r(BN_bin2bn(bytes_of(raw), half, nullptr));
    BigNumber s(BN_bin2bn(bytes_of(raw) + half, half, nullptr));
    EcdsaSignature pair(ECDSA_SIG_new());
    require(r && s && pair && ECDSA_SIG_set0(pair.get(), r.get(), s.get()) == 1, "ECDSA_SIG");
    (void)r.release();  // ECDSA_SIG_set0 took both
    (void)s.release();
    return pair;
}

// A digest that ECDSA is used with in JOSE (RFC 7518 §3.4, RFC 8812 §3.2).
struct EcdsaDigest {
    std::array<unsigned char, Sha512::size> bytes;
    int size;
};

EcdsaDigest digest_of(std::string_view name, std::string_view message) {
    return with_sha2(name, [&]<class Hash>(Hash) {
        EcdsaDigest digest{.bytes = {}, .size = static_cast<int>(Hash::size)};
        typename Hash::State state;
        require(Hash::init(&state) == 1 && Hash::update(&state, message.data(), message.size()) == 1 &&
                    Hash::final(digest.bytes.data(), &state) == 1,
                "a digest");
        return digest;
    });
}

// OpenSSL keeps this form of a key beside the other one, once it was asked for it, and gives it to any thread. It is
// only read.
EC_KEY* ec_key_of(const EVP_PKEY& key) {
    const EC_KEY* const ec_key = EVP_PKEY_get0_EC_KEY(&key);
    require(ec_key != nullptr, "an EC key");
    return const_cast<EC_KEY*>(ec_key);
}

std::string sign_ecdsa(const EVP_PKEY& key, const Scheme& scheme, std::string_view message) {
    const EcdsaDigest digest = digest_of(scheme.digest, message);
    const EcdsaSignature pair(ECDSA_do_sign(digest.bytes.data(), digest.size, ec_key_of(key)));
    require(pair != nullptr, "to sign");
    return pair_to_raw(*pair, scheme.ecdsa_size);
}

bool verify_ecdsa(const EVP_PKEY& key, const Scheme& scheme, std::string_view message, std::string_view signature) {
    if (signature.size() != scheme.ecdsa_size) return false;
    const EcdsaDigest digest = digest_of(scheme.digest, message);
    const EcdsaSignature pair = raw_to_pair(signature);
    return ECDSA_do_verify(digest.bytes.data(), digest.size, pair.get(), ec_key_of(key)) == 1;
}

const char* name_or_null(const std::string& digest) { return digest.empty() ? nullptr : digest.c_str(); }

}  // namespace

std::string sign(EVP_PKEY& key, const Scheme& scheme, std::string_view message) {
    const ErrorsForgotten forgotten;
    if (scheme.ecdsa_size != 0) return sign_ecdsa(key, scheme, message);
    const std::string digest(scheme.digest);
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;  // belongs to `context`
    require(context && EVP_DigestSignInit_ex(context.get(), &key_context, name_or_null(digest), nullptr, nullptr, &key,
                                             nullptr) == 1,
            "to begin a signature");
    require(set_padding(key_context, scheme.padding), "to set the padding");
    std::size_t size = 0;
    require(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(message), message.size()) == 1,
            "to size a signature");
    std::string signature(size, '\0');
    require(EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(message), message.size()) == 1,
            "to sign");
    signature.resize(size);
    return signature;
}

bool accepts(EVP_PKEY& key, const Scheme& scheme) {
    if (scheme.padding != Padding::pss) return true;
    const ErrorsForgotten forgotten;
    const std::string digest(scheme.digest);
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;  // belongs to `context`
    return context &&
           EVP_DigestVerifyInit_ex(context.get(), &key_context, digest.c_str(), nullptr, nullptr, &key, nullptr) == 1 &&
           set_padding(key_context, scheme.padding) &&
           EVP_PKEY_CTX_set_rsa_mgf1_md_name(key_context, digest.c_str(), nullptr) == 1;
}

bool verify(EVP_PKEY& key, const Scheme& scheme, std::string_view message, std::string_view signature) {
    const ErrorsForgotten forgotten;
    if (scheme.ecdsa_size != 0) return verify_ecdsa(key, scheme, message, signature);
    const std::string digest(scheme.digest);
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;  // belongs to `context`
    require(context && EVP_DigestVerifyInit_ex(context.get(), &key_context, name_or_null(digest), nullptr, nullptr,
                                               &key, nullptr) == 1,
            "to begin a verification");
    require(set_padding(key_context, scheme.padding), "to set the padding");
    return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) ==
           1;
}

}  // namespace keyhold::crypto
