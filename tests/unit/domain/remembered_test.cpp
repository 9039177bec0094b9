// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/remembered.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <map>
#include <random>
#include <vector>

#include "domain/sessions/liveness.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

namespace {

std::size_t allocated_bytes() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

Id fresh_id(Random& random) {
    Id id;
    random.fill(id);
    return id;
}

}  // namespace

// A session of an account of its own, which is what costs most: the entry, the account's facts, and the way from the
// account's id to them. (A sanitizer's allocator counts nothing here.)
TEST(Remembered, a_million_sessions_take_at_most_130_bytes_each_and_a_million_more_take_little) {
    constexpr int million = 1'000'000;
    constexpr double most = 130e6;
    CountingRandom random;
    const std::size_t before = allocated_bytes();
    Remembered<Id, LiveAccount> sessions(million);
    RememberedEntries<AccountEntry> accounts(million + 100'000);
    const auto remember_a_million = [&] {
        for (int i = 0; i < million; ++i) {
            const LiveAccount account(store::Subject{.id = fresh_id(random), .username = "user-1234567890"});
            ASSERT_TRUE(accounts.remember_first({account}, accounts.moment()));
            sessions.remember({fresh_id(random), account}, sessions.moment());
        }
    };
    remember_a_million();
    const auto first = static_cast<double>(allocated_bytes() - before);
    remember_a_million();
    const auto second = static_cast<double>(allocated_bytes() - before);
    EXPECT_LE(first, most);
    EXPECT_LE(second, most + 15e6) << "and the facts of 100,000 accounts that no session refers to any more";
    RecordProperty("bytes", std::to_string(first));
}

TEST(Remembered, what_was_remembered_is_found_until_it_is_forgotten) {
    CountingRandom random;
    Remembered<Id, std::string> names(1000);
    const Id one = fresh_id(random), other = fresh_id(random);
    names.remember({one, "ann"}, names.moment());
    EXPECT_EQ(names.find(one), "ann");
    EXPECT_EQ(names.find(other), std::nullopt);
    names.forget(one);
    EXPECT_EQ(names.find(one), std::nullopt);
}

TEST(Remembered, what_comes_after_something_was_forgotten_comes_too_late) {
    CountingRandom random;
    Remembered<Id, std::string> names(1000);
    const Id one = fresh_id(random);
    const auto moment = names.moment();
    names.forget(fresh_id(random));
    names.remember({one, "ann"}, moment);
    EXPECT_EQ(names.find(one), std::nullopt);
    EXPECT_EQ(names.remember_first({one, "ann"}, moment), std::nullopt);
    EXPECT_EQ(names.remember_first({one, "ann"}, names.moment()), "ann");
    EXPECT_EQ(names.remember_first({one, "bob"}, names.moment()), "ann") << "the first one stays";
    names.remember({one, "bob"}, names.moment());
    EXPECT_EQ(names.find(one), "bob");
}

// Against a table of the standard library's, while both change: gaps are closed behind whatever goes.
TEST(Remembered, agrees_with_a_map_however_entries_come_and_go) {
    Remembered<std::string, int> table(100'000);
    std::map<std::string, int> expected;
    std::mt19937 draw(1);
    for (int step = 0; step < 100'000; ++step) {
        const std::string key = "k" + std::to_string(draw() % 3'000);
        if (draw() % 2 == 0) {
            table.remember({key, step}, table.moment());
            expected[key] = step;
        } else {
            table.forget(key);
            expected.erase(key);
        }
        if (step % 20'000 != 0) continue;
        table.forget_if([](const auto& entry) { return entry.content % 3 == 0; });
        std::erase_if(expected, [](const auto& entry) { return entry.second % 3 == 0; });
    }
    EXPECT_EQ(table.counters().entries, expected.size());
    for (int i = 0; i < 3'000; ++i) {
        const std::string key = "k" + std::to_string(i);
        const auto known = expected.find(key);
        EXPECT_EQ(table.find(key), known != expected.end() ? std::optional(known->second) : std::nullopt) << key;
    }
}

TEST(Remembered, an_account_that_others_refer_to_stays_and_the_rest_makes_room) {
    CountingRandom random;
    RememberedEntries<AccountEntry> accounts(640);
    std::vector<LiveAccount> held;
    const auto remember = [&] {
        return accounts.remember_first({LiveAccount(store::Subject{.id = fresh_id(random), .username = "x"})},
                                       accounts.moment());
    };
    for (int i = 0; i < 2000; ++i) held.push_back(remember().value());
    for (const LiveAccount& account : held) EXPECT_TRUE(accounts.find(account->id)) << "none of them may go";
    held.clear();
    for (int i = 0; i < 5000; ++i) (void)remember();
    EXPECT_LE(accounts.counters().entries, 2064U) << "but they do once nobody refers to them";
}

}  // namespace keyhold::domain
