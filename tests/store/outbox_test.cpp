// SPDX-License-Identifier: Apache-2.0
// Mails that are to be sent: each is leased by one at a time, and none is lost.
#include <mutex>
#include <set>
#include <thread>

#include "fixture.hpp"
#include "store/events/outbox_store.hpp"

namespace keyhold::store {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

OutboxMail mail(const std::string& id, Time due_at = now) {
    return {.id = id,
            .kind = "reset",
            .account = "id-of-ann",
            .address = "ann@example.com",
            .language = "de",
            .origin = "192.0.2.7",
            .device = "Firefox",
            .other_address = "new@example.com",
            .created_at = now - seconds(7),
            .due_at = due_at,
            .expires_at = now + hours(24),
            .attempts = 0,
            .state = MailState::waiting,
            .settled_at = {},
            .said = ""};
}

}  // namespace

TEST_P(EveryStore, a_mail_is_read_back_as_it_was_written) {
    const auto store = open(url);
    OutboxStore(store.database).add(mail("m1"));
    EXPECT_EQ(OutboxStore(open(url).database).find("m1"), mail("m1"));
    EXPECT_FALSE(OutboxStore(store.database).find("M1"));
    EXPECT_FALSE(OutboxStore(store.database).find(std::string_view("m1\0", 3)));
}

TEST_P(EveryStore, a_mail_is_leased_by_one_until_his_lease_is_over) {
    const auto store = open(url), other = open(url);
    OutboxStore(store.database).add(mail("m1"));
    const auto leased = OutboxStore(store.database).lease(now, now + seconds(60));
    ASSERT_TRUE(leased);
    EXPECT_EQ(leased->attempts, 1);
    EXPECT_EQ(leased->due_at, now + seconds(60));
    EXPECT_FALSE(OutboxStore(other.database).lease(now + seconds(59), now + seconds(120)));
    const auto again = OutboxStore(other.database).lease(now + seconds(60), now + seconds(120));
    ASSERT_TRUE(again) << "whoever had it has died";
    EXPECT_EQ(again->attempts, 2);
}

TEST_P(EveryStore, whoever_lost_his_lease_cannot_put_a_mail_off_but_can_say_that_it_was_sent) {
    const auto store = open(url);
    OutboxStore(store.database).add(mail("m1"));
    const auto first = OutboxStore(store.database).lease(now, now + seconds(60)).value();
    const auto second = OutboxStore(store.database).lease(now + seconds(60), now + seconds(120)).value();
    EXPECT_FALSE(OutboxStore(store.database).try_again(first, now + seconds(999), "late"));
    EXPECT_FALSE(OutboxStore(store.database).give_up(first, now, "late"));
    EXPECT_EQ(OutboxStore(store.database).find("m1"), second);
    EXPECT_TRUE(OutboxStore(store.database).sent(first, now + seconds(61), "250 taken"));
    EXPECT_EQ(OutboxStore(store.database).find("m1")->state, MailState::sent);
    EXPECT_FALSE(OutboxStore(store.database).try_again(second, now, "too late"));
    EXPECT_FALSE(OutboxStore(store.database).lease(now + hours(9), now + hours(10)));
}

TEST_P(EveryStore, the_mail_that_is_due_longest_comes_first_and_none_before_its_time) {
    const auto store = open(url);
    OutboxStore(store.database).add(mail("m1", now));
    OutboxStore(store.database).add(mail("m2", now - seconds(5)));
    OutboxStore(store.database).add(mail("m3", now + seconds(1)));
    EXPECT_EQ(OutboxStore(store.database).lease(now, now + seconds(60))->id, "m2");
    EXPECT_EQ(OutboxStore(store.database).lease(now, now + seconds(60))->id, "m1");
    EXPECT_FALSE(OutboxStore(store.database).lease(now, now + seconds(60)));
}

TEST_P(EveryStore, a_mail_that_was_not_sent_is_due_again_and_keeps_what_was_said) {
    const auto store = open(url);
    OutboxStore(store.database).add(mail("m1"));
    ASSERT_TRUE(OutboxStore(store.database)
                    .try_again(OutboxStore(store.database).lease(now, now + seconds(60)).value(), now + seconds(30),
                               "451 later"));
    EXPECT_FALSE(OutboxStore(store.database).lease(now + seconds(29), now + seconds(99)));
    const auto again = OutboxStore(store.database).lease(now + seconds(30), now + seconds(99));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->said, "451 later");
    ASSERT_TRUE(OutboxStore(store.database).give_up(*again, now + seconds(31), "550 no"));
    const auto dead = OutboxStore(store.database).find("m1");
    EXPECT_EQ(dead->state, MailState::dead);
    EXPECT_EQ(dead->settled_at, now + seconds(31));
    EXPECT_EQ(dead->said, "550 no");
}

