// SPDX-License-Identifier: Apache-2.0
// What is done once a minute is done by parts, so that a stop waits for one of them alone.
#include "domain/accounts/accounts.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

using UpkeepTest = DomainTest;

TEST_F(UpkeepTest, failures_that_mean_nothing_any_more_are_deleted_by_parts) {
    Accounts accounts{*store, hasher, throttle, clock, random, PasswordRules{}};
    const Secret wrong(std::string_view("no"));
    for (int i = 0; i < 501; ++i) EXPECT_FALSE(accounts.authenticate("nobody" + std::to_string(i), wrong, {}));
    EXPECT_FALSE(throttle.look_after()) << "all of it counts still";
    clock.advance(std::chrono::hours(1000));
    EXPECT_TRUE(throttle.look_after()) << "500 at a time";
    EXPECT_FALSE(throttle.look_after());
}

TEST_F(UpkeepTest, sessions_that_would_last_too_long_are_cut_by_parts) {
    put("bob", "hash");
    const auto bob = store->find_by_name_key("bob").value();
    std::string newest;
    for (int i = 0; i < 501; ++i) newest = sessions.start(bob, {}).value().id;
    const Time was_to_end = stores.sessions->find(newest)->session.ends_at;
    clock.set(clock.now() - std::chrono::hours(1000));  // it was wrong when they began
    EXPECT_TRUE(sessions.look_after()) << "500 at a time";
    EXPECT_FALSE(sessions.look_after());
    EXPECT_LT(stores.sessions->find(newest)->session.ends_at, was_to_end);
}

}  // namespace keyhold::domain
