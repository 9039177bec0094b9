// SPDX-License-Identifier: Apache-2.0
#include "http/connection/admission.hpp"

#include "http/errors.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace keyhold::http {
namespace {

// Slots for so many connections from there, all of which are let in.
std::vector<Admission::Slot> enter(Admission& admission, std::size_t count, const char* from) {
    std::vector<Admission::Slot> slots;
    for (std::size_t i = 0; i < count; ++i) {
        auto slot = admission.enter(from);
        EXPECT_TRUE(slot && !slot->refusal()) << i;
        if (slot) slots.push_back(*std::move(slot));
    }
    return slots;
}

std::optional<Errc> refusal(Admission& admission, const char* from) {
    const auto slot = admission.enter(from);
    return slot ? slot->refusal() : std::nullopt;
}

TEST(Admission, tells_whoever_comes_when_all_slots_are_taken) {
    Admission admission({.all = 3});
    auto slots = enter(admission, 3, "127.0.0.1");
    EXPECT_EQ(refusal(admission, "127.0.0.1"), errors::too_many_connections);
    EXPECT_EQ(refusal(admission, "192.0.2.1"), errors::too_many_connections);
    slots.pop_back();
    EXPECT_EQ(refusal(admission, "192.0.2.1"), std::nullopt);
}

TEST(Admission, hangs_up_on_those_beyond_the_ones_that_it_can_tell) {
    Admission admission({.all = 1});
    std::vector<Admission::Slot> slots;
    while (auto slot = admission.enter("127.0.0.1")) slots.push_back(*std::move(slot));
    EXPECT_EQ(slots.size(), 1U + 64U);
    slots.clear();
    EXPECT_EQ(refusal(admission, "127.0.0.1"), std::nullopt);
    EXPECT_EQ(enter(admission, 1, "127.0.0.1").size(), 1U);
}

TEST(Admission, gives_one_address_only_its_share) {
    Admission admission({.all = 1000, .per_address = 2});
    auto slots = enter(admission, 2, "192.0.2.1");
    EXPECT_EQ(refusal(admission, "192.0.2.1"), errors::too_many_of_address);
    EXPECT_EQ(refusal(admission, "::ffff:192.0.2.1"), errors::too_many_of_address);
    EXPECT_EQ(refusal(admission, "192.0.2.2"), std::nullopt);
    slots.pop_back();
    EXPECT_EQ(refusal(admission, "192.0.2.1"), std::nullopt);
}

TEST(Admission, takes_the_addresses_of_one_ipv6_network_for_one) {
    Admission admission({.all = 1000, .per_address = 2});
    const auto first = enter(admission, 1, "2001:db8:0:1::1"), second = enter(admission, 1, "2001:db8:0:1:2::2");
    EXPECT_EQ(refusal(admission, "2001:db8:0:1:ffff::3"), errors::too_many_of_address);
    EXPECT_EQ(refusal(admission, "2001:db8:0:2::1"), std::nullopt);
}

TEST(Admission, counts_nobody_who_speaks_for_many) {
    Admission admission({.all = 1000, .per_address = 2, .speaks_for_many = [](const auto& from) {
                             return from == IpAddress::parse("192.0.2.80");
                         }});
    for (const char* from : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.80", "::ffff:192.0.2.80"})
        EXPECT_EQ(enter(admission, 50, from).size(), 50U) << from;
}

TEST(Admission, is_crowded_when_an_eighth_is_left) {
    Admission admission({.all = 80});
    const auto slots = enter(admission, 70, "127.0.0.1");
    EXPECT_FALSE(admission.is_crowded());
    const auto more = enter(admission, 1, "127.0.0.1");
    EXPECT_TRUE(admission.is_crowded());
}

}  // namespace
}  // namespace keyhold::http
