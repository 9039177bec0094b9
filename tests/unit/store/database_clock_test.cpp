// SPDX-License-Identifier: Apache-2.0
#include "store/database/database_clock.hpp"

#include <gtest/gtest.h>

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

std::chrono::milliseconds machine_time() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

TEST(DatabaseClock, is_the_machines_until_the_database_was_asked) {
    const DatabaseClock clock;
    const Time before = SystemClock().now();
    const Time now = clock.now();
    EXPECT_GE(now, before);
    EXPECT_LE(now, SystemClock().now());
    EXPECT_EQ(clock.ahead(), 0s);
}

TEST(DatabaseClock, is_the_databases_from_then_on) {
    for (const auto difference : {30s, -30s, 86'400s}) {
        DatabaseClock clock;
        const auto asked = BootClock::now();
        clock.learn(asked, asked, machine_time() + difference);
        EXPECT_EQ(clock.ahead(), difference);
        const auto ahead = clock.now() - SystemClock().now();
        EXPECT_LE(std::chrono::abs(ahead - difference), 1s) << "a second may end in between";
    }
}

TEST(DatabaseClock, moves_no_further_than_an_answer_leaves_in_doubt) {
    DatabaseClock clock;
    const auto asked = BootClock::now();
    clock.learn(asked, asked, machine_time() + 30s);
    // Between 20 s ago and now: 30 s ahead fits, so nothing moves, where the middle would be 10 s off.
    clock.learn(asked - 20s, asked, machine_time() + 30s);
    EXPECT_EQ(clock.ahead(), 30s);
    // One that fits no more moves it as far as it must.
    clock.learn(asked - 2s, asked, machine_time() + 40s);
    EXPECT_EQ(clock.ahead(), 40s);
    clock.learn(asked, asked, machine_time() - 5s);
    EXPECT_EQ(clock.ahead(), -5s);
}

}  // namespace keyhold::store
