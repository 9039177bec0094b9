// SPDX-License-Identifier: Apache-2.0
// The PasswordHasher: what it writes, what it reads, what it refuses.
#include <stdexcept>

#include "crypto/bcrypt/engine.hpp"
#include "crypto/crypt_r.hpp"
#include "crypto/password_formats.hpp"
#include "crypto/password_hasher.hpp"
#include "password_fixtures.hpp"

namespace keyhold::crypto {
namespace {

PasswordSettings cheap(int cost = 4) { return {.bcrypt_cost = cost}; }

class PasswordHashing : public testing::Test {
protected:
    bcrypt::Engine engine_{{.threads = 1}};
    CountingRandom random_;
    FixedSpeeds speeds_;
    std::unique_ptr<PasswordHasher> hasher_ = make_password_hasher(cheap(), engine_, random_, speeds_);
};

TEST_F(PasswordHashing, verifies_the_published_openwall_hashes_and_refuses_those_of_the_sign_extension_bug) {
    for (const auto& [hash, password] : known_answers("bcrypt_openwall.txt"))
        EXPECT_EQ(hasher_->verify(password, hash), !hash.starts_with("$2x$")) << hash;
}

TEST_F(PasswordHashing, refuses_the_published_hashes_with_another_password) {
    for (const auto& [hash, password] : known_answers("bcrypt_openwall.txt"))
        EXPECT_FALSE(hasher_->verify("x" + password.substr(0, 70), hash)) << hash;
}

TEST_F(PasswordHashing, refuses_a_hash_with_any_one_letter_changed) {
    const std::string stored = "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e";
    ASSERT_TRUE(hasher_->verify("\xff\xff\xa3", stored));
    for (std::size_t i = 0; i < stored.size(); ++i) {
        std::string other = stored;
        other[i] = other[i] == 'O' ? 'P' : 'O';
        EXPECT_FALSE(hasher_->verify("\xff\xff\xa3", other)) << other;
    }
}

TEST_F(PasswordHashing, writes_what_libxcrypt_verifies) {
    for (const std::string password : {"", "testpass", "p\xc3\xa4ssword", "\xff\xff\xa3"}) {
        const std::string hash = hasher_->hash(password);
        EXPECT_EQ(hash.substr(0, 7), "$2b$04$");
        EXPECT_EQ(call_crypt_r(password, hash), hash);
    }
}

TEST_F(PasswordHashing, salts_every_hash_anew) { EXPECT_NE(hasher_->hash("testpass"), hasher_->hash("testpass")); }

TEST_F(PasswordHashing, never_cuts_a_password_of_its_own) {
    const std::string exact(72, 'x');
    EXPECT_TRUE(hasher_->hash(exact).starts_with("$2b$"));
    const std::string hash = hasher_->hash(exact + "1");
    EXPECT_TRUE(hash.starts_with("$bcrypt-sha256$v=2,t=2b,r=4$")) << hash;
    EXPECT_TRUE(hasher_->verify(exact + "1", hash));
    EXPECT_FALSE(hasher_->verify(exact + "2", hash));
    EXPECT_FALSE(hasher_->verify(exact, hash));
}

TEST_F(PasswordHashing, opens_a_plain_bcrypt_hash_with_the_long_password_it_was_made_from) {
    // bcrypt looks at 72 bytes: an account from a FastAPI table must not be locked out.
    const std::string password(80, 'x');
    EXPECT_TRUE(hasher_->verify(password, *call_crypt_r(password, "$2b$04$abcdefghijklmnopqrstuu")));
}

// Samples printed in passlib's documentation and tests (passlib 1.7.4, test_handlers_bcrypt.py).
TEST_F(PasswordHashing, verifies_passlibs_bcrypt_sha256_of_both_versions) {
    EXPECT_TRUE(
        hasher_->verify("password", "$bcrypt-sha256$2a,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu"));
    EXPECT_TRUE(
        hasher_->verify("password", "$bcrypt-sha256$2b,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu"));
    EXPECT_TRUE(hasher_->verify("password",
                                "$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS"));
    EXPECT_FALSE(hasher_->verify("passwore",
                                 "$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS"));
}

TEST_F(PasswordHashing, refuses_bcrypt_sha256_in_another_spelling) {
    const std::string tail = "$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS";
    for (const std::string parameters :
         {"v=2,t=2b,r=05", "v=2,t=2a,r=5", "v=3,t=2b,r=5", "v=2,t=2b,r=", "v=2,t=2b,r=5 ", "v=2,t=2b,r=3",
          "v=2,t=2b,r=17", "v=2,t=2b,r=99999999999", "2y,5", "2b", "2b,5,5", ""})
        EXPECT_FALSE(hasher_->verify("password", "$bcrypt-sha256$" + parameters + tail)) << parameters;
}

TEST_F(PasswordHashing, refuses_texts_that_are_no_hash) {
    for (const std::string stored : {"", "$", "$2b$", "testpass", "*0", "!", "$2b$05$", "$2$05$abc", "$1$abc$def"})
        EXPECT_FALSE(hasher_->verify("testpass", stored)) << stored;
}

TEST_F(PasswordHashing, refuses_a_cost_that_would_stop_the_server) {
    const std::string tail = "$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    EXPECT_TRUE(find_password_format("$2b$16" + tail)->parse("$2b$16" + tail).has_value());
    EXPECT_FALSE(find_password_format("$2b$17" + tail)->parse("$2b$17" + tail).has_value());
    EXPECT_FALSE(hasher_->verify("testpass", "$2b$31" + tail));
    EXPECT_FALSE(hasher_->verify("testpass", "$2b$03" + tail));
}

TEST_F(PasswordHashing, does_not_end_a_password_at_a_nul) {
    const std::string hash = hasher_->hash("secret");
    EXPECT_TRUE(hasher_->verify("secret", hash));
    EXPECT_FALSE(hasher_->verify(std::string_view("secret\0", 7), hash));
    EXPECT_THROW(hasher_->hash(std::string_view("secret\0more", 11)), std::invalid_argument);
}

TEST_F(PasswordHashing, hashes_for_nobody_without_complaint) {
    EXPECT_NO_THROW(hasher_->verify_nothing("testpass", 0));
    EXPECT_NO_THROW(hasher_->verify_nothing(std::string(1024, 'x'), 0));
    EXPECT_NO_THROW(hasher_->verify_nothing(std::string_view("a\0b", 3), 0));
}

TEST_F(PasswordHashing, wants_a_rehash_of_what_is_weaker_and_never_of_what_is_stronger) {
    const auto hasher = make_password_hasher(cheap(12), engine_, random_, speeds_);
    const std::string tail = "$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    EXPECT_TRUE(hasher->needs_rehash("$2b$11" + tail));
    EXPECT_FALSE(hasher->needs_rehash("$2b$12" + tail));
    EXPECT_FALSE(hasher->needs_rehash("$2a$12" + tail));
    EXPECT_FALSE(hasher->needs_rehash("$2b$13" + tail));
    const std::string wrapped = "$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS";
    EXPECT_TRUE(hasher->needs_rehash("$bcrypt-sha256$v=2,t=2b,r=11" + wrapped));
    EXPECT_FALSE(hasher->needs_rehash("$bcrypt-sha256$v=2,t=2b,r=12" + wrapped));
    EXPECT_FALSE(hasher->needs_rehash("no hash"));
}

TEST_F(PasswordHashing, takes_no_cost_outside_its_bounds) {
    EXPECT_NO_THROW(make_password_hasher(cheap(4), engine_, random_, speeds_));
    EXPECT_NO_THROW(make_password_hasher(cheap(16), engine_, random_, speeds_));
    EXPECT_THROW(make_password_hasher(cheap(3), engine_, random_, speeds_), std::invalid_argument);
    EXPECT_THROW(make_password_hasher(cheap(17), engine_, random_, speeds_), std::invalid_argument);
}

}  // namespace
}  // namespace keyhold::crypto
