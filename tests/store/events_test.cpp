// SPDX-License-Identifier: Apache-2.0
// Events: written with what they tell or not at all, by whom it was done, and sealed into one chain.
#include <algorithm>
#include <thread>

#include "base/caller.hpp"
#include "fixture.hpp"
#include "store/accounts/role_store.hpp"
#include "store/events/event_store.hpp"

namespace keyhold::store {

namespace {

using std::chrono::seconds;

std::vector<std::string> kinds(const EventPage& page) {
    std::vector<std::string> names;
    for (const ShownEvent& shown : page.events) names.push_back(shown.event.kind);
    return names;
}

using Kinds = std::vector<std::string>;

}  // namespace

TEST_P(EveryStore, what_is_done_and_who_does_it_is_recorded_in_the_same_transaction) {
    const auto store = open(url);
    EventStore events(store.database);
    Caller caller{
        .door = Door::page, .address = "192.0.2.9", .device = "Firefox\r\n\x01 \xc3\xa9", .account = "id-of-root"};
    {
        const Calling in_its_name(caller);
        ASSERT_TRUE(store->create(account("bob")));
        ASSERT_TRUE(store.sessions->create(session("s1"), 0));
        EXPECT_FALSE(store->create(account("bob", "another"))) << "the name is taken";
        EXPECT_FALSE(store.sessions->create(session("s2"), 7)) << "another generation";
    }
    ASSERT_TRUE(store.sessions->end("s1", "id-of-bob", "logged_out", now));
    const auto page = events.list({});
    ASSERT_EQ(kinds(page), (Kinds{"session_ended", "signed_in", "registered"}));
    const ShownEvent& in = page.events[1];
    EXPECT_EQ(in.event.account_id, "id-of-bob");
    EXPECT_EQ(in.account, "Shown bob");
    EXPECT_EQ(in.event.actor_id, "id-of-root");
    EXPECT_FALSE(in.actor) << "nobody of that id";
    EXPECT_EQ(in.event.door, "page");
    EXPECT_EQ(in.event.object, "s1");
    EXPECT_EQ(in.event.address, "192.0.2.9");
    EXPECT_EQ(in.event.device, "Firefox??? ??");
    const Event& ended = page.events[0].event;
    EXPECT_EQ(ended.door, "server");
    EXPECT_EQ(ended.reason, "logged_out");
    EXPECT_EQ(ended.address + ended.device + ended.personal_digest + ended.salt, "");
}

TEST_P(EveryStore, works_that_share_a_transaction_are_each_done_by_their_own_caller) {
    const auto store = open(url);
    constexpr int all = 40;
    std::vector<std::thread> threads;
    for (int i = 0; i < all; ++i)
        threads.emplace_back([&, i] {
            const std::string name = "u" + std::to_string(i);
            Caller caller{.door = Door::api, .address = name, .account = "by-" + name};
            const Calling in_its_name(caller);
            ASSERT_TRUE(store->create(account(name)));
        });
    for (std::thread& thread : threads) thread.join();
    const auto page = EventStore(store.database).list({});
    ASSERT_EQ(page.events.size(), static_cast<std::size_t>(all));
    for (const ShownEvent& shown : page.events) {
        EXPECT_EQ("id-of-" + shown.event.address, shown.event.account_id);
        EXPECT_EQ("by-" + shown.event.address, shown.event.actor_id);
    }
}

TEST_P(EveryStore, events_are_listed_newest_first_by_account_actor_kind_and_time) {
    FixedClock clock(now);
    const auto store = open(url, {.clock = &clock});
    EventStore events(store.database);
    for (const char* const name : {"ann", "bob", "cid"}) {
        Caller caller{.account = "id-of-root"};
        const Calling in_its_name(caller);
        ASSERT_TRUE(store->create(account(name)));
        clock.advance(seconds(60));
    }
    ASSERT_TRUE(store->set_disabled("id-of-bob", true, "account_disabled", now));
    const auto ids = [](const EventPage& page) {
        Kinds list;
        for (const ShownEvent& shown : page.events) list.push_back(shown.event.account_id.substr(6));
        return list;
    };
    EXPECT_EQ(ids(events.list({})), (Kinds{"bob", "cid", "bob", "ann"}));
    EXPECT_EQ(kinds(events.list({.account = "id-of-bob"})), (Kinds{"account_disabled", "registered"}));
    EXPECT_EQ(kinds(events.list({.account = "id-of-bob", .kind = "registered"})), (Kinds{"registered"}));
    EXPECT_EQ(ids(events.list({.actor = "id-of-root"})), (Kinds{"cid", "bob", "ann"}));
    EXPECT_EQ(ids(events.list({.actor = "id-of-root", .kind = "account_disabled"})), Kinds{});
    EXPECT_EQ(ids(events.list({.kind = "registered"})), (Kinds{"cid", "bob", "ann"}));
    EXPECT_EQ(ids(events.list({.since = now + seconds(60), .until = now + seconds(120)})), (Kinds{"bob"}));
    EXPECT_EQ(ids(events.list({.account = std::string_view("id-of-bob\0", 10)})), Kinds{});
    const auto first = events.list({.limit = 3});
    EXPECT_EQ(ids(first), (Kinds{"bob", "cid", "bob"}));
    const auto rest = events.list({.before = first.next, .limit = 3});
    EXPECT_EQ(ids(rest), (Kinds{"ann"}));
    EXPECT_EQ(rest.next, "");
}

TEST_P(EveryStore, each_event_is_sealed_once_behind_those_before_it) {
    const auto store = open(url), other = open(url);
    constexpr int all = 60;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            const Opened& mine = i % 2 == 0 ? store : other;
            EventStore events(mine.database);
            for (int k = i; k < all; k += 4) {
                ASSERT_TRUE(mine->create(account("u" + std::to_string(k))));
                events.seal(7);
            }
        });
    for (std::thread& thread : threads) thread.join();
    EventStore events(store.database);
    while (events.seal(7) > 0) {
    }
    const auto chain = events.after(0, 1000);
    ASSERT_EQ(chain.size(), static_cast<std::size_t>(all));
    std::string before;
    for (std::size_t i = 0; i < chain.size(); ++i) {
        EXPECT_EQ(chain[i].sequence, static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(chain[i].hash, hash_of(chain[i], before));
        before = chain[i].hash;
    }
    EXPECT_EQ(events.end().sequence, all);
    EXPECT_EQ(events.end().hash, before);
}

