// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/turns.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace keyhold::domain {

TEST(Turns, tickets_of_one_subject_have_their_turns_in_the_order_in_which_they_were_taken) {
    Turns turns;
    std::vector<Turns::Ticket> tickets;
    for (int i = 0; i < 16; ++i) tickets.push_back(turns.take("bob"));
    std::vector<int> order;  // written by whose turn it is alone
    std::vector<std::thread> threads;
    for (int i = 15; i >= 0; --i)  // the last one asks first
        threads.emplace_back([&, i, ticket = std::move(tickets[static_cast<std::size_t>(i)])]() mutable {
            ticket.wait();
            order.push_back(i);
            ticket.give_up();
        });
    for (std::thread& thread : threads) thread.join();
    for (int i = 0; i < 16; ++i) EXPECT_EQ(order.at(static_cast<std::size_t>(i)), i);
}

TEST(Turns, whoever_is_right_waits_for_those_who_came_before_and_nobody_for_them) {
    Turns turns;
    turns.take_if_others_wait("bob").wait();
    EXPECT_EQ(turns.waiting("bob"), 0U) << "nobody was there, so there is no line";
    constexpr int wrong = 15;
    std::vector<Turns::Ticket> tickets;
    for (int i = 0; i < wrong; ++i) tickets.push_back(turns.take("bob"));
    tickets.push_back(turns.take_if_others_wait("bob"));
    EXPECT_EQ(turns.waiting("bob"), wrong + 1U);
    std::mutex mutex;  // whoever overtook somebody would write at the same time
    std::vector<int> order;
    std::vector<std::thread> threads;
    for (int i = wrong; i >= 0; --i)  // the right one asks first, while nobody else is there to be overtaken by
        threads.emplace_back([&, i, ticket = std::move(tickets[static_cast<std::size_t>(i)])]() mutable {
            ticket.wait();
            {
                const std::lock_guard lock(mutex);
                order.push_back(i);
            }
            ticket.give_up();
        });
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(order.size(), wrong + 1U);
    EXPECT_EQ(order.back(), wrong) << "it overtook a wrong one that began before it";
}

TEST(Turns, subjects_do_not_wait_for_each_other) {
    Turns turns;
    const auto bob = turns.take("bob");
    turns.take("eve").wait();
}

TEST(Turns, a_ticket_that_is_let_go_of_unused_or_by_an_exception_holds_nobody_up) {
    Turns turns;
    auto first = turns.take("bob");
    {
        const auto unused = turns.take("bob");
        try {
            const auto thrown = turns.take("bob");
            throw 1;
        } catch (int) {
        }
    }
    auto last = turns.take("bob");
    first.give_up();
    first.give_up();
    last.wait();
}

TEST(Turns, a_ticket_may_move_and_one_of_no_line_waits_for_nobody) {
    Turns turns;
    auto first = turns.take("bob");
    auto moved = std::move(first);
    Turns::Ticket none;
    none.wait();
    none = std::move(moved);
    EXPECT_EQ(turns.waiting("bob"), 1U);
    none = Turns::Ticket();
    EXPECT_EQ(turns.waiting("bob"), 0U);
}

TEST(Turns, nothing_is_left_of_a_subject_when_its_last_ticket_has_gone) {
    Turns turns;
    std::atomic<int> settled = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                auto ticket = turns.take(i % 2 == 0 ? "bob" : "eve");
                if (i % 5 == t % 5) continue;  // its client has gone
                ticket.wait();
                ++settled;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(settled, 8 * 160);
    EXPECT_EQ(turns.waiting("bob") + turns.waiting("eve"), 0U);
}

}  // namespace keyhold::domain
