// SPDX-License-Identifier: Apache-2.0
#include "http/connection/fair_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keyhold::http {
namespace {

using namespace std::chrono_literals;
using Queue = FairQueue<std::string>;

constexpr Queue::Time start{};

Payer stranger(std::string_view address) { return {IpAddress::parse(address).value().network(), {}}; }
Payer known(std::string_view address, std::string account) {
    return {IpAddress::parse(address).value().network(), std::move(account)};
}

// One thread that is at work, and a request every 100 ms by the first guess.
class FairQueueTest : public testing::Test {
protected:
    FairQueueTest() {
        queue_.push(stranger("192.0.2.99"), "at work", start);
        EXPECT_EQ(queue_.take(start)->item, "at work");
    }

    void push(const Payer& payer, std::string item, int times = 1) {
        for (int i = 0; i < times; ++i) queue_.push(payer, item, start);
    }
    std::string order() {
        std::string all;
        for (const std::string& item : queue_.clear()) all += item;
        return all;
    }

    Queue queue_{1, {.places = 1000, .longest_wait = 1s, .pace = 100ms}};
};

TEST_F(FairQueueTest, one_payer_is_served_in_the_order_in_which_he_came) {
    push(stranger("192.0.2.1"), "a");
    push(stranger("192.0.2.1"), "b");
    push(stranger("192.0.2.1"), "c");
    EXPECT_EQ(order(), "abc");
}

TEST_F(FairQueueTest, networks_take_turns_however_much_one_of_them_sends) {
    push(stranger("192.0.2.1"), "a", 4);
    push(stranger("192.0.2.2"), "b", 2);
    push(stranger("192.0.2.3"), "c", 1);
    EXPECT_EQ(order(), "abcabaa");
}

TEST_F(FairQueueTest, all_addresses_of_a_64_are_one_network) {
    push(stranger("2001:db8::1"), "a");
    push(stranger("2001:db8::2"), "a");
    push(stranger("2001:db8:0:1::1"), "b");
    EXPECT_EQ(order(), "aba");
}

TEST_F(FairQueueTest, who_was_served_goes_behind_those_who_wait) {
    push(stranger("192.0.2.1"), "a", 2);
    push(stranger("192.0.2.2"), "b");
    EXPECT_EQ(queue_.take(start)->item, "a");
    push(stranger("192.0.2.3"), "c");
    EXPECT_EQ(order(), "bac");
}

TEST_F(FairQueueTest, two_who_are_known_come_before_one_stranger) {
    push(stranger("192.0.2.1"), "s", 4);
    push(known("192.0.2.1", "ann"), "k", 5);
    EXPECT_EQ(order(), "kkskkskss");
}

TEST_F(FairQueueTest, within_a_network_accounts_take_turns_and_take_no_more_of_other_networks) {
    push(known("192.0.2.1", "eve"), "e", 3);
    push(known("192.0.2.1", "ann"), "a", 1);
    push(known("192.0.2.2", "ben"), "b", 2);
    EXPECT_EQ(order(), "ebabee");
}

TEST_F(FairQueueTest, nobody_waits_while_a_thread_is_free) {
    FairQueue<int> queue(2, {.longest_wait = 1s, .pace = 100ms});
    const Payer someone = stranger("192.0.2.1");
    EXPECT_EQ(queue.wait_of(someone, start), 0s);
    queue.push(someone, 1, start);
    queue.take(start);
    queue.push(someone, 2, start);  // the other thread has not come for it yet
    EXPECT_EQ(queue.wait_of(someone, start), 100ms);
}

TEST_F(FairQueueTest, a_wait_is_as_many_turns_as_come_before_at_the_pace_of_the_threads) {
    EXPECT_EQ(queue_.wait_of(stranger("192.0.2.1"), start), 100ms);
    push(stranger("192.0.2.1"), "a", 6);
    EXPECT_EQ(queue_.wait_of(stranger("192.0.2.1"), start), 700ms);
    EXPECT_EQ(queue_.wait_of(stranger("192.0.2.2"), start), 200ms);  // one of the first network, then his own
    push(stranger("192.0.2.2"), "b");
    EXPECT_EQ(queue_.wait_of(stranger("192.0.2.2"), start), 400ms);      // a, b, a, then his second
    EXPECT_EQ(queue_.wait_of(known("192.0.2.2", "ann"), start), 200ms);  // a stranger may be between two who are known
}

TEST_F(FairQueueTest, a_wait_is_never_less_than_what_comes_before) {
    const std::vector<Payer> payers{stranger("192.0.2.1"),     stranger("192.0.2.2"),     stranger("192.0.2.3"),
                                    known("192.0.2.1", "ann"), known("192.0.2.1", "eve"), known("192.0.2.2", "ben")};
    // All ways to have 0 to 2 of each in the queue.
    for (int way = 0; way < 3 * 3 * 3 * 3 * 3 * 3; ++way)
        for (const Payer& who : payers) {
            int rest = way;
            for (const Payer& payer : payers) {
                push(payer, "x", rest % 3);
                rest /= 3;
            }
            const auto wait = queue_.wait_of(who, start);
            push(who, "!");
            EXPECT_GE(wait, 100ms * (order().find('!') + 1)) << way;
        }
}

TEST_F(FairQueueTest, who_would_wait_longer_than_a_second_is_told_when_there_is_a_place) {
    push(stranger("192.0.2.1"), "a", 9);
    EXPECT_EQ(queue_.refusal(stranger("192.0.2.1"), start), std::nullopt);  // 1.0 s
    push(stranger("192.0.2.1"), "a");
    EXPECT_EQ(queue_.refusal(stranger("192.0.2.1"), start), 1s);  // 0.1 s, rounded up
    push(stranger("192.0.2.1"), "a", 19);
    EXPECT_EQ(queue_.refusal(stranger("192.0.2.1"), start), 2s);  // 30 before his: 3.0 s - 1 s, but one is his
    push(stranger("192.0.2.1"), "a");
    EXPECT_EQ(queue_.refusal(stranger("192.0.2.1"), start), 3s);
    EXPECT_EQ(queue_.refusal(stranger("192.0.2.2"), start), std::nullopt);
    EXPECT_EQ(queue_.refusal(known("192.0.2.1", "ann"), start), std::nullopt);
}

TEST_F(FairQueueTest, strangers_of_many_networks_leave_the_places_of_those_who_are_known) {
    for (int i = 1; i <= 200; ++i) push(stranger("192.0.2." + std::to_string(i)), "s");
    EXPECT_EQ(queue_.refusal(stranger("198.51.100.1"), start), 20s);  // 201 turns are 20.1 s, a second less, rounded up
    EXPECT_EQ(queue_.refusal(known("198.51.100.1", "ann"), start), std::nullopt);
    push(known("198.51.100.1", "ann"), "k");
    EXPECT_EQ(queue_.take(start)->item, "k");
}

TEST_F(FairQueueTest, who_is_known_many_times_leaves_every_third_turn_to_strangers) {
    push(known("192.0.2.1", "eve"), "k", 200);
    EXPECT_EQ(queue_.wait_of(stranger("192.0.2.2"), start), 300ms);
    EXPECT_EQ(queue_.refusal(known("192.0.2.1", "eve"), start), 20s);
    EXPECT_EQ(queue_.refusal(known("192.0.2.2", "ben"), start), std::nullopt);
}

TEST_F(FairQueueTest, where_places_are_counted_each_kind_has_its_own) {
    FairQueue<int> queue(1, {.places = 2});
    const Payer someone = stranger("192.0.2.1"), ann = known("192.0.2.1", "ann");
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(queue.refusal(someone, start), std::nullopt);
        queue.push(someone, i, start);
        if (i == 0) queue.take(start);
    }
    EXPECT_EQ(queue.refusal(someone, start), 1s);
    EXPECT_EQ(queue.refusal(ann, start), std::nullopt);
    queue.push(ann, 3, start);
    queue.push(ann, 4, start);
    EXPECT_EQ(queue.refusal(ann, start), 1s);
    EXPECT_FALSE(queue.take(start + 24h)->is_late);  // there is no limit in time
}

