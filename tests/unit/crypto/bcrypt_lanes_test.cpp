// SPDX-License-Identifier: Apache-2.0
// The kernel against the published vectors and against libxcrypt.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#include "bcrypt_fixtures.hpp"
#include "crypto/bcrypt/lanes.hpp"
#include "crypto/bcrypt/self_test.hpp"
#include "crypto/formats/bcrypt_text.hpp"
#include "password_fixtures.hpp"

namespace keyhold::crypto::bcrypt {
namespace {

constexpr std::uint32_t iterations(int cost) { return std::uint32_t{1} << cost; }

TEST(BcryptLanes, give_the_published_openwall_hashes_in_every_lane) {
    Lanes lanes;
    std::size_t lane = 0;
    for (const auto& [text, password] : known_answers("bcrypt_openwall.txt")) {
        const auto hash = parse_crypt(text);
        ASSERT_EQ(hash.has_value(), !text.starts_with("$2x$")) << text;
        if (!hash) continue;
        for (std::size_t i = 0; i <= lane; ++i) lanes.start(i, {password, hash->variant, hash->cost, hash->salt});
        lanes.run(lane + 1, iterations(hash->cost));
        for (std::size_t i = 0; i <= lane; ++i) EXPECT_EQ(lanes.finish(i), hash->digest) << text << " in lane " << i;
        lane = (lane + 1) % max_lanes;
    }
}

// Returns how many of `count` questions were answered as libxcrypt answers them.
std::size_t agreements(unsigned seed, std::size_t count) {
    Questions questions(seed);
    Lanes lanes;
    std::size_t agreed = 0;
    for (std::size_t asked = 0, used = 1; asked < count; asked += used, used = used % max_lanes + 1) {
        used = std::min(used, count - asked);
        std::vector<Question> batch;
        for (std::size_t i = 0; i < used; ++i) batch.push_back(questions.next());
        for (std::size_t i = 0; i < used; ++i) lanes.start(i, batch[i].ask());
        lanes.run(used, iterations(min_cost));
        for (std::size_t i = 0; i < used; ++i) agreed += lanes.finish(i) == libxcrypt(batch[i]) ? 1U : 0U;
    }
    return agreed;
}

// Instrumented, the kernel is up to fifty times slower, and there is nothing new to see after a few rounds.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::size_t usual_count = 60;
#else
constexpr std::size_t usual_count = 1000;
#endif

// KEYHOLD_TEST_LONG=1 (./test --long) asks 100,000 questions, about four minutes of one core.
TEST(BcryptLanes, agree_with_libxcrypt_on_random_passwords_and_salts_on_every_lane_count) {
    const std::size_t count = std::getenv("KEYHOLD_TEST_LONG") == nullptr ? usual_count : 50'000;
    std::atomic<std::size_t> agreed = 0;
    std::thread other([&] { agreed += agreements(1, count); });
    agreed += agreements(2, count);
    other.join();
    EXPECT_EQ(agreed, 2 * count);
}

TEST(BcryptLanes, do_not_mind_how_the_iterations_are_cut) {
    Questions questions(3);
    const Question question = questions.next();
    Lanes lanes;
    lanes.start(0, question.ask());
    for (const std::uint32_t part : {1U, 0U, 5U, 2U, 8U}) lanes.run(1, part);
    EXPECT_EQ(lanes.finish(0), libxcrypt(question));
}

TEST(BcryptLanes, go_on_after_a_move) {
    Questions questions(4);
    const Question question = questions.next();
    Lanes lanes;
    lanes.start(5, question.ask());
    lanes.move(5, 0);
    EXPECT_TRUE(lanes.is_wiped(5));
    lanes.run(1, iterations(min_cost));
    EXPECT_EQ(lanes.finish(0), libxcrypt(question));
}

TEST(BcryptLanes, are_wiped_when_they_are_done_and_not_before) {
    Lanes lanes;
    EXPECT_TRUE(lanes.is_wiped(0));
    lanes.start(0, {"secret", Variant::b, min_cost, {}});
    lanes.start(1, {"secret", Variant::b, min_cost, {}});
    EXPECT_FALSE(lanes.is_wiped(0));
    lanes.run(2, iterations(min_cost));
    EXPECT_FALSE(lanes.is_wiped(0));
    lanes.finish(0);
    EXPECT_TRUE(lanes.is_wiped(0));
    EXPECT_FALSE(lanes.is_wiped(1));
    lanes.wipe(1);
    EXPECT_TRUE(lanes.is_wiped(1));
}

TEST(BcryptSelfTest, passes_with_the_published_answers) {
    for (std::size_t lanes = 1; lanes <= max_lanes; ++lanes) EXPECT_TRUE(passes_self_test(published_answers(), lanes));
}

TEST(BcryptSelfTest, fails_if_one_answer_is_wrong) {
    std::vector<KnownAnswer> answers(published_answers().begin(), published_answers().end());
    answers[5].password = "U*U*V";
    EXPECT_TRUE(passes_self_test(answers, 5));
    EXPECT_FALSE(passes_self_test(answers, 6));
}

TEST(BcryptSelfTest, fails_without_enough_answers) {
    EXPECT_FALSE(passes_self_test({}, 1));
    EXPECT_FALSE(passes_self_test(published_answers().first(2), 3));
    const KnownAnswer malformed{"U*U", "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"};
    EXPECT_FALSE(passes_self_test({&malformed, 1}, 1));
}

}  // namespace
}  // namespace keyhold::crypto::bcrypt
