// SPDX-License-Identifier: Apache-2.0
#include "http/connection/wait_list.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace keyhold::http {
namespace {

using namespace std::chrono_literals;

TEST(WaitList, calls_whoever_waits_once) {
    WaitList list;
    int called = 0;
    const WaitList::Ticket ticket(list, list.moment(), [&] { ++called; });
    EXPECT_EQ(called, 0);
    list.wake();
    list.wake();
    EXPECT_EQ(called, 1);
}

TEST(WaitList, what_happens_between_the_look_and_the_wait_is_not_missed) {
    WaitList list;
    int called = 0;
    const auto moment = list.moment();
    list.wake();
    const WaitList::Ticket ticket(list, moment, [&] { ++called; });
    EXPECT_EQ(called, 1);
}

TEST(WaitList, forgets_whoever_has_gone) {
    WaitList list;
    int called = 0;
    auto gone = std::make_unique<WaitList::Ticket>(list, list.moment(), [&] { called += 100; });
    const WaitList::Ticket stays(list, list.moment(), [&] { ++called; });
    EXPECT_EQ(list.size(), 2U);
    gone.reset();
    EXPECT_EQ(list.size(), 1U);
    list.wake();
    EXPECT_EQ(called, 1);
}

TEST(WaitList, lets_a_handler_wait_only_where_that_is_allowed) {
    WaitList list;
    EXPECT_NO_THROW(list.wait(list.moment(), 1s));
    {
        const MayWaitForNews here;
        EXPECT_NO_THROW(list.wait(list.moment(), 0s)) << "it was not asked to";
        try {
            list.wait(7, 1s);
            ADD_FAILURE() << "it does not wait";
        } catch (const NothingYet& nothing) {
            EXPECT_EQ(nothing.waiting.list, &list);
            EXPECT_EQ(nothing.waiting.moment, 7U);
            EXPECT_EQ(nothing.waiting.at_most, 1s);
        }
    }
    EXPECT_NO_THROW(list.wait(list.moment(), 1s));
}

TEST(WaitList, has_so_many_places) {
    WaitList list(2);
    const MayWaitForNews here;
    const WaitList::Ticket one(list, list.moment(), [] {});
    EXPECT_THROW(list.wait(list.moment(), 1s), NothingYet);
    const WaitList::Ticket two(list, list.moment(), [] {});
    EXPECT_NO_THROW(list.wait(list.moment(), 1s));
}

}  // namespace
}  // namespace keyhold::http
