// SPDX-License-Identifier: Apache-2.0
// The list of changes as whoever follows it by number reads it (domain/sessions/revocations.hpp).
#include "fixture.hpp"
#include "store/events/change_rows.hpp"
#include "waiting.hpp"

namespace keyhold::store {

namespace {

using std::chrono::seconds;

class ChangePages : public EveryStore {
protected:
    // Makes changes "1", "2" ... at the clock's time.
    void change(int count) {
        for (int i = 0; i < count; ++i)
            store.database->write([&](Connection& connection) {
                record_change(connection, Changed::session, std::to_string(++made));
                return true;
            });
    }
    std::vector<std::string> ids(const ChangePage& page) {
        std::vector<std::string> ids;
        for (const NumberedChange& one : page.changes) ids.push_back(one.id);
        return ids;
    }
    ChangePage page(std::optional<std::int64_t> after, std::int64_t limit = 100) {
        return store.changes->page(after, limit);
    }

    FixedClock clock{now};
    Opened store = open(url, {.clock = &clock});
    int made = 0;
    const std::int64_t first = page({}).last + 1;  // the number of "1"
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_P(EveryStore, tells_every_process_of_a_change_that_any_write_recorded) {
    const auto writer = open(url), node = open(url, {.node = "a"});
    // Of a process that waits for no news each number is another one.
    ASSERT_TRUE(comes_true([&] { return node.changes->epoch() == node.changes->epoch(); }));
    for (int i = 0; i < 20; ++i) {
        const auto before = node.changes->epoch();
        writer.database->write([](Connection& connection) {
            record_change(connection, Changed::session, "one");
            return true;
        });
        EXPECT_NE(node.changes->epoch(), before) << i;
    }
}

// As each log-in would make the process forget what it remembers.
TEST_P(EveryStore, tells_nobody_of_a_write_that_recorded_no_change) {
    const auto store = open(url);
    if (store.database->driver().open_change_signal == nullptr) GTEST_SKIP() << "the number moves by itself";
    const auto before = store.changes->epoch();
    store.database->write([](Connection& connection) {
        touch_changes(connection);
        return true;
    });
    EXPECT_EQ(store.changes->epoch(), before);
}

TEST_P(EveryStore, tells_of_the_change_when_it_is_not_known_whether_it_was_written) {
    const auto store = open(url);
    if (store.database->driver().open_change_signal == nullptr) GTEST_SKIP() << "the number moves by itself";
    const auto before = store.changes->epoch();
    const auto fail = [](Connection&) -> bool { throw CommitUnknown("the disk"); };
    EXPECT_THROW(store.database->write(fail), CommitUnknown);
    EXPECT_NE(store.changes->epoch(), before);
}

TEST_P(ChangePages, come_in_their_order_with_their_times) {
    change(2);
    clock.set(now + seconds(5));
    change(1);
    const auto all = page({});
    EXPECT_EQ(ids(all), (Ids{"1", "2", "3"}));
    EXPECT_EQ(all.last, first + 2);
    EXPECT_TRUE(all.is_whole);
    EXPECT_EQ(all.changes[0].changed_at, now);
    EXPECT_EQ(all.changes[2].changed_at, now + seconds(5));
    EXPECT_EQ(all.changes[2].sequence, first + 2);
    EXPECT_FALSE(all.restored_at);
}

TEST_P(ChangePages, go_on_behind_a_number_and_end_at_the_newest) {
    change(5);
    EXPECT_EQ(ids(page(first + 1, 2)), (Ids{"3", "4"}));
    EXPECT_EQ(page(first + 1, 2).last, first + 4);
    EXPECT_EQ(ids(page(first + 4)), Ids{});
    EXPECT_TRUE(page(first + 4).is_whole);
}

TEST_P(ChangePages, say_when_what_came_next_is_not_there) {
    change(5);
    store.changes->forget_some_but(2, Time::max());
    EXPECT_EQ(ids(page({})), (Ids{"4", "5"}));
    EXPECT_FALSE(page(first + 1).is_whole) << "3 is gone";
    EXPECT_TRUE(page(first + 2).is_whole);
    EXPECT_FALSE(page(first + 5).is_whole) << "a number that is still to come";
}

TEST_P(ChangePages, are_kept_while_they_are_young) {
    change(3);
    clock.set(now + seconds(10));
    change(3);
    store.changes->forget_some_but(1, now);
    EXPECT_EQ(page({}).changes.size(), 6U);
    store.changes->forget_some_but(1, now + seconds(10));
    EXPECT_EQ(ids(page({})), (Ids{"4", "5", "6"}));
    store.changes->forget_some_but(1, Time::max());
    EXPECT_EQ(ids(page({})), (Ids{"6"}));
}

TEST_P(ChangePages, one_that_is_young_keeps_those_behind_it_whatever_a_clock_said) {
    clock.set(now + seconds(10));
    change(1);
    clock.set(now);
    change(2);
    store.changes->forget_some_but(1, now + seconds(5));
    EXPECT_EQ(ids(page({})), (Ids{"1", "2", "3"}));
}

INSTANTIATE_TEST_SUITE_P(Databases, ChangePages, testing::ValuesIn(test_databases()), name_of);

}  // namespace keyhold::store
