// SPDX-License-Identifier: Apache-2.0
// No test waits for a time to pass: what has to be over is 0, what must not be is an hour.
#include "guard/key_source.hpp"
#include "jose/algorithm.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <stdexcept>
#include <vector>

namespace keyhold::guard {
namespace {

using namespace std::chrono_literals;

jose::KeySet one_key() {
    jose::KeySet keys;
    keys.add(
        jose::Key::from_secret(*jose::find_algorithm("HS256"), "a secret of forty bytes, for HS256 alone").value());
    return keys;
}

constexpr KeyTimes patient{.refresh_every = 1h, .cool_down = 1h, .stale_if_error = 1h, .wait = 60s, .attempt = 0s};

// What is fetched next; counts how often it was.
struct Issuer {
    std::atomic<int> fetches = 0;
    std::atomic<bool> is_down = false;
    std::atomic<int> text = 1;
    KeySource::Fetch fetch() {
        return [this] {
            ++fetches;
            if (is_down) throw std::runtime_error("down");
            return std::to_string(text);
        };
    }
};
KeySource::Read read_any() {
    return [](const std::string&) { return one_key(); };
}

TEST(KeySource, keys_that_stay_are_there_and_are_never_asked_for_again) {
    KeySource source(one_key());
    EXPECT_EQ(source.version(), 1U);
    source.ask_again();
    EXPECT_EQ(source.keys()->set.keys().size(), 1U);
    EXPECT_EQ(source.trouble(), "");
}

TEST(KeySource, the_first_attempt_is_over_when_it_is_made) {
    Issuer issuer;
    const KeySource source(issuer.fetch(), read_any(), patient);
    EXPECT_EQ(issuer.fetches, 1);
    EXPECT_EQ(source.version(), 1U);
    EXPECT_EQ(source.trouble(), "");
}

TEST(KeySource, without_an_answer_there_are_no_keys_and_it_says_why) {
    Issuer issuer;
    issuer.is_down = true;
    const KeySource source(issuer.fetch(), read_any(), patient);
    EXPECT_EQ(source.version(), 0U);
    EXPECT_EQ(source.keys(), nullptr);
    EXPECT_EQ(source.trouble(), "down");
}

TEST(KeySource, a_storm_of_unknown_kids_causes_one_fetch) {
    Issuer issuer;
    KeySource source(issuer.fetch(), read_any(), patient);
    std::vector<std::jthread> threads;
    std::latch start(8);
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            start.arrive_and_wait();
            for (int times = 0; times < 1000; ++times) source.ask_again();
        });
    threads.clear();
    EXPECT_EQ(issuer.fetches, 2);
}

TEST(KeySource, whoever_asks_sees_the_new_keys_when_the_call_returns) {
    Issuer issuer;
    KeySource source(issuer.fetch(), read_any(), patient);
    issuer.text = 2;
    source.ask_again();
    EXPECT_EQ(source.version(), 2U);
}

TEST(KeySource, without_a_cool_down_each_question_is_a_fetch) {
    Issuer issuer;
    KeyTimes times = patient;
    times.cool_down = 0s;
    KeySource source(issuer.fetch(), read_any(), times);
    for (int i = 0; i < 5; ++i) source.ask_again();
    EXPECT_EQ(issuer.fetches, 6);
}

TEST(KeySource, keys_that_have_not_changed_stay_the_same_object) {
    Issuer issuer;
    KeySource source(issuer.fetch(), read_any(), patient);
    const auto before = source.keys();
    source.ask_again();
    EXPECT_EQ(issuer.fetches, 2);
    EXPECT_EQ(source.keys(), before);
    EXPECT_EQ(source.version(), before->version);
}

TEST(KeySource, the_last_good_keys_serve_while_none_can_be_fetched) {
    Issuer issuer;
    KeySource source(issuer.fetch(), read_any(), patient);
    issuer.is_down = true;
    source.ask_again();
    EXPECT_EQ(source.version(), 1U);
    EXPECT_EQ(source.trouble(), "down");
}

TEST(KeySource, but_no_longer_than_they_may) {
    Issuer issuer;
    const KeySource source(issuer.fetch(), read_any(),
                           {.refresh_every = 0s, .cool_down = 1h, .stale_if_error = 0s, .wait = 0s, .attempt = 0s});
    EXPECT_EQ(source.version(), 0U);
    EXPECT_EQ(source.keys(), nullptr);
}

TEST(KeySource, what_cannot_be_read_does_not_take_the_place_of_what_could) {
    Issuer issuer;
    const auto read = [](const std::string& text) {
        if (text == "2") throw std::runtime_error("no keys");
        return one_key();
    };
    KeyTimes times = patient;
    times.cool_down = 0s;
    KeySource source(issuer.fetch(), read, times);
    issuer.text = 2;
    source.ask_again();
    EXPECT_EQ(source.version(), 1U);
    EXPECT_EQ(source.trouble(), "no keys");
    issuer.text = 3;
    source.ask_again();
    EXPECT_EQ(source.version(), 2U);
    EXPECT_EQ(source.trouble(), "");
}

TEST(KeySource, goes_away_at_once_while_it_waits_for_its_next_time) {
    Issuer issuer;
    { const KeySource source(issuer.fetch(), read_any(), patient); }
    EXPECT_EQ(issuer.fetches, 1);
}

}  // namespace
}  // namespace keyhold::guard