TEST_P(EveryStore, what_events_say_of_a_person_goes_with_the_account_and_the_chain_stays_whole) {
    const auto store = open(url);
    EventStore events(store.database);
    ASSERT_TRUE(store->create(account("root")));
    Caller bob{.door = Door::api, .address = "192.0.2.9", .device = "curl", .account = "id-of-bob"};
    Caller root{.door = Door::admin, .address = "198.51.100.1", .device = "Firefox", .account = "id-of-root"};
    {
        const Calling in_its_name(bob);
        ASSERT_TRUE(store->create(account("bob")));
        ASSERT_TRUE(
            store->set_email({.id = "id-of-bob", .email = "bob@example.com", .key = "bob@example.com", .now = now}));
    }
    events.seal(100);
    const auto before = events.after(0, 1000);
    ASSERT_EQ(before.back().note, " -> bob@example.com");
    ASSERT_EQ(before.back().personal_digest, personal_digest_of(before.back()));
    EXPECT_FALSE(events.was_deleted("id-of-bob"));
    {
        const Calling in_its_name(root);
        ASSERT_TRUE(store->remove("id-of-bob", "account_deleted", now));
    }
    events.seal(100);
    EXPECT_TRUE(events.was_deleted("id-of-bob"));
    const auto after = events.after(0, 1000);
    ASSERT_EQ(after.size(), before.size() + 1);
    std::string hash;
    for (const Event& event : after) {
        EXPECT_EQ(event.hash, hash_of(event, hash));
        hash = event.hash;
        if (event.actor_id == "id-of-bob") {
            EXPECT_EQ(event.address + event.device + event.note + event.salt, "");
            EXPECT_NE(event.personal_digest, "");
        }
    }
    EXPECT_EQ(after.back().address, "198.51.100.1") << "the administrator's";
}

