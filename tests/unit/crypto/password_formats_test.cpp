// SPDX-License-Identifier: Apache-2.0
// The rows of the format table: what others wrote is read, what would stop the server is not.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "crypto/bcrypt/libxcrypt.hpp"
#include "crypto/formats/argon2.hpp"
#include "crypto/password_formats.hpp"
#include "crypto/password_hasher.hpp"
#include "password_fixtures.hpp"

namespace keyhold::crypto {
namespace {

class PasswordFormats : public testing::Test {
protected:
    bool verify(std::string_view password, std::string_view stored) {
        const PasswordFormat* format = find_password_format(stored);
        return format != nullptr && format->verify(password, stored, tools_);
    }
    static std::optional<Strength> parse(std::string_view stored) {
        const PasswordFormat* format = find_password_format(stored);
        return format == nullptr ? std::nullopt : format->parse(stored);
    }

    CountingRandom random_;
    FixedSpeeds speeds_;
    bcrypt::Libxcrypt libxcrypt_;
    MemoryBudget memory_{Limits::memory};
    PasswordTools tools_{libxcrypt_, memory_};
};

TEST_F(PasswordFormats, verify_the_hashes_of_others_with_their_passwords_only) {
    for (const auto& [hash, password] : known_answers("password_hashes.txt")) {
        EXPECT_TRUE(verify(password, hash)) << hash;
        EXPECT_FALSE(verify(password + "x", hash)) << hash;
        EXPECT_FALSE(verify("", hash)) << hash;
    }
}

TEST_F(PasswordFormats, each_have_a_hash_of_others_that_they_read) {
    std::set<const PasswordFormat*> read;
    for (const auto& [hash, password] : known_answers("password_hashes.txt")) read.insert(find_password_format(hash));
    for (const PasswordFormat& row : password_formats()) EXPECT_TRUE(read.contains(&row)) << row.prefix;
}

TEST_F(PasswordFormats, refuse_a_hash_that_is_cut_or_goes_on) {
    for (const auto& [hash, password] : known_answers("password_hashes.txt")) {
        for (const std::size_t cut : {std::size_t{1}, std::size_t{2}, std::size_t{5}, hash.size() / 2})
            EXPECT_FALSE(verify(password, std::string_view(hash).substr(0, hash.size() - cut))) << hash << " -" << cut;
        for (const std::string more : {"$", "x", "$x", " ", "\n"}) EXPECT_FALSE(verify(password, hash + more)) << hash;
    }
}

TEST_F(PasswordFormats, refuse_a_prefix_without_its_rest) {
    for (const PasswordFormat& row : password_formats()) {
        EXPECT_FALSE(row.parse(row.prefix)) << row.prefix;
        EXPECT_FALSE(row.parse(std::string(row.prefix) + "$$$$$$")) << row.prefix;
        EXPECT_FALSE(row.verify("x", row.prefix, tools_)) << row.prefix;
    }
}

TEST_F(PasswordFormats, are_not_looked_for_in_a_long_text) {
    EXPECT_NE(find_password_format("$5$" + std::string(1021, 'x')), nullptr);
    EXPECT_EQ(find_password_format("$5$" + std::string(1022, 'x')), nullptr);
}

struct Bound {
    std::string good;  // parses
    std::string bad;   // asks for too much, or for nothing
};

// One number changed: the last that is read, and the first that is not.
TEST_F(PasswordFormats, bound_what_a_planted_hash_may_cost) {
    const std::string argon2 = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    const std::string scrypt = "$F+L8n/OeMyZEiLG2FqJ0Tg$rto+30pdto/IahbxwRfIydrDmK01T4q6d/xMEU6x8lc";
    const std::string sha256 = "$ntN6b00JQWitFaKUklJKiQ$7bsfe7cVCfjxVL6sXRM6ZOBEEwuqVJvTVdYwNIZ21b0";
    const std::string hexadecimal = "$salt$4b007901b765489abead49d926f721d065a429c1";
    const std::string sha_crypt = "$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5";
    const std::string key = "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";
    const std::string firebase = "$Bw==$" + key + "$Bw==$" + key;
    const std::string werkzeug = "$salt$" + std::string(128, '0');
    for (const auto& [good, bad] : {
             Bound{"$argon2id$v=19$m=131072,t=1,p=1" + argon2, "$argon2id$v=19$m=131073,t=1,p=1" + argon2},
             Bound{"$argon2id$v=19$m=65536,t=64,p=1" + argon2, "$argon2id$v=19$m=65536,t=65,p=1" + argon2},
             Bound{"$argon2id$v=19$m=1024,t=1,p=64" + argon2, "$argon2id$v=19$m=1024,t=1,p=65" + argon2},
             Bound{"$argon2id$v=19$m=32,t=1,p=4" + argon2, "$argon2id$v=19$m=31,t=1,p=4" + argon2},
             Bound{"$argon2id$v=19$m=32,t=1,p=1" + argon2, "$argon2id$v=19$m=32,t=0,p=1" + argon2},
             Bound{"$argon2id$v=19$m=32,t=1,p=1" + argon2, "$argon2id$v=19$m=32,t=1,p=0" + argon2},
             Bound{"$argon2id$v=19$m=32,t=1,p=1" + argon2, "$argon2id$v=19$m=32,t=99999999999999999999,p=1" + argon2},
             Bound{"$argon2id$v=19$m=32,t=1,p=1" + argon2, "$argon2id$v=16$m=32,t=1,p=1" + argon2},
             Bound{"$scrypt$ln=17,r=8,p=1" + scrypt, "$scrypt$ln=18,r=8,p=1" + scrypt},
             Bound{"$scrypt$ln=17,r=8,p=32" + scrypt, "$scrypt$ln=17,r=8,p=33" + scrypt},
             Bound{"$scrypt$ln=1,r=8,p=1" + scrypt, "$scrypt$ln=0,r=8,p=1" + scrypt},
             Bound{"$scrypt$ln=1,r=8,p=1" + scrypt, "$scrypt$ln=1,r=0,p=1" + scrypt},
             Bound{"$scrypt$ln=1,r=8,p=1" + scrypt, "$scrypt$ln=1,r=8,p=0" + scrypt},
             Bound{"$scrypt$ln=1,r=8,p=1" + scrypt, "$scrypt$ln=1,r=18446744073709551615,p=1" + scrypt},
             Bound{"$scrypt$ln=1,r=8,p=1" + scrypt, "$scrypt$ln=64,r=8,p=1" + scrypt},
             Bound{"scrypt:32768:8:1" + werkzeug, "scrypt:32769:8:1" + werkzeug},
             Bound{"scrypt:32768:8:1" + werkzeug, "scrypt:32768:8:1$salt$0"},
             Bound{"scrypt:32768:8:1" + werkzeug, "scrypt:32768:8:1$salt$0A" + std::string(126, '0')},
             Bound{"$firescrypt$ln=14,r=8,p=1" + firebase, "$firescrypt$ln=18,r=8,p=1" + firebase},
             Bound{"$firescrypt$ln=14,r=8,p=1" + firebase, "$firescrypt$ln=14,r=8,p=1$Bw==$" + key + "$Bw==$BwAA"},
             Bound{"$pbkdf2-sha256$5000000" + sha256, "$pbkdf2-sha256$5000001" + sha256},
             Bound{"$pbkdf2-sha256$1" + sha256, "$pbkdf2-sha256$0" + sha256},
             Bound{"$pbkdf2-sha256$1" + sha256, "$pbkdf2-sha512$1" + sha256},
             Bound{"$pbkdf2-sha256$1" + sha256, "$pbkdf2-sha256$-1" + sha256},
             Bound{"$pbkdf2-sha256$1" + sha256, "$pbkdf2-sha256$01" + sha256},
             Bound{"pbkdf2:sha1:1" + hexadecimal, "pbkdf2:md5:1" + hexadecimal},
             Bound{"pbkdf2:sha1:1" + hexadecimal, "pbkdf2:sha1:5000001" + hexadecimal},
             Bound{"$5$rounds=2000000" + sha_crypt, "$5$rounds=2000001" + sha_crypt},
             Bound{"$5$rounds=1000" + sha_crypt, "$5$rounds=999" + sha_crypt},
             Bound{"$5" + sha_crypt, "$6" + sha_crypt},
             Bound{"$5" + sha_crypt, "$5$a:b" + sha_crypt.substr(11)},
         }) {
        EXPECT_TRUE(parse(good)) << good;
        EXPECT_FALSE(parse(bad)) << bad;
        EXPECT_FALSE(verify("password", bad)) << bad;
    }
}

TEST_F(PasswordFormats, refuse_a_password_that_sha_crypt_would_cut) {
    const std::string hash = "$5$rounds=1000$Ix4QWrNJeJxEPDXV$ocDldIdjHMaDt6lXdCTxG5ZLh9fT/nGpKRVPrH1qS92";
    EXPECT_TRUE(verify("p\xc3\xa4ssword", hash));
    EXPECT_FALSE(verify(std::string(512, 'x'), hash));
}

class PasswordRehash : public PasswordFormats {
protected:
    static constexpr std::string_view tail_ = "$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    bool wants(const PasswordSettings& settings, const std::string& stored) {
        EXPECT_TRUE(parse(stored)) << stored;
        return make_password_hasher(settings, libxcrypt_, random_, speeds_)->needs_rehash(stored);
    }
    bool bcrypt_12_replaces(const std::string& stored) { return wants({}, stored); }
    bool argon2id_replaces(const std::string& stored) { return wants({.scheme = PasswordScheme::argon2id}, stored); }
};

TEST_F(PasswordRehash, replaces_iterated_digests_by_either_scheme) {
    for (const auto& [hash, password] : known_answers("password_hashes.txt")) {
        if (hash.find("pbkdf2") == std::string::npos && !hash.starts_with("$5$") && !hash.starts_with("$6$")) continue;
        EXPECT_TRUE(bcrypt_12_replaces(hash)) << hash;
        EXPECT_TRUE(argon2id_replaces(hash)) << hash;
    }
}

TEST_F(PasswordRehash, never_goes_from_memory_to_bcrypt) {
    const std::string rest = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    EXPECT_FALSE(bcrypt_12_replaces("$argon2id$v=19$m=7168,t=5,p=1" + rest));
    EXPECT_TRUE(bcrypt_12_replaces("$argon2id$v=19$m=7167,t=5,p=1" + rest));  // too little to count
    EXPECT_FALSE(bcrypt_12_replaces("scrypt:32768:8:1$salt$" + std::string(128, '0')));
    EXPECT_TRUE(argon2id_replaces("$2b$12" + std::string(tail_)));
    EXPECT_TRUE(argon2id_replaces("$2b$16" + std::string(tail_)));
}

TEST_F(PasswordRehash, replaces_less_memory_or_fewer_passes_but_not_one_for_the_other) {
    const std::string rest = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    EXPECT_TRUE(argon2id_replaces("$argon2id$v=19$m=19455,t=2,p=1" + rest));
    EXPECT_TRUE(argon2id_replaces("$argon2id$v=19$m=19456,t=1,p=1" + rest));
    EXPECT_FALSE(argon2id_replaces("$argon2id$v=19$m=19456,t=2,p=1" + rest));
    EXPECT_FALSE(argon2id_replaces("$argon2id$v=19$m=65536,t=1,p=1" + rest));
    EXPECT_FALSE(argon2id_replaces("$argon2id$v=19$m=12288,t=3,p=1" + rest));
}

TEST_F(PasswordRehash, replaces_a_prehash_without_a_salt_unless_that_would_lower_the_cost) {
    const std::string v1 = "$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu";
    EXPECT_TRUE(bcrypt_12_replaces("$bcrypt-sha256$2b,12" + v1));
    EXPECT_FALSE(bcrypt_12_replaces("$bcrypt-sha256$2b,13" + v1));
    EXPECT_FALSE(bcrypt_12_replaces("$bcrypt-sha256$v=2,t=2b,r=12" + v1));
    EXPECT_TRUE(bcrypt_12_replaces("bcrypt_sha256$$2b$12" + std::string(tail_)));
    EXPECT_FALSE(bcrypt_12_replaces("bcrypt$$2b$12" + std::string(tail_)));
}

class PasswordArgon2id : public PasswordFormats {
protected:
    std::unique_ptr<PasswordHasher> hasher_ = make_password_hasher(
        {.scheme = PasswordScheme::argon2id, .argon2_memory = 7168, .argon2_passes = 1}, libxcrypt_, random_, speeds_);
};

// That others read it, tests/e2e/test_password_fixtures.py shows.
TEST_F(PasswordArgon2id, is_written_with_the_cost_that_is_set) {
    const std::string password(200, 'x');
    const std::string hash = hasher_->hash(password);
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=7168,t=1,p=1$")) << hash;
    EXPECT_TRUE(hasher_->verify(password, hash));
    EXPECT_FALSE(hasher_->verify(password.substr(1), hash));
    EXPECT_NE(hasher_->hash(password), hash);
    EXPECT_FALSE(hasher_->needs_rehash(hash));
    EXPECT_NO_THROW(hasher_->verify_nothing(password, 0));
    EXPECT_THROW(hasher_->hash(std::string_view("a\0b", 3)), std::invalid_argument);
}

// By the tests of the reference implementation (phc-winner-argon2) and, with eight lanes, by Debian's argon2-cffi 21.1.
TEST_F(PasswordArgon2id, is_computed_with_any_lanes_and_salts_as_others_compute_it) {
    using Vector = std::pair<std::string_view, std::string_view>;
    for (const auto& [password, hash] :
         {Vector{"password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
          Vector{"password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"},
          Vector{"p\xc3\xa4ssword",
                 "$argon2id$v=19$m=1024,t=2,p=8$Qo3Zn/WcT7FKwtx98++izA$+FLXn0eakR2w3tJYrb85bpAaC7YhhC+ltsKq/vJ+JcQ"}}) {
        const std::string blank = std::string(hash.substr(0, hash.rfind('$') + 1)) + std::string(43, 'A');
        EXPECT_EQ(formats::fill_argon2id(password, blank, tools_), hash);
    }
    EXPECT_THROW(formats::fill_argon2id("password", "$argon2id$v=19$m=256,t=2,p=65", tools_), std::logic_error);
}

TEST_F(PasswordArgon2id, is_written_with_the_lanes_that_are_set) {
    const auto hasher = make_password_hasher(
        {.scheme = PasswordScheme::argon2id, .argon2_memory = 7168, .argon2_passes = 1, .argon2_lanes = 4}, libxcrypt_,
        random_, speeds_);
    const std::string hash = hasher->hash("pa55-word");
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=7168,t=1,p=4$")) << hash;
    EXPECT_TRUE(hasher->verify("pa55-word", hash));
    EXPECT_FALSE(hasher->verify("pa55-worD", hash));
    EXPECT_FALSE(hasher->needs_rehash(hash));
    EXPECT_FALSE(hasher->needs_rehash(hasher_->hash("pa55-word"))) << "lanes make no hash weaker";
    EXPECT_NO_THROW(hasher->verify_nothing("pa55-word", 0));
}

TEST_F(PasswordArgon2id, takes_no_cost_outside_its_bounds) {
    const auto make = [&](std::uint64_t memory, std::uint64_t passes, std::size_t budget, std::uint64_t lanes = 1) {
        return make_password_hasher(
            {.argon2_memory = memory, .argon2_passes = passes, .argon2_lanes = lanes, .memory_budget = budget},
            libxcrypt_, random_, speeds_);
    };
    EXPECT_NO_THROW(make(7168, 1, 131072, 64));
    EXPECT_THROW(make(7168, 1, 131072, 0), std::invalid_argument);
    EXPECT_THROW(make(7168, 1, 131072, 65), std::invalid_argument);
    EXPECT_NO_THROW(make(7168, 1, 131072));
    EXPECT_NO_THROW(make(131072, 32, 131072));
    EXPECT_THROW(make(7167, 1, 131072), std::invalid_argument);
    EXPECT_THROW(make(131073, 1, 131072), std::invalid_argument);
    EXPECT_THROW(make(7168, 0, 131072), std::invalid_argument);
    EXPECT_THROW(make(131072, 33, 131072), std::invalid_argument);
    EXPECT_THROW(make(7168, 1, 131071), std::invalid_argument);
}

TEST(MemoryBudget, never_gives_more_than_it_has) {
    MemoryBudget budget(10);
    std::atomic<int> held = 0;
    std::atomic<int> most = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, kib = 1 + i % 4] {
            for (int turn = 0; turn < 200; ++turn) {
                const MemoryBudget::Share share(budget, static_cast<std::size_t>(kib));
                const int now = held += kib;
                for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
                held -= kib;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_GE(most, 4);
    EXPECT_LE(most, 10);
    const MemoryBudget::Share all(budget, 10);  // everything was given back
}

}  // namespace
}  // namespace keyhold::crypto
