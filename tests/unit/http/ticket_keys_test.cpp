// SPDX-License-Identifier: Apache-2.0
#include "http/connection/ticket_keys.hpp"

#include <gtest/gtest.h>

namespace keyhold::http {
namespace {

using std::chrono::hours;
constexpr TicketKeys::Time begin{hours(1000)};

TEST(TicketKeys, are_renewed_each_day_and_the_last_one_opens_tickets_for_a_day_more) {
    TicketKeys keys;
    const auto first = keys.current(begin);
    ASSERT_TRUE(first);
    EXPECT_EQ(keys.current(begin + hours(23))->name, first->name);
    const auto second = keys.current(begin + hours(24));
    ASSERT_TRUE(second);
    EXPECT_NE(second->name, first->name);
    EXPECT_NE(second->cipher, first->cipher);
    EXPECT_NE(second->mac, first->mac);
    const auto found = keys.find(first->name, begin + hours(47));
    ASSERT_TRUE(found) << "tickets of yesterday";
    EXPECT_EQ(found->cipher, first->cipher);
    EXPECT_TRUE(keys.find(second->name, begin + hours(47)));
    EXPECT_FALSE(keys.find(first->name, begin + hours(48)));
    EXPECT_TRUE(keys.find(second->name, begin + hours(48))) << "the last one now, though nobody has come for a ticket";
}

TEST(TicketKeys, of_a_server_that_nobody_came_to_for_days_are_over) {
    TicketKeys keys;
    const auto first = keys.current(begin);
    EXPECT_FALSE(keys.find(first->name, begin + hours(48)));
    EXPECT_NE(keys.current(begin + hours(48))->name, first->name);
}

TEST(TicketKeys, of_somebody_else_open_nothing) {
    TicketKeys keys, others;
    (void)keys.current(begin);
    EXPECT_FALSE(keys.find(others.current(begin)->name, begin));
}

}  // namespace
}  // namespace keyhold::http