TEST_P(EveryStore, whoever_deletes_the_own_account_leaves_no_address) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")));
    Caller bob{.door = Door::page, .address = "192.0.2.9", .device = "Firefox", .account = "id-of-bob"};
    const Calling in_its_name(bob);
    ASSERT_TRUE(store->remove("id-of-bob", "account_deleted", now));
    const Event event = EventStore(store.database).list({}).events.front().event;
    EXPECT_EQ(event.kind, "account_deleted");
    EXPECT_EQ(event.actor_id, "id-of-bob");
    EXPECT_EQ(event.address + event.device, "");
}

TEST_P(EveryStore, old_events_give_way_to_a_stub) {
    FixedClock clock(now);
    const auto store = open(url, {.clock = &clock});
    EventStore events(store.database);
    for (const char* const name : {"ann", "bob", "cid"}) {
        ASSERT_TRUE(store->create(account(name)));
        clock.advance(seconds(60));
    }
    EXPECT_FALSE(events.end_of_those_before(now + seconds(600), 10)) << "nothing is sealed";
    events.seal(100);
    EXPECT_FALSE(events.end_of_those_before(now, 10));
    EXPECT_EQ(events.end_of_those_before(now + seconds(600), 1)->sequence, 1);
    const auto end = events.end_of_those_before(now + seconds(61), 10).value();
    EXPECT_EQ(end.sequence, 2);
    EXPECT_TRUE(events.add_checkpoint({1, "h", now, false, "k", "s"}));
    EXPECT_FALSE(events.add_checkpoint({1, "h", now, false, "k", "s"}));
    EXPECT_FALSE(events.forget({2, "another hash", now, true, "k", "s"}));
    EXPECT_TRUE(events.forget({2, end.hash, now, true, "k", "s"}));
    const auto left = events.after(0, 10);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].sequence, 3);
    EXPECT_EQ(left[0].hash, hash_of(left[0], end.hash));
    ASSERT_EQ(events.checkpoints().size(), 1U);
    EXPECT_TRUE(events.checkpoints()[0].is_stub);
}

TEST_P(EveryStore, roles_keys_and_what_a_group_of_sessions_ends_by_have_their_rows) {
    const auto store = open(url);
    EventStore events(store.database);
    ASSERT_TRUE(store->create(account("bob")));
    const auto allow = [](const auto&, const auto&) { return Result<>(); };
    ASSERT_TRUE(store.roles->add({"editor", {"notes:write"}, now}, allow));
    ASSERT_TRUE(store.roles->grant("id-of-bob", "editor", allow, now));
    ASSERT_TRUE(store.roles->grant("id-of-bob", "editor", allow, now)) << "changes nothing";
    ASSERT_TRUE(store.roles->replace({"id-of-bob", {"editor"}, {"admin"}, "admin", now}, allow));
    for (const char* const id : {"s1", "s2", "s3"}) ASSERT_TRUE(store.sessions->create(session(id), 0));
    EXPECT_EQ(store.sessions->end_all({"id-of-bob", "s2"}, "revoked", now), 2U);
    EXPECT_EQ(kinds(events.list({})), (Kinds{"session_ended", "signed_in", "signed_in", "signed_in", "role_granted",
                                             "role_revoked", "role_granted", "role_changed", "registered"}));
    EXPECT_EQ(events.list({}).events.front().event.times, 2);
    EXPECT_EQ(events.list({.kind = "role_revoked"}).events.front().event.object, "editor");
}

}  // namespace keyhold::store
