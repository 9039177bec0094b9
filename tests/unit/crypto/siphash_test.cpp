// SPDX-License-Identifier: Apache-2.0
// SipHash against its authors' vectors and against OpenSSL's.
#include "crypto/siphash.hpp"

#include <gtest/gtest.h>

#include <openssl/evp.h>

#include <numeric>
#include <string>

#include "crypto/openssl.hpp"

namespace keyhold::crypto {
namespace {

std::string text_of(const SipHash::Hash& hash) {
    std::string text(sizeof hash, '\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(hash[i / 8] >> 8 * (i % 8) & 0xff);
    return text;
}

std::string bytes(std::size_t count) {
    std::string text(count, '\0');
    std::iota(text.begin(), text.end(), '\0');
    return text;
}

const std::string key_text = bytes(16);
constexpr SipHash::Key key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};

std::string openssl_says(const std::string& message) {
    const std::unique_ptr<EVP_MAC, Free<EVP_MAC_free>> mac(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr));
    const std::unique_ptr<EVP_MAC_CTX, Free<EVP_MAC_CTX_free>> context(EVP_MAC_CTX_new(mac.get()));
    std::string out(16, '\0');
    std::size_t size = 0;
    EXPECT_EQ(EVP_MAC_init(context.get(), bytes_of(key_text), key_text.size(), nullptr), 1);
    EXPECT_EQ(EVP_MAC_update(context.get(), bytes_of(message), message.size()), 1);
    EXPECT_EQ(EVP_MAC_final(context.get(), bytes_of(out), &size, out.size()), 1);
    EXPECT_EQ(size, 16U);
    return out;
}

// The first of vectors_sip128 in the authors' vectors.h (https://github.com/veorq/SipHash).
TEST(SipHash, gives_the_authors_hash_of_nothing) {
    EXPECT_EQ(text_of(SipHash(key).finish()), "\xa3\x81\x7f\x04\xba\x25\xa8\xe6\x6d\xf6\x72\x14\xc7\x55\x02\x93");
}

TEST(SipHash, is_openssls_for_every_length_and_wherever_the_text_is_cut) {
    for (std::size_t size = 0; size <= 100; ++size) {
        const std::string message = bytes(size), expected = openssl_says(message);
        for (std::size_t cut = 0; cut <= size; ++cut) {
            SipHash hash(key);
            hash.update(std::string_view(message).substr(0, cut));
            hash.update(std::string_view(message).substr(cut));
            EXPECT_EQ(text_of(hash.finish()), expected) << size << " bytes, cut at " << cut;
        }
    }
}

TEST(SipHash, of_another_key_is_another) {
    SipHash one(key), other({key[0], key[1] ^ 1});
    one.update("text");
    other.update("text");
    EXPECT_NE(one.finish(), other.finish());
}

}  // namespace
}  // namespace keyhold::crypto