TEST_P(EveryStore, a_dead_mail_is_tried_again_and_a_sent_one_is_not) {
    const auto store = open(url);
    OutboxStore(store.database).add(mail("m1"));
    const auto leased = OutboxStore(store.database).lease(now, now + seconds(60)).value();
    ASSERT_TRUE(OutboxStore(store.database).give_up(leased, now, "550 no"));
    EXPECT_TRUE(OutboxStore(store.database).retry("m1", now + hours(48), now + hours(72)));
    const auto again = OutboxStore(store.database).lease(now + hours(48), now + hours(49));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->expires_at, now + hours(72));
    ASSERT_TRUE(OutboxStore(store.database).sent(*again, now + hours(48), "250 taken"));
    EXPECT_FALSE(OutboxStore(store.database).retry("m1", now, now));
    EXPECT_FALSE(OutboxStore(store.database).retry("m2", now, now));
}

TEST_P(EveryStore, a_mail_that_was_dropped_is_gone) {
    const auto store = open(url);
    OutboxStore(store.database).add(mail("m1"));
    EXPECT_TRUE(OutboxStore(store.database).drop("m1"));
    EXPECT_FALSE(OutboxStore(store.database).drop("m1"));
    EXPECT_FALSE(OutboxStore(store.database).lease(now, now + seconds(60)));
}

TEST_P(EveryStore, mails_are_listed_newest_first_by_pages_and_by_state) {
    const auto store = open(url);
    for (const char* const id : {"a1", "b2", "c3", "d4"}) OutboxStore(store.database).add(mail(id));
    const auto leased = OutboxStore(store.database).lease(now, now + seconds(60)).value();
    OutboxStore(store.database).sent(leased, now, "250");
    const auto first = OutboxStore(store.database).list({}, "", 3);
    ASSERT_EQ(first.mails.size(), 3U);
    EXPECT_EQ(first.mails[0].id, "d4");
    const auto rest = OutboxStore(store.database).list({}, first.next, 3);
    ASSERT_EQ(rest.mails.size(), 1U);
    EXPECT_EQ(rest.mails[0].id, "a1");
    EXPECT_EQ(rest.next, "");
    EXPECT_EQ(OutboxStore(store.database).list(MailState::waiting, "", 9).mails.size(), 3U);
    EXPECT_EQ(OutboxStore(store.database).list(MailState::sent, "", 9).mails.at(0).id, leased.id);
    EXPECT_EQ(OutboxStore(store.database).count(MailState::waiting), 3);
    EXPECT_EQ(OutboxStore(store.database).count(MailState::dead), 0);
}

TEST_P(EveryStore, what_was_sent_is_counted_and_forgotten_in_the_end) {
    const auto store = open(url);
    for (const char* const id : {"a1", "b2"}) OutboxStore(store.database).add(mail(id));
    OutboxStore(store.database).sent(OutboxStore(store.database).lease(now, now + seconds(60)).value(), now, "250");
    EXPECT_EQ(OutboxStore(store.database).sent_to("ann@example.com", now), 1);
    EXPECT_EQ(OutboxStore(store.database).sent_to("ann@example.com", now + seconds(1)), 0);
    EXPECT_EQ(OutboxStore(store.database).sent_to("bob@example.com", now), 0);
    EXPECT_EQ(OutboxStore(store.database).sent_since(now), 1);
    EXPECT_EQ(OutboxStore(store.database).purge(now, now - hours(1), 10), 0);
    EXPECT_EQ(OutboxStore(store.database).purge(now + seconds(1), now - hours(1), 10), 1);
    EXPECT_EQ(OutboxStore(store.database).count(MailState::waiting), 1) << "what waits stays";
}

TEST_P(EveryStore, of_many_who_lease_at_once_each_gets_another_mail) {
    const auto store = open(url), other = open(url);
    constexpr int all = 40;
    for (int i = 0; i < all; ++i) OutboxStore(store.database).add(mail("m" + std::to_string(i)));
    std::mutex mutex;
    std::multiset<std::string> got;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            OutboxStore outbox(i % 2 == 0 ? store.database : other.database);
            while (const auto leased = outbox.lease(now, now + seconds(60))) {
                const std::lock_guard lock(mutex);
                got.insert(leased->id);
            }
        });
    for (std::thread& thread : threads) thread.join();
    // Whoever is beaten to all that he found stops early; what is left is nobody's yet.
    while (const auto leased = OutboxStore(store.database).lease(now, now + seconds(60))) got.insert(leased->id);
    EXPECT_EQ(got.size(), static_cast<std::size_t>(all));
    EXPECT_EQ(std::set(got.begin(), got.end()).size(), static_cast<std::size_t>(all)) << "twice";
}

}  // namespace keyhold::store
