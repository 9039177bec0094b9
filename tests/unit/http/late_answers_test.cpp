// SPDX-License-Identifier: Apache-2.0
#include "http/connection/late_answers.hpp"

#include <gtest/gtest.h>

#include <array>
#include <new>
#include <string>
#include <vector>

#include "failing_memory.hpp"

namespace keyhold::http {
namespace {

using namespace std::chrono_literals;

constexpr PromptRefusals::Time start{};

IpAddress network(std::string_view text) { return IpAddress::parse(text).value().network(); }

int taken(PromptRefusals& refusals, const IpAddress& network, PromptRefusals::Time now, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += refusals.take(network, now) ? 1 : 0;
    return count;
}

TEST(PromptRefusals, are_500_at_once_and_then_250_a_second_for_each_network) {
    PromptRefusals refusals;
    const auto one = network("192.0.2.1"), other = network("192.0.2.2");
    EXPECT_EQ(taken(refusals, one, start + 1h, 10'000), 500);
    EXPECT_EQ(taken(refusals, other, start + 1h, 10'000), 500);
    EXPECT_EQ(taken(refusals, one, start + 1h + 1s, 10'000), 250);
    EXPECT_EQ(taken(refusals, one, start + 2h, 10'000), 500);
}

TEST(PromptRefusals, take_a_bounded_room_and_leave_it) {
    PromptRefusals refusals;
    for (int i = 0; i < 10'000; ++i) refusals.take(network("2001:db8:" + std::to_string(i) + "::1"), start + 1h);
    EXPECT_LE(refusals.size(), 4096U);
    EXPECT_FALSE(refusals.take(network("192.0.2.1"), start + 1h));
    EXPECT_TRUE(refusals.take(network("192.0.2.1"), start + 1h + 1s));
    EXPECT_EQ(refusals.size(), 1U);
}

class LateAnswersTest : public testing::Test {
protected:
    void add(std::chrono::milliseconds from_now, std::size_t owner) {
        due_[owner] = now_ + from_now;
        answers_.add(due_[owner], &due_[owner], [this, owner] { given_.push_back(owner); });
    }

    const LateAnswers::Time now_ = std::chrono::steady_clock::now();  // of all, however much later they are added
    boost::asio::io_context io_{1};
    LateAnswers answers_{io_};
    std::array<LateAnswers::Time, 100> due_;
    std::vector<std::size_t> given_;
};

TEST_F(LateAnswersTest, are_given_in_the_order_in_which_they_are_due_and_not_before) {
    add(20ms, 2);
    add(10ms, 1);
    io_.run();  // until nothing waits any more
    EXPECT_EQ(given_, (std::vector<std::size_t>{1, 2}));
    EXPECT_GE(std::chrono::steady_clock::now(), due_[2]);
}

TEST_F(LateAnswersTest, do_not_wait_for_one_that_is_due_later) {
    add(std::chrono::hours(1), 2);
    add(10ms, 1);
    while (given_.empty()) io_.run_one();
    EXPECT_EQ(given_, (std::vector<std::size_t>{1}));
    EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(LateAnswersTest, are_all_given_though_they_are_due_at_once) {
    for (std::size_t i = 0; i < 100; ++i) add(0ms, i);
    io_.run();
    EXPECT_EQ(given_.size(), 100U);
}

TEST_F(LateAnswersTest, are_forgotten_when_their_owner_goes) {
    add(1ms, 1);
    add(1ms, 2);
    answers_.forget(due_[1], &due_[1]);
    EXPECT_EQ(answers_.size(), 1U);
    io_.run();
    EXPECT_EQ(given_, (std::vector<std::size_t>{2}));
}

TEST_F(LateAnswersTest, are_given_at_once_when_the_end_comes) {
    add(std::chrono::hours(1), 1);
    answers_.release();
    EXPECT_EQ(given_, (std::vector<std::size_t>{1}));
    EXPECT_EQ(answers_.size(), 0U);
}

TEST_F(LateAnswersTest, are_given_though_there_was_no_memory_to_wait_for_one_before) {
    for (std::size_t successes = 0; successes < 20; ++successes) {
        boost::asio::io_context io{1};
        LateAnswers answers{io};
        int first = 0, second = 0;
        memory.fails_after = successes;
        try {
            answers.add(std::chrono::steady_clock::now(), &first, [&] { ++first; });
        } catch (const std::bad_alloc&) {
            first = -1;
        }
        memory = {};
        answers.add(std::chrono::steady_clock::now(), &second, [&] { ++second; });
        io.run();
        EXPECT_EQ(second, 1) << "with so many allocations for the first: " << successes << ", which is at " << first;
    }
}

}  // namespace
}  // namespace keyhold::http
