// SPDX-License-Identifier: Apache-2.0
// What a log-in costs, in units of work that are asked for: the same whatever is stored, and never without bounds.
#include <atomic>
#include <latch>
#include <map>
#include <thread>
#include <vector>

#include "base/exceptions.hpp"
#include "crypto/password_formats.hpp"
#include "crypto/password_hasher.hpp"
#include "crypto/single_slot.hpp"
#include "password_fixtures.hpp"

namespace keyhold::crypto {
namespace {

using namespace std::chrono_literals;

// Counts the key schedules, and computes none.
class CountingBackend final : public bcrypt::Backend {
public:
    bcrypt::Digest compute(const bcrypt::Request& request) override {
        schedules += std::uint64_t{1} << request.cost;
        if (on_compute) on_compute();
        return {1};  // not what a sample has
    }
    std::atomic<std::uint64_t> schedules = 0;
    std::function<void()> on_compute;
};

std::string bcrypt_of(int cost) { return sample_of({Work::Kind::bcrypt, {static_cast<std::uint64_t>(cost)}}); }

class HashCost : public testing::Test {
protected:
    // Ours is bcrypt 10: 1024 schedules of 60 us each, 61 ms. What is not bcrypt takes `foreign_` of its thread.
    std::unique_ptr<PasswordHasher> make(PasswordSettings settings) {
        settings.thread_time = [this] { return clock_ += foreign_; };
        settings.warn = [this](std::string_view text) { warnings_.emplace_back(text); };
        return make_password_hasher(settings, backend_, random_, speeds_);
    }
    std::uint64_t cost_of(const std::function<void()>& what) {
        const std::uint64_t before = backend_.schedules;
        what();
        return backend_.schedules - before;
    }
    std::uint64_t cost_of_wrong(const std::string& stored, std::string_view password = "wrong") {
        return cost_of([&] { EXPECT_FALSE(hasher_->verify(password, stored)) << stored; });
    }