TEST_F(FairQueueTest, who_has_waited_twice_as_long_as_he_should_is_late) {
    push(stranger("192.0.2.1"), "a", 2);
    EXPECT_FALSE(queue_.take(start + 2s)->is_late);
    EXPECT_TRUE(queue_.take(start + 2s + 1ns)->is_late);
}

TEST_F(FairQueueTest, nobody_is_late_who_waited_as_long_as_the_work_takes) {
    FairQueue<int> queue(4, {.longest_wait = 1s, .pace = 1s});  // four at a time, in 4 s
    for (int i = 0; i < 3; ++i) queue.push(stranger("192.0.2.1"), i, start);
    EXPECT_FALSE(queue.take(start + 4s)->is_late);
    EXPECT_TRUE(queue.take(start + 4s + 1ns)->is_late);
}

TEST_F(FairQueueTest, what_was_taken_out_is_there_no_more) {
    push(stranger("192.0.2.1"), "a", 3);
    push(known("192.0.2.2", "ann"), "k");
    EXPECT_EQ(queue_.size(), 4U);
    EXPECT_EQ(order(), "kaaa");
    EXPECT_EQ(queue_.size(), 0U);
    EXPECT_FALSE(queue_.take(start));
}

TEST(Pace, is_measured_while_all_threads_are_busy_and_only_then) {
    Pace pace(2, 100ms);
    pace.began(start);
    pace.done(start + 9s, false);  // the other one had nothing to do
    EXPECT_EQ(pace.between(start + 9s), 100ms);
    auto now = start + 10s;
    pace.began(now);
    pace.began(now);
    for (int i = 0; i < 1000; ++i) {  // one of them is done every 20 ms
        now += 20ms;
        pace.done(now, true);
        pace.began(now);
    }
    EXPECT_NEAR(std::chrono::duration<double>(pace.between(now)).count(), 0.020, 0.001);
}

TEST(Pace, knows_that_it_is_slow_before_anything_is_done) {
    Pace pace(2, 10ms);
    pace.began(start);
    pace.began(start);
    EXPECT_EQ(pace.between(start + 10ms), 10ms);
    EXPECT_EQ(pace.between(start + 5s), 2500ms);  // either of them takes 5 s at least
}

}  // namespace
}  // namespace keyhold::http
