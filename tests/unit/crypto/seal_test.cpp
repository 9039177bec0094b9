// SPDX-License-Identifier: Apache-2.0
#include "crypto/seal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "password_fixtures.hpp"

namespace keyhold::crypto {
namespace {

// What a test vector says is random.
class GivenRandom final : public Random {
public:
    explicit GivenRandom(std::string bytes) : bytes_(std::move(bytes)) {}
    void fill(std::span<unsigned char> bytes) override {
        ASSERT_EQ(bytes.size(), bytes_.size());
        std::copy(bytes_.begin(), bytes_.end(), bytes.begin());
    }

private:
    std::string bytes_;
};

struct Vector {
    const char *key, *nonce, *text, *associated, *ciphertext, *tag;
};

// The first three are from NIST's CAVP, gcmEncryptExtIV256.rsp, Count = 0 of [PTlen = 0, AADlen = 0],
// [PTlen = 0, AADlen = 128] and [PTlen = 128, AADlen = 0], Taglen = 128; the last is test case 16 of McGrew and Viega's
// "The Galois/Counter Mode of Operation".
const Vector vectors[] = {
    {"b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4", "516c33929df5a3284ff463d7", "", "", "",
     "bdc1ac884d332457a1d2664f168c76f0"},
    {"78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223", "d79cf22d504cc793c3fb6c8a", "",
     "b96baa8c1c75a671bfb2d08d06be5f36", "", "3e5d486aa2e30b22e040b85723a06e76"},
    {"31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22", "0d18e06c7c725ac9e362e1ce",
     "2db5168e932556f8089a0622981d017d", "", "fa4362189661d163fcd6a56d8bf0405a", "d636ac1bbedd5cc3ee727dc2ab4a9489"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
     "ba637b39",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
     "bcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Seal, seals_and_opens_the_published_vectors) {
    for (const Vector& vector : vectors) {
        const SealingKey key{Secret(from_hex(vector.key))};
        GivenRandom nonce(from_hex(vector.nonce));
        const std::string sealed = from_hex(vector.nonce) + from_hex(vector.ciphertext) + from_hex(vector.tag);
        EXPECT_EQ(key.seal(from_hex(vector.text), from_hex(vector.associated), nonce), sealed);
        const auto opened = key.open(sealed, from_hex(vector.associated));
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->reveal(), from_hex(vector.text));
    }
}

TEST(Seal, what_was_changed_in_any_bit_does_not_open) {
    CountingRandom random;
    const SealingKey key{Secret(std::string(32, 'k'))};
    const std::string sealed = key.seal("a private key", "its name", random);
    ASSERT_EQ(key.open(sealed, "its name")->reveal(), "a private key");
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
        std::string changed = sealed;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(key.open(changed, "its name")) << bit;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size)
        EXPECT_FALSE(key.open(sealed.substr(0, size), "its name")) << size;
}

TEST(Seal, opens_only_beside_what_it_was_sealed_with_and_under_its_key) {
    CountingRandom random;
    const SealingKey key{Secret(std::string(32, 'k'))}, other{Secret(std::string(31, 'k') + "K")};
    const std::string sealed = key.seal("a private key", "its name", random);
    EXPECT_TRUE(key.open(sealed, "its name"));
    EXPECT_FALSE(key.open(sealed, "its names"));
    EXPECT_FALSE(key.open(sealed, ""));
    EXPECT_FALSE(other.open(sealed, "its name"));
}

TEST(Seal, the_same_text_is_never_sealed_to_the_same_bytes) {
    CountingRandom random;
    const SealingKey key{Secret(std::string(32, 'k'))};
    EXPECT_NE(key.seal("text", "", random), key.seal("text", "", random));
}

TEST(Seal, a_key_of_another_size_is_refused) {
    EXPECT_NO_THROW(SealingKey{Secret(std::string(32, 'k'))});
    EXPECT_THROW(SealingKey{Secret(std::string(31, 'k'))}, std::invalid_argument);
}

// A derived key cannot be looked at, so it opens what the published one seals.
bool is_key(const SealingKey& derived, const std::string& hex) {
    CountingRandom random;
    const auto opened = derived.open(SealingKey{Secret(from_hex(hex))}.seal("text", "", random), "");
    return opened && opened->reveal() == "text";
}

// RFC 5869 A.3: no salt, no info. Its output goes on; HKDF's first 32 bytes are the same for every length.
TEST(Seal, derives_the_key_of_rfc_5869_from_material) {
    const std::string expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
    EXPECT_TRUE(is_key(SealingKey::from_material(std::string(22, '\x0b'), ""), expected));
    EXPECT_FALSE(is_key(SealingKey::from_material(std::string(22, '\x0b'), "x"), expected));
    EXPECT_FALSE(is_key(SealingKey::from_material(std::string(23, '\x0b'), ""), expected));
}

// RFC 7914 §12, second vector: its output goes on, and scrypt's first 32 bytes are the same for every length.
TEST(Seal, derives_the_key_of_rfc_7914_from_a_passphrase) {
    const std::string expected = "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162";
    EXPECT_TRUE(is_key(SealingKey::from_passphrase("password", "NaCl", {10, 8, 16}), expected));
    EXPECT_FALSE(is_key(SealingKey::from_passphrase("Password", "NaCl", {10, 8, 16}), expected));
    EXPECT_FALSE(is_key(SealingKey::from_passphrase("password", "NaCl", {11, 8, 16}), expected));
}

}  // namespace
}  // namespace keyhold::crypto