    std::chrono::nanoseconds clock_{}, foreign_ = 3ms;
    std::vector<std::string> warnings_;
    CountingBackend backend_;
    CountingRandom random_;
    FixedSpeeds speeds_;
    std::unique_ptr<PasswordHasher> hasher_ = make({.bcrypt_cost = 10});
};

TEST_F(HashCost, a_cheaper_bcrypt_hash_costs_what_ours_does) {
    for (const int cost : {4, 5, 8, 9, 10}) EXPECT_EQ(cost_of_wrong(bcrypt_of(cost)), 1024U) << cost;
    EXPECT_EQ(cost_of_wrong(bcrypt_of(11)), 2048U) << "dearer ones cost what they cost";
}

TEST_F(HashCost, after_a_foreign_hash_the_rest_of_our_cost_is_spent) {
    // 1024 schedules of 60 us less 3 ms are 974, and 960 in steps of 16.
    const auto hash = "$5$rounds=1000$Ix4QWrNJeJxEPDXV$ocDldIdjHMaDt6lXdCTxG5ZLh9fT/nGpKRVPrH1qS92";
    EXPECT_EQ(cost_of_wrong(hash), 960U);
    EXPECT_EQ(cost_of([&] { EXPECT_TRUE(hasher_->verify("p\xc3\xa4ssword", hash)); }), 960U) << "a right one too";
    foreign_ = 70ms;
    EXPECT_EQ(cost_of_wrong(hash), 0U) << "it took longer than ours";
}

TEST_F(HashCost, what_is_no_hash_costs_what_ours_does) {
    for (const std::string& stored :
         std::vector<std::string>{"", "!", "*0", "$2b$10$short", "$2b$17$" + std::string(53, '.')})
        EXPECT_EQ(cost_of_wrong(stored), 1024U) << stored;
    EXPECT_EQ(cost_of_wrong(bcrypt_of(4), std::string_view("a\0b", 3)), 1024U);
}

TEST_F(HashCost, a_name_that_nobody_has_costs_ours_until_it_is_known_what_is_stored) {
    EXPECT_EQ(cost_of([&] { hasher_->verify_nothing("wrong", 0); }), 1024U);
    EXPECT_EQ(cost_of([&] { hasher_->verify_nothing("wrong", ~std::uint64_t{0}); }), 1024U);
}

TEST_F(HashCost, names_that_nobody_has_cost_what_stored_hashes_cost_in_the_same_shares) {
    hasher_->expect(StoredCosts({{Work{Work::Kind::bcrypt, {4}}, 5},
                                 {Work{Work::Kind::bcrypt, {11}}, 3},
                                 {Work{Work::Kind::bcrypt, {12}}, 2}}));
    std::map<std::uint64_t, int> seen;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        const std::uint64_t draw = (2 * i + 1) * (~std::uint64_t{0} / 2000);
        const auto cost = cost_of([&] { hasher_->verify_nothing("wrong", draw); });
        EXPECT_EQ(cost_of([&] { hasher_->verify_nothing("other", draw); }), cost) << "a name draws the same each time";
        ++seen[cost];
    }
    EXPECT_EQ(seen, (std::map<std::uint64_t, int>{{1024, 500}, {2048, 300}, {4096, 200}}));
}

TEST_F(HashCost, what_would_take_over_a_second_is_refused_with_a_reason_and_costs_what_ours_does) {
    EXPECT_EQ(hasher_->why_refused(bcrypt_of(13)), "");
    EXPECT_EQ(hasher_->why_refused(bcrypt_of(15)),
              "the password hash (bcrypt) would take 2.0 s of this machine for each log-in; the most is 1.0 s");
    // 2^20 and 2^31 schedules of 60 us: dearer than any hash that is computed.
    EXPECT_EQ(hasher_->why_refused(bcrypt_of(20)),
              "the password hash (bcrypt) would take 63.0 s of this machine for each log-in; the most is 1.0 s");
    EXPECT_EQ(hasher_->why_refused(bcrypt_of(31)),
              "the password hash (bcrypt) would take 128849.1 s of this machine for each log-in; the most is 1.0 s");
    EXPECT_EQ(cost_of_wrong(bcrypt_of(15)), 1024U);
    ASSERT_EQ(warnings_.size(), 1U);
    EXPECT_EQ(warnings_[0],
              "a stored password hash (bcrypt) was not computed, as it would take 2.0 s for a password of this length: "
              "the log-in was refused");
    cost_of_wrong(bcrypt_of(15));
    EXPECT_EQ(warnings_.size(), 1U) << "not once for each guess";
}

// "Malformed or too dear" leaves whoever imports users to guess which.
TEST_F(HashCost, what_is_malformed_and_what_asks_for_too_much_are_told_apart) {
    const std::string b64 = std::string(43, 'A'), hexadecimal(128, '0');
    for (const std::string& dear : std::vector<std::string>{
             "$2b$17$" + std::string(53, '.'), "bcrypt$$2b$31$" + std::string(53, '.'),
             "$bcrypt-sha256$v=2,t=2b,r=20$" + std::string(22, '.') + '$' + std::string(31, '.'),
             "$argon2id$v=19$m=4194304,t=100,p=4$c2FsdHNhbHRzYWx0$" + b64,
             "scrypt:67108864:8:16$saltsalt$" + hexadecimal, "$scrypt$ln=26,r=8,p=16$c2FsdHNhbHQ$" + b64,
             "pbkdf2:sha512:2000000000$saltsalt$" + hexadecimal,
             "$6$rounds=999999999$saltsaltsaltsalt$" + std::string(86, 'a')})
        EXPECT_NE(hasher_->why_refused(dear).find(") would take "), std::string::npos) << hasher_->why_refused(dear);
    EXPECT_EQ(hasher_->why_refused("$argon2id$v=19$m=131073,t=1,p=1$c2FsdHNhbHRzYWx0$" + b64),
              "the password hash (argon2id) asks for more memory or more rounds than are computed here");
    for (const std::string& malformed : std::vector<std::string>{
             "$2b$20$" + std::string(52, '.'), "$2b$32$" + std::string(53, '.'), "$2b$12$short",
             "$argon2id$v=19$m=4194304,t=0,p=4$c2FsdHNhbHRzYWx0$" + b64, "scrypt:67108865:8:16$saltsalt$" + hexadecimal,
             "pbkdf2:sha512:2000000000$saltsalt$0", "$6$rounds=1$saltsaltsaltsalt$" + std::string(86, 'a')})
        EXPECT_NE(hasher_->why_refused(malformed).find(", but is malformed"), std::string::npos)
            << malformed << ": " << hasher_->why_refused(malformed);
}

TEST_F(HashCost, each_kind_is_bounded_by_time) {
    // 60 ns a unit: 16.7 million units are a second.
    const std::string b64 = std::string(43, 'A'), hexadecimal(128, '0');
    for (const auto& [good, bad] : std::map<std::string, std::string>{
             {"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$" + b64, ""},
             {"scrypt:131072:8:1$saltsalt$" + hexadecimal, "scrypt:131072:8:32$saltsalt$" + hexadecimal},
             {"pbkdf2:sha512:600000$saltsalt$" + hexadecimal, ""},
             {"$6$rounds=656000$saltsaltsaltsalt$" + std::string(86, 'a'), ""}}) {
        EXPECT_EQ(hasher_->why_refused(good), "") << good;
        if (!bad.empty()) {
            EXPECT_NE(hasher_->why_refused(bad), "") << bad;
        }
    }
    FixedSpeeds slow(6'000'000);
    EXPECT_NE(why_refused("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$" + b64, slow), "");
    EXPECT_NE(why_refused("pbkdf2:sha512:600000$saltsalt$" + hexadecimal, slow), "");
}

TEST_F(HashCost, of_sha_crypt_the_length_of_the_password_counts) {
    // The rounds hash the password 13 of 7 times: 511 bytes make about 8 blocks of 128 bytes for 2.
    const std::string stored = sample_of({Work::Kind::sha512_crypt, {100'000}});
    FixedSpeeds speeds(3'000'000);  // 3 us a block
    hasher_ = make_password_hasher({.bcrypt_cost = 4}, backend_, random_, speeds);
    EXPECT_EQ(hasher_->why_refused(stored), "");
    EXPECT_GT(speeds.time_of({Work::Kind::sha512_crypt, {100'000}}, 511), 2s);
    EXPECT_EQ(cost_of_wrong(stored, std::string(511, 'x')), 16U) << "ours alone";
    EXPECT_EQ(cost_of_wrong(stored, std::string(600, 'x')), 16U) << "crypt_r takes no such password";
}

TEST_F(HashCost, hashes_of_our_own_settings_are_never_too_dear) {
    hasher_ = make({.bcrypt_cost = 16});
    EXPECT_EQ(hasher_->why_refused(bcrypt_of(16)), "");
    EXPECT_EQ(cost_of_wrong(bcrypt_of(16)), 65536U);
    EXPECT_EQ(cost_of_wrong(bcrypt_of(12)), 65536U);
}

TEST_F(HashCost, with_argon2id_of_our_own_a_cheaper_bcrypt_hash_does_the_same_bcrypt_for_nobody) {
    hasher_ = make({.scheme = PasswordScheme::argon2id, .argon2_memory = 7168, .argon2_passes = 1});
    EXPECT_EQ(cost_of_wrong(bcrypt_of(4)), 16U) << "the rest is Argon2id";
    hasher_->expect(StoredCosts({{Work{Work::Kind::bcrypt, {4}}, 1}}));
    EXPECT_EQ(cost_of([&] { hasher_->verify_nothing("wrong", 7); }), 16U);
}

TEST_F(HashCost, dear_hashes_have_one_place_and_two_may_wait_for_it) {
    // bcrypt 13 is 8 times ours.
    std::latch first_computes(1), go_on(1);
    std::atomic<int> busy = 0, at_once = 0, most = 0;
    backend_.on_compute = [&] {
        most = std::max<int>(most, ++at_once);
        if (at_once == 1 && !first_computes.try_wait()) first_computes.count_down();
        go_on.wait();
        --at_once;
    };
    const auto guess = [&] {
        try {
            EXPECT_FALSE(hasher_->verify("wrong", bcrypt_of(13)));
        } catch (const Busy&) {
            if (++busy == 5) go_on.count_down();
        }
    };
    std::vector<std::jthread> threads;
    threads.emplace_back(guess);
    first_computes.wait();
    for (int i = 0; i < 7; ++i) threads.emplace_back(guess);
    threads.clear();
    EXPECT_EQ(busy, 5) << "of 8 one computed and two waited";
    EXPECT_EQ(most, 1);
    EXPECT_EQ(cost_of_wrong(bcrypt_of(11)), 2048U) << "others do not wait for the slot";
}

TEST(SingleSlot, who_has_gone_does_not_take_the_place) {
    SingleSlot slot(2);
    std::stop_source gone;
    std::optional<SingleSlot::Hold> hold(std::in_place, slot, std::stop_token());
    std::atomic<bool> abandoned = false;
    std::jthread waiting([&] {
        try {
            const SingleSlot::Hold mine(slot, gone.get_token());
        } catch (const Abandoned&) {
            abandoned = true;
        }
    });
    gone.request_stop();
    waiting.join();
    EXPECT_TRUE(abandoned);
    EXPECT_THROW(SingleSlot::Hold(slot, gone.get_token()), Abandoned);
    hold.reset();
    EXPECT_NO_THROW(SingleSlot::Hold(slot, std::stop_token()));
}

TEST(Work, a_sample_asks_for_the_work_that_it_is_a_sample_of) {
    for (const Work& work : {Work{Work::Kind::bcrypt, {4}}, Work{Work::Kind::argon2id, {8192, 2, 4}},
                             Work{Work::Kind::argon2i, {64, 3, 1}}, Work{Work::Kind::scrypt, {1024, 8, 2}},
                             Work{Work::Kind::pbkdf2_sha1, {7}}, Work{Work::Kind::pbkdf2_sha256, {7}},
                             Work{Work::Kind::pbkdf2_sha512, {7}}, Work{Work::Kind::sha256_crypt, {5000}},
                             Work{Work::Kind::sha512_crypt, {1000}}}) {
        const std::string text = sample_of(work);
        const PasswordFormat* const format = find_password_format(text);
        ASSERT_NE(format, nullptr) << text;
        EXPECT_EQ(format->work(text), work) << text;
    }
}

TEST(Work, every_known_answer_has_a_sample_that_is_computed) {
    CountingBackend backend;
    MemoryBudget memory(Limits::memory);
    PasswordTools tools{backend, memory};
    for (const auto& [hash, password] : known_answers("password_hashes.txt")) {
        const auto work = find_password_format(hash)->work(hash);
        ASSERT_TRUE(work) << hash;
        const std::string text = sample_of(*work);
        EXPECT_NO_THROW(EXPECT_FALSE(find_password_format(text)->verify(password, text, tools))) << text;
    }
}

// OpenSSL's scrypt refuses these by its own bounds (RFC 7914 section 2: N < 2^(128 * r / 8), p <= (2^32-1) * 32 / (128
// r)), or they need gigabytes for the lanes: they were 500 at the log-in.
TEST(Work, what_no_library_computes_is_no_hash) {
    const std::string rest = "$saltsalt$" + std::string(128, '0');
    for (const std::string parameters : {"1048576:1:32", "65536:1:1", "2:131072:128", "2:1024:1024"}) {
        const std::string text = "scrypt:" + parameters + rest;
        EXPECT_FALSE(find_password_format(text)->work(text)) << text;
        EXPECT_FALSE(find_password_format(text)->parse(text)) << text;
    }
    for (const std::string parameters : {"32768:1:1", "131072:8:1", "2:1024:16"}) {
        const std::string text = "scrypt:" + parameters + rest;
        EXPECT_TRUE(find_password_format(text)->work(text)) << text;
    }
    // Base64 with bits left over, which libsodium does not read.
    const std::string argon2 = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$" + std::string(42, 'A');
    EXPECT_TRUE(find_password_format(argon2)->work(argon2 + "A"));
    EXPECT_FALSE(find_password_format(argon2)->work(argon2 + "B"));
}

}  // namespace
}  // namespace keyhold::crypto
