// SPDX-License-Identifier: Apache-2.0
#include "domain/activity.hpp"

#include "domain/accounts/levels.hpp"
#include "fixture.hpp"
#include "store/events/event_store.hpp"

namespace keyhold::domain {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

// On a database whose clock is the test's. It begins at an hour's beginning: 1'800'000'000 is 500'000 hours.
class ActivityTest : public DomainTest {
protected:
    store::Stores timed = store::open_stores(url, {.clock = &clock}).value();
    store::EventStore events{timed.database};
    Activity activity{timed, clock};
    void happen(const store::EventKind& kind, std::int64_t times = 1) { events.add(kind, {.times = times}); }
    Activity::Hour hour(std::size_t back) { return activity.report().by_hour[Activity::hours - 1 - back]; }
};

}  // namespace

TEST_F(ActivityTest, counts_by_the_hour_what_signed_in_and_what_was_refused) {
    happen(store::event_kind("signed_in"));
    happen(store::event_kind("registered"));
    happen(store::event_kind("role_changed"));
    clock.advance(minutes(59));
    happen(store::event_kind("signed_in"));
    clock.advance(minutes(1));
    happen(store::event_kind("refused"));
    happen(store::event_kind("locked"), 11);
    happen(store::event_kind("more_refused"), 40);
    EXPECT_EQ(hour(1).signed_in, 2);
    EXPECT_EQ(hour(1).registered, 1);
    EXPECT_EQ(hour(1).refused, 0);
    EXPECT_EQ(hour(0).refused, 42) << "a lock is one more that was refused, and one row tells of 40";
    EXPECT_EQ(hour(0).signed_in, 0);
    const auto report = activity.report();
    EXPECT_EQ(report.begin, clock.now() - hours(Activity::hours - 1));
    EXPECT_TRUE(report.is_complete);
}

TEST_F(ActivityTest, an_hour_that_is_over_is_counted_once_and_the_present_one_each_time) {
    happen(store::event_kind("signed_in"));
    clock.advance(hours(1));
    EXPECT_EQ(hour(1).signed_in, 1);
    happen(store::event_kind("signed_in"));
    EXPECT_EQ(hour(0).signed_in, 1);
    happen(store::event_kind("signed_in"));
    EXPECT_EQ(hour(0).signed_in, 2);
    clock.advance(minutes(6));
    EXPECT_EQ(hour(1).signed_in, 1);
    timed.database->write([&](store::Connection& connection) {
        connection.execute("DELETE FROM keyhold_events");
        return true;
    });
    EXPECT_EQ(hour(1).signed_in, 1) << "it is remembered";
    EXPECT_EQ(hour(0).signed_in, 0);
    clock.advance(hours(Activity::hours));
    const auto report = activity.report();
    for (const auto& one : report.by_hour) EXPECT_EQ(one.signed_in, 0) << "what is older than 30 days is forgotten";
}

TEST_F(ActivityTest, the_number_of_users_is_a_minute_old_at_most) {
    put("ann", "fake$x");
    EXPECT_EQ(activity.report().users, 1);
    put("bob", "fake$x");
    clock.advance(std::chrono::seconds(59));
    EXPECT_EQ(activity.report().users, 1);
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(activity.report().users, 2);
}

TEST(Owners, are_those_with_the_role_itself) {
    EXPECT_TRUE(is_owner({{"admin", "editor"}, {}}));
    EXPECT_FALSE(is_owner({{"administrators", "boss"}, {"keyhold:admin"}}));
    EXPECT_FALSE(is_owner({}));
    EXPECT_EQ(limited({{"admin"}, {"a", "b"}}, {"b", "c"}), (Rights{{}, {"b"}}));
}

}  // namespace keyhold::domain
