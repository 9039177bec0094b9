// SPDX-License-Identifier: Apache-2.0
// Sessions and the facts of their accounts are remembered apart.
#include <gtest/gtest.h>

#include "base/waiting.hpp"
#include "liveness_fixture.hpp"

namespace keyhold::domain {

TEST_F(LivenessTest, the_sessions_of_an_account_share_what_is_known_of_it) {
    const Id first = log_in("bob"), second = log_in("bob");
    const LiveAccount one = liveness.find_session(first), two = liveness.find_session(second);
    ASSERT_TRUE(one && two);
    EXPECT_EQ(&*one, &*two);
    EXPECT_EQ(&*one, &*liveness.find_account(*parse_id(id_of("bob"))));
    EXPECT_EQ(&*one, &*liveness.find_by_name_key("bob"));
    EXPECT_EQ(liveness.counters().accounts.entries, 1U);
}

TEST_F(LivenessTest, a_fact_that_changes_counts_at_once_in_every_session_and_ends_none) {
    const Id first = log_in("bob"), second = log_in("bob"), anns = log_in("ann");
    for (const Id& session : {first, second, anns}) ASSERT_TRUE(liveness.find_session(session));
    ASSERT_TRUE(liveness.find_by_name_key("bob"));
    const LiveAccount before = liveness.find_session(first), ann = liveness.find_session(anns);
    watched->asked = 0;
    const auto elsewhere = store::open_stores(url, {}).value();
    ASSERT_TRUE(elsewhere.accounts->end_tokens(id_of("bob"), clock.now() + std::chrono::seconds(100)));
    const Time from = clock.now() + std::chrono::seconds(101);
    for (const Id& session : {first, second}) {
        EXPECT_EQ(liveness.find_session(session)->tokens_valid_from, from);
        EXPECT_EQ(liveness.recall_session(session)->tokens_valid_from, from) << "and is remembered";
    }
    EXPECT_EQ(liveness.find_by_name_key("bob")->tokens_valid_from, from);
    EXPECT_EQ(watched->asked, 0) << "the sessions were not asked for again";
    EXPECT_NE(before->tokens_valid_from, from) << "a request that is under way goes on with what it was given";
    EXPECT_EQ(&*liveness.find_session(anns), &*ann) << "nobody else is read anew";
}

TEST_F(LivenessTest, a_session_whose_account_cannot_be_read_again_is_not_live) {
    const Id session = log_in("bob");
    ASSERT_TRUE(liveness.find_session(session));
    ASSERT_TRUE(store->end_tokens(id_of("bob"), clock.now()));
    {
        const NoWaiting in_this_block;
        EXPECT_THROW((void)liveness.find_session(session), WouldWait);
    }
    EXPECT_FALSE(liveness.recall_session(session)) << "its account would have to be asked for";
    EXPECT_TRUE(liveness.find_session(session));
    EXPECT_TRUE(liveness.recall_session(session));
}

TEST_F(LivenessTest, facts_that_were_overtaken_by_a_change_are_not_remembered) {
    const Id session = log_in("bob");
    const Time from = clock.now() + std::chrono::seconds(101);
    watched->before_return = [&] {
        watched->before_return = nullptr;
        ASSERT_TRUE(store->end_tokens(id_of("bob"), clock.now() + std::chrono::seconds(100)));
        EXPECT_EQ(liveness.find_account(*parse_id(id_of("bob")))->tokens_valid_from, from);
    };
    (void)liveness.find_session(session);
    EXPECT_EQ(liveness.find_session(session)->tokens_valid_from, from);
    EXPECT_EQ(liveness.find_account(*parse_id(id_of("bob")))->tokens_valid_from, from);
}

}  // namespace keyhold::domain
