// SPDX-License-Identifier: Apache-2.0
#include "crypto/mac.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace keyhold::crypto {
namespace {

std::string hex(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
        text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
        text += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15U];
    }
    return text;
}

std::string code(const char* digest, std::string_view key, std::string_view message) {
    const Mac mac(digest, key);
    return hex(std::string_view(mac.compute(message).data(), mac.size()));
}

// RFC 4231 §4.2, §4.3 and §4.7.
TEST(Mac, computes_the_vectors_of_rfc_4231) {
    EXPECT_EQ(code("SHA256", std::string(20, '\x0b'), "Hi There"),
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(code("SHA256", "Jefe", "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(code("SHA384", "Jefe", "what do ya want for nothing?"),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
    EXPECT_EQ(
        code("SHA512", "Jefe", "what do ya want for nothing?"),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a"
        "6b4b636e070a38bce737");
}

TEST(Mac, a_key_longer_than_a_block_is_hashed_first) {
    EXPECT_EQ(code("SHA256", std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Mac, verifies_the_whole_code_only) {
    Mac first("SHA256", "key");
    const Mac mac = std::move(first);
    const auto bytes = mac.compute("message");
    const std::string good(bytes.data(), mac.size());
    EXPECT_TRUE(mac.verify("message", good));
    EXPECT_FALSE(mac.verify("massage", good));
    EXPECT_FALSE(mac.verify("message", good.substr(0, 31)));
    EXPECT_FALSE(mac.verify("message", good + '\0'));
    EXPECT_FALSE(mac.verify("message", ""));
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        EXPECT_FALSE(mac.verify("message", bad)) << i;
    }
    EXPECT_FALSE(Mac("SHA256", "kez").verify("message", good));
}

TEST(Mac, an_unknown_digest_is_a_bug) { EXPECT_THROW(Mac("SHA257", "key"), std::runtime_error); }

}  // namespace
}  // namespace keyhold::crypto
