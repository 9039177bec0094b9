// SPDX-License-Identifier: Apache-2.0
// New hashes as another application reads them. That its own library does, tests/e2e/test_password_fixtures.py shows.
#include "crypto/written_hash.hpp"

#include "crypto/bcrypt/libxcrypt.hpp"
#include "crypto/password_hasher.hpp"
#include "password_fixtures.hpp"

namespace keyhold::crypto {
namespace {

constexpr std::string_view quick[]{"$2y$04",
                                   "$bcrypt-sha256$v=2,t=2b,r=4",
                                   "$bcrypt-sha256$2b,4",
                                   "bcrypt_sha256$$2b$04",
                                   "bcrypt$$2b$04",
                                   "argon2$argon2id$v=19$m=1024,t=1,p=1",
                                   "argon2$argon2id$v=19$m=1024,t=1,p=8",
                                   "$scrypt$ln=10,r=8,p=1",
                                   "scrypt:1024:8:1",
                                   "$pbkdf2-sha256$1000",
                                   "$pbkdf2-sha512$1000",
                                   "$pbkdf2$1000",
                                   "pbkdf2_sha256$1000",
                                   "pbkdf2_sha1$1000",
                                   "pbkdf2:sha256:1000",
                                   "pbkdf2:sha512:1000",
                                   "pbkdf2:sha1:1000",
                                   "$5$rounds=1000",
                                   "$6$rounds=1000"};

struct WrittenHashes : testing::Test {
    CountingRandom random;
    bcrypt::Libxcrypt libxcrypt;
    MemoryBudget memory{Limits::memory};
    PasswordTools tools{libxcrypt, memory};

    bool verify(std::string_view password, std::string_view stored) {
        const PasswordFormat* const format = find_password_format(stored);
        return format != nullptr && format->verify(password, stored, tools);
    }
};

}  // namespace

TEST_F(WrittenHashes, begin_as_they_were_asked_for_and_open_with_their_password_alone) {
    for (const std::string_view method : quick) {
        const auto written = WrittenHash::parse(method);
        ASSERT_TRUE(written) << method;
        const std::string hash = written->hash("pa55-word", random, tools);
        EXPECT_TRUE(hash.starts_with(std::string(method) + '$')) << hash;
        EXPECT_TRUE(verify("pa55-word", hash)) << hash;
        EXPECT_FALSE(verify("pa55-worD", hash)) << hash;
        EXPECT_NE(hash, written->hash("pa55-word", random, tools)) << "another salt";
        EXPECT_EQ(written->sample(random).size(), hash.size());
        EXPECT_EQ(written_name_of(hash), written->name());
    }
}

// Whoever adds a format to be read says whether an adopted table gets such hashes, or has to add that too.
TEST_F(WrittenHashes, there_is_one_for_each_format_whose_row_does_not_say_otherwise) {
    for (const PasswordFormat& format : password_formats())
        EXPECT_EQ(WrittenHash::has(format), format.new_hashes == NewHashes::as_found) << format.prefix;
}

TEST_F(WrittenHashes, nothing_is_written_of_what_nobody_reads) {
    for (const std::string_view method :
         {"", "bcrypt", "argon2id", "md5", "$1", "$5", "$2b$12", "$2x$12", "$2y$3", "$2y$99", "pbkdf2:md5:1000",
          "pbkdf2:sha256:0", "pbkdf2:sha256:1000$salt", "pbkdf2_sha256$99999999999", "$6$rounds=99", "scrypt:1000:8:1",
          "argon2$argon2id$v=19$m=1024,t=1,p=65", "argon2$argon2id$v=16$m=1024,t=1,p=1"})
        EXPECT_FALSE(WrittenHash::parse(method)) << method;
    EXPECT_FALSE(WrittenHash::of("$firescrypt$x"));
    EXPECT_EQ(written_name_of("$1$salt$hash"), "");
}

TEST_F(WrittenHashes, are_made_as_the_rows_are_but_not_below_what_owasp_asks_for) {
    const auto like = [&](std::string_view method) {
        const auto written = WrittenHash::of(WrittenHash::parse(method).value().sample(random));
        return written ? written->method() : std::string();
    };
    EXPECT_EQ(like("pbkdf2_sha256$870000"), "pbkdf2_sha256$870000");
    EXPECT_EQ(like("pbkdf2_sha256$1000"), "pbkdf2_sha256$600000");
    EXPECT_EQ(like("pbkdf2:sha512:1000"), "pbkdf2:sha512:210000");
    EXPECT_EQ(like("$pbkdf2-sha256$29000"), "$pbkdf2-sha256$600000");
    EXPECT_EQ(like("$6$rounds=656000"), "$6$rounds=656000");
    EXPECT_EQ(like("$5$rounds=1000"), "$5$rounds=535000");
    EXPECT_EQ(like("$2y$12"), "$2y$12");
    EXPECT_EQ(like("$2y$04"), "$2y$10");
    EXPECT_EQ(like("$bcrypt-sha256$v=2,t=2b,r=4"), "$bcrypt-sha256$v=2,t=2b,r=10");
    EXPECT_EQ(like("bcrypt_sha256$$2b$12"), "bcrypt_sha256$$2b$12");
    EXPECT_EQ(like("scrypt:32768:8:1"), "scrypt:32768:8:1");
    EXPECT_EQ(like("argon2$argon2id$v=19$m=102400,t=3,p=1"), "argon2$argon2id$v=19$m=102400,t=3,p=1");
    EXPECT_EQ(like("argon2$argon2id$v=19$m=1024,t=1,p=8"), "argon2$argon2id$v=19$m=19456,t=2,p=8");
    // crypt(5)'s 5,000 rounds have no number in their text.
    EXPECT_EQ(WrittenHash::of("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8").value().method(),
              "$5$rounds=535000");
}

TEST_F(WrittenHashes, a_hasher_writes_them_and_renews_weaker_ones_once) {
    FixedSpeeds speeds;
    PasswordSettings settings{.scheme = PasswordScheme::written, .written = WrittenHash::parse("pbkdf2_sha256$2000")};
    const auto hasher = make_password_hasher(settings, libxcrypt, random, speeds);
    const std::string hash = hasher->hash("pa55-word");
    EXPECT_TRUE(hash.starts_with("pbkdf2_sha256$2000$"));
    EXPECT_TRUE(hasher->verify("pa55-word", hash));
    EXPECT_FALSE(hasher->verify("pa55-worD", hash));
    EXPECT_FALSE(hasher->needs_rehash(hash));
    EXPECT_TRUE(hasher->needs_rehash(WrittenHash::parse("pbkdf2_sha256$1000").value().sample(random)));
    hasher->verify_nothing("pa55-word", 1);
    settings.written.reset();
    EXPECT_THROW(make_password_hasher(settings, libxcrypt, random, speeds), std::invalid_argument);

    // Django's has no salt in its prehash, which counts as outdated: not if that is what the application reads.
    settings.written = WrittenHash::parse("bcrypt_sha256$$2b$04");
    const auto django = make_password_hasher(settings, libxcrypt, random, speeds);
    EXPECT_FALSE(django->needs_rehash(django->hash("pa55-word")));
}

}  // namespace keyhold::crypto
