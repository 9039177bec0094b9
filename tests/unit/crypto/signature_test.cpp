// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "crypto/digest.hpp"
#include "crypto/pkey.hpp"

namespace keyhold::crypto {
namespace {

using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
constexpr Scheme es256{"SHA256", Padding::none, 64};

// OpenSSL's own opinion of a signature in DER.
bool openssl_verifies(EVP_PKEY& key, std::string_view message, std::string_view der) {
    const DigestContext context(EVP_MD_CTX_new());
    EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, &key, nullptr);
    return EVP_DigestVerify(context.get(), bytes_of(der), der.size(), bytes_of(message), message.size()) == 1;
}

std::string openssl_signs(EVP_PKEY& key, std::string_view message) {
    const DigestContext context(EVP_MD_CTX_new());
    EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, &key, nullptr);
    std::string der(80, '\0');
    std::size_t size = der.size();
    EXPECT_EQ(EVP_DigestSign(context.get(), bytes_of(der), &size, bytes_of(message), message.size()), 1);
    return der.substr(0, size);
}

std::string der_of(std::string_view raw) {
    const EcdsaSignature pair(ECDSA_SIG_new());
    const int half = static_cast<int>(raw.size() / 2);
    ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes_of(raw), half, nullptr), BN_bin2bn(bytes_of(raw) + half, half, nullptr));
    unsigned char* out = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &out);
    std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
    OPENSSL_free(out);
    return der;
}

// RFC 6234 §8.5, test 1.
TEST(Digest, hashes_abc) {
    const std::string digest = sha256("abc");
    EXPECT_EQ(digest,
              "\xBA\x78\x16\xBF\x8F\x01\xCF\xEA\x41\x41\x40\xDE\x5D\xAE\x22\x23"
              "\xB0\x03\x61\xA3\x96\x17\x7A\x9C\xB4\x10\xFF\x61\xF2" +
                  std::string(1, '\0') + "\x15\xAD");
    EXPECT_EQ(digest, crypto::digest("SHA256", "abc"));
    EXPECT_EQ(crypto::digest("SHA512", "abc").size(), 64U);
    EXPECT_THROW((void)crypto::digest("nothing", "abc"), std::runtime_error);
}

// One in 128 signatures has an r or an s that starts with a zero byte, which DER leaves out and JOSE does not.
TEST(Signature, a_short_r_or_s_keeps_its_leading_zeros) {
    const PKey key = generate_pkey("EC", "P-256");
    int short_ones = 0;
    for (int i = 0; i < 3000 && short_ones < 4; ++i) {
        const std::string message = std::to_string(i);
        const std::string raw = sign(*key, es256, message);
        ASSERT_EQ(raw.size(), 64U);
        if (raw[0] != '\0' && raw[32] != '\0') continue;
        ++short_ones;
        EXPECT_TRUE(openssl_verifies(*key, message, der_of(raw)));
        EXPECT_TRUE(verify(*key, es256, message, raw));
    }
    EXPECT_GE(short_ones, 1);
}

TEST(Signature, openssls_der_is_refused_whatever_its_length) {
    const PKey key = generate_pkey("EC", "P-256");
    for (int i = 0; i < 100; ++i) {
        const std::string message = std::to_string(i);
        const std::string der = openssl_signs(*key, message);
        ASSERT_TRUE(openssl_verifies(*key, message, der));
        EXPECT_FALSE(verify(*key, es256, message, der));
        EXPECT_FALSE(verify(*key, es256, message, der.substr(0, 64)));
    }
}

TEST(Signature, numbers_outside_the_group_are_refused) {
    const PKey key = generate_pkey("EC", "P-256");
    const std::string good = sign(*key, es256, "message");
    EXPECT_TRUE(verify(*key, es256, "message", good));
    EXPECT_FALSE(verify(*key, es256, "message", std::string(64, '\0')));
    EXPECT_FALSE(verify(*key, es256, "message", std::string(64, '\xFF')));
    EXPECT_FALSE(verify(*key, es256, "message", good.substr(0, 32) + std::string(32, '\0')));
    EXPECT_FALSE(verify(*key, es256, "message", std::string(32, '\0') + good.substr(32)));
    EXPECT_FALSE(verify(*key, es256, "message", ""));
    EXPECT_FALSE(verify(*key, es256, "massage", good));
}

TEST(Signature, a_public_half_does_not_sign) {
    const PKey pair = generate_pkey("EC", "P-256");
    const std::string point = uncompressed_point(*number_of(*pair, OSSL_PKEY_PARAM_EC_PUB_X, 32),
                                                 *number_of(*pair, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
    const PKey half = make_pkey("EC", "P-256", {{OSSL_PKEY_PARAM_PUB_KEY, point}}, false);
    ASSERT_TRUE(half);
    EXPECT_TRUE(verify(*half, es256, "message", sign(*pair, es256, "message")));
    EXPECT_THROW((void)sign(*half, es256, "message"), std::runtime_error);
}

}  // namespace
}  // namespace keyhold::crypto
