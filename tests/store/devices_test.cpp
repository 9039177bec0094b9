// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "fixture.hpp"

namespace keyhold::store {

namespace {

bool log_in(const Opened& store, const std::string& session_id, std::string_view device, std::int64_t generation = 0) {
    return store.sessions->create(session(session_id), generation, {.device = device}).ok();
}

bool knows(const Opened& store, std::string_view device, std::int64_t generation = 0) {
    return store.throttle->knows({device, "id-of-bob", generation});
}

Opened with_bob(Opened opened) {
    EXPECT_TRUE(opened->create(account("bob")).ok());
    return opened;
}

}  // namespace

TEST_P(EveryStore, an_account_knows_a_device_from_its_log_in_on_and_nobody_else_does) {
    const auto store = with_bob(open(url));
    EXPECT_FALSE(knows(store, "phone"));
    ASSERT_TRUE(log_in(store, "s1", "phone"));
    EXPECT_TRUE(knows(open(url), "phone"));
    EXPECT_FALSE(knows(store, "Phone"));
    EXPECT_FALSE(store.throttle->knows({"phone", "id-of-eve", 0}));
    EXPECT_FALSE(knows(store, "phone", 1)) << "the account has another password by now";
}

TEST_P(EveryStore, a_log_in_that_is_refused_makes_no_device_known) {
    const auto store = with_bob(open(url));
    EXPECT_FALSE(log_in(store, "s1", "phone", 7));
    EXPECT_FALSE(knows(store, "phone", 7));
    EXPECT_FALSE(knows(store, "phone", 0));
}

TEST_P(EveryStore, of_more_than_ten_devices_the_one_that_was_used_least_recently_is_forgotten) {
    const auto store = with_bob(open(url));
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(log_in(store, "s" + std::to_string(i), "d" + std::to_string(i)));
    ASSERT_TRUE(log_in(store, "again", "d0"));
    ASSERT_TRUE(log_in(store, "same again", "d0"));
    ASSERT_TRUE(log_in(store, "one more", "d10"));
    for (int i = 0; i <= 10; ++i) EXPECT_EQ(knows(store, "d" + std::to_string(i)), i != 1) << i;
}

TEST_P(EveryStore, devices_that_log_in_at_once_are_ten_in_the_end) {
    const auto store = with_bob(open(url));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 8; ++i) {
                const std::string name = std::to_string(t) + "-" + std::to_string(i);
                EXPECT_TRUE(log_in(store, "s" + name, "d" + name));
            }
        });
    for (std::thread& thread : threads) thread.join();
    int known = 0;
    for (int t = 0; t < 4; ++t)
        for (int i = 0; i < 8; ++i) known += knows(store, "d" + std::to_string(t) + "-" + std::to_string(i)) ? 1 : 0;
    EXPECT_EQ(known, 10);
}

TEST_P(EveryStore, a_new_password_leaves_the_device_that_asked_for_it_alone) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(log_in(store, "s1", "desk"));
    ASSERT_TRUE(log_in(store, "s2", "phone"));
    const auto change = [&](std::int64_t generation, std::string_view keep) {
        return store->set_password({.id = "id-of-bob",
                                    .generation = generation,
                                    .hash = "another",
                                    .keep_session = "s1",
                                    .reason = "password_changed",
                                    .now = now,
                                    .keep_device = keep});
    };
    ASSERT_TRUE(change(0, "desk"));
    EXPECT_TRUE(knows(store, "desk", 1));
    EXPECT_FALSE(knows(store, "phone", 1));
    ASSERT_TRUE(change(1, "phone")) << "which is not known";
    EXPECT_FALSE(knows(store, "desk", 2) || knows(store, "phone", 2));
    ASSERT_TRUE(log_in(store, "s3", "phone", 2));
    EXPECT_TRUE(knows(store, "phone", 2)) << "it has proved the new one";
}

TEST_P(EveryStore, the_devices_of_an_account_go_with_it) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(log_in(store, "s1", "phone"));
    ASSERT_TRUE(store->remove("id-of-bob", "account_deleted", now));
    ASSERT_TRUE(store->create(account("bob")).ok()) << "with the same id, as an import may bring it back";
    EXPECT_FALSE(knows(store, "phone"));
}

}  // namespace keyhold::store
