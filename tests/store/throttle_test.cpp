// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "fixture.hpp"

namespace keyhold::store {

namespace {

using std::chrono::seconds;

Failures failures(std::int64_t count, Time forgotten_at = now + seconds(100)) {
    return {.count = count, .address = "there", .locked_until = now + seconds(count), .forgotten_at = forgotten_at};
}

}  // namespace

TEST_P(EveryStore, failures_are_read_back_as_they_were_written_also_by_another_process) {
    const auto store = open(url);
    EXPECT_FALSE(store.throttle->find("bob"));
    ASSERT_TRUE(store.throttle->replace("bob", {}, failures(3)));
    EXPECT_EQ(store.throttle->find("bob"), failures(3));
    EXPECT_EQ(open(url).throttle->find("bob"), failures(3));
    EXPECT_FALSE(store.throttle->find("Bob")) << "subjects are compared byte by byte";
}

TEST_P(EveryStore, failures_are_replaced_only_by_whoever_knows_them) {
    const auto store = open(url);
    ASSERT_TRUE(store.throttle->replace("bob", {}, failures(1)));
    EXPECT_FALSE(store.throttle->replace("bob", {}, failures(1)));
    EXPECT_FALSE(store.throttle->replace("bob", failures(2), failures(3)));
    EXPECT_FALSE(store.throttle->replace("bob", failures(2), {}));
    EXPECT_EQ(store.throttle->find("bob"), failures(1));
    EXPECT_TRUE(store.throttle->replace("bob", failures(1), failures(2)));
    EXPECT_TRUE(store.throttle->replace("bob", failures(2), {}));
    EXPECT_FALSE(store.throttle->find("bob"));
    EXPECT_FALSE(store.throttle->replace("bob", failures(2), failures(3)));
}

TEST_P(EveryStore, failures_that_many_count_at_once_are_all_counted) {
    const auto store = open(url);
    const auto count = [&] {
        for (int i = 0; i < 25; ++i)
            for (bool done = false; !done;) {
                const auto known = store.throttle->find("bob");
                done = store.throttle->replace("bob", known, failures(known ? known->count + 1 : 1));
            }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(count);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(store.throttle->find("bob")->count, 100);
}

TEST_P(EveryStore, forgetting_a_subject_takes_its_parts_with_it_and_nobody_else) {
    const auto store = open(url);
    for (const char* subject : {"bob", "bob.phone", "bob.tablet", "bo", "bobby", "bob-", "bob/x"})
        ASSERT_TRUE(store.throttle->replace(subject, {}, failures(1)));
    EXPECT_EQ(store.throttle->forget("bob"), 3);
    EXPECT_EQ(store.throttle->forget("bob"), 0);
    for (const char* subject : {"bo", "bobby", "bob-", "bob/x"}) EXPECT_TRUE(store.throttle->find(subject)) << subject;
}

TEST_P(EveryStore, what_is_forgotten_is_deleted_first_and_then_what_failed_least) {
    const auto store = open(url);
    ASSERT_TRUE(store.throttle->replace("over", {}, failures(9, now)));
    for (int count = 1; count <= 5; ++count)
        ASSERT_TRUE(store.throttle->replace("bob" + std::to_string(count), {}, failures(count)));
    EXPECT_EQ(store.throttle->purge(now, 2, 100), 1);
    EXPECT_FALSE(store.throttle->find("over"));
    EXPECT_EQ(store.throttle->purge(now, 2, 1), 1);
    EXPECT_FALSE(store.throttle->find("bob1"));
    EXPECT_EQ(store.throttle->purge(now, 2, 100), 2);
    EXPECT_EQ(store.throttle->purge(now, 2, 100), 0);
    EXPECT_TRUE(store.throttle->find("bob4") && store.throttle->find("bob5"));
}

TEST_P(EveryStore, the_secret_of_the_throttle_is_made_once) {
    EXPECT_EQ(open(url).throttle->secret("first"), "first");
    const auto store = open(url);
    EXPECT_EQ(store.throttle->secret("second"), "first");
}

}  // namespace keyhold::store
