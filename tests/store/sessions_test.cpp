// SPDX-License-Identifier: Apache-2.0
#include "store/access/session_store.hpp"

#include <atomic>
#include <thread>

#include "fixture.hpp"
#include "store/errors.hpp"

namespace keyhold::store {

namespace {

using std::chrono::seconds;

constexpr Time long_ago{seconds(0)};
constexpr Time day_after = now + seconds(86'400);

Opened with_bob(Opened opened) {
    EXPECT_TRUE(opened->create(account("bob")).ok());
    return opened;
}

std::vector<Session> live_sessions(const Opened& store, std::string_view account) {
    return store.sessions
        ->list({.account_id = account, .after = "", .limit = 100, .now = now, .not_idle_since = long_ago})
        .sessions;
}

SessionStore::Rotation rotation(std::string_view expected, std::string_view next) {
    return {.id = "s1", .expected = expected, .next = next, .rotations = "r", .now = now, .not_idle_since = long_ago};
}

}  // namespace

TEST_P(EveryStore, a_session_is_read_back_as_it_was_written) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    const auto found = open(url).sessions->find("s1");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->account.username, "Shown bob");
    EXPECT_FALSE(found->account.disabled);
    EXPECT_EQ(found->session.account_id, "id-of-bob");
    EXPECT_EQ(found->session.device, "curl/8");
    EXPECT_EQ(found->session.address, "192.0.2.7");
    EXPECT_EQ(found->session.created_at, now);
    EXPECT_EQ(found->session.ends_at, now + seconds(100));
    EXPECT_EQ(found->session.refresh_digest, "digest-0");
    EXPECT_EQ(found->session.family_key, "family");
    EXPECT_FALSE(found->session.ended);
    EXPECT_FALSE(store.sessions->find("s2"));
}

TEST_P(EveryStore, a_session_lives_until_its_end_and_while_its_account_does) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    const auto live = store.sessions->find_live("s1", now);
    ASSERT_TRUE(live);
    EXPECT_EQ(live->username, "Shown bob");
    EXPECT_FALSE(store.sessions->find_live("s1", now + seconds(100)));
    EXPECT_FALSE(store.sessions->find_live("s2", now));
    ASSERT_TRUE(store->remove("id-of-bob", "gone", now));
    EXPECT_FALSE(store.sessions->find_live("s1", now));
}

TEST_P(EveryStore, live_sessions_are_listed_newest_first_page_by_page) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store->create(account("eve")).ok());
    for (const char* id : {"s2", "s1", "s4", "s3", "s5"}) ASSERT_TRUE(store.sessions->create(session(id), 0).ok());
    ASSERT_TRUE(store.sessions->create(session("s9", "id-of-eve"), 0).ok());
    ASSERT_TRUE(store.sessions->end("s4", std::nullopt, "x", now));
    const auto page = [&](std::string_view after, int limit, Time at = now, Time idle = long_ago) {
        auto found = store.sessions->list(
            {.account_id = "id-of-bob", .after = after, .limit = limit, .now = at, .not_idle_since = idle});
        std::string text;
        for (const Session& one : found.sessions) text += one.id + " ";
        return text + "| " + found.next;
    };
    EXPECT_EQ(page("", 10), "s5 s3 s2 s1 | ");
    EXPECT_EQ(page("", 4), "s5 s3 s2 s1 | ");
    EXPECT_EQ(page("", 3), "s5 s3 s2 | s2");
    EXPECT_EQ(page("s2", 3), "s1 | ");
    EXPECT_EQ(page("s4", 1), "s3 | s3") << "a page goes on behind what has ended meanwhile";
    EXPECT_EQ(page("s1", 1), "| ");
    EXPECT_EQ(page("", 0), "s5 | s5") << "never none at all";
    EXPECT_EQ(page("", 10, now + seconds(100)), "| ") << "over by time";
    EXPECT_EQ(page("", 10, now, now), "| ") << "idle for too long";
}

TEST_P(EveryStore, no_session_begins_under_a_password_that_was_changed_meanwhile) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store->set_password({"id-of-bob", 0, "new hash", "", "password_changed", now}));
    const auto refused = store.sessions->create(session("s1"), 0);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::invalid_credentials);
    EXPECT_TRUE(store.sessions->create(session("s1"), 1).ok());
    ASSERT_TRUE(store->set_disabled("id-of-bob", true, "disabled", now));
    EXPECT_FALSE(store.sessions->create(session("s2"), 2).ok());
    EXPECT_FALSE(store.sessions->create(session("s3", "nobody"), 0).ok());
}

TEST_P(EveryStore, a_new_password_is_written_only_over_the_one_that_was_checked) {
    const auto store = with_bob(open(url));
    EXPECT_TRUE(store->set_password({"id-of-bob", 0, "first", "", "x", now}));
    EXPECT_FALSE(store->set_password({"id-of-bob", 0, "second", "", "x", now}));
    EXPECT_EQ(store->find_by_id("id-of-bob")->password_hash, "first");
    EXPECT_EQ(store->find_by_id("id-of-bob")->generation, 1);
}

TEST_P(EveryStore, a_new_password_ends_all_sessions_but_the_one_it_came_from) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store->create(account("eve")).ok());
    for (const char* id : {"s1", "s2", "s3"}) ASSERT_TRUE(store.sessions->create(session(id), 0).ok());
    ASSERT_TRUE(store.sessions->create(session("eves", "id-of-eve"), 0).ok());
    ASSERT_TRUE(store->set_password({"id-of-bob", 0, "new", "s2", "password_changed", now}));
    const auto left = live_sessions(store, "id-of-bob");
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].id, "s2");
    EXPECT_TRUE(store.sessions->find_live("eves", now));
    const auto ended = store.sessions->find("s1");
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->session.end_reason, "password_changed");
    EXPECT_EQ(ended->session.ended, now);
}

TEST_P(EveryStore, disabling_an_account_ends_its_sessions_for_good) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    ASSERT_TRUE(store->set_disabled("id-of-bob", true, "disabled", now));
    ASSERT_TRUE(store->set_disabled("id-of-bob", false, "", now));
    EXPECT_FALSE(store.sessions->find_live("s1", now));
}

TEST_P(EveryStore, a_session_ends_once_and_by_its_own_account) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    EXPECT_FALSE(store.sessions->end("s1", "id-of-eve", "log_out", now));
    EXPECT_FALSE(store.sessions->end("s2", "id-of-bob", "log_out", now));
    EXPECT_TRUE(store.sessions->end("s1", "id-of-bob", "log_out", now));
    EXPECT_FALSE(store.sessions->end("s1", "id-of-bob", "log_out", now));
    EXPECT_FALSE(store.sessions->end("s1", std::nullopt, "log_out", now));
    EXPECT_FALSE(store.sessions->find_live("s1", now));
    EXPECT_FALSE(store.sessions->rotate(rotation("digest-0", "digest-1")));
}

TEST_P(EveryStore, a_refresh_token_is_used_once) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    EXPECT_FALSE(store.sessions->rotate(rotation("another", "digest-1")));
    std::atomic<int> won = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, next = "digest-by-" + std::to_string(i)] {
            if (store.sessions->rotate(rotation("digest-0", next))) ++won;
        });
    threads.clear();
    EXPECT_EQ(won, 1);
    EXPECT_EQ(store.sessions->find("s1")->session.rotations, "r");
}

TEST_P(EveryStore, a_session_that_was_idle_too_long_is_not_refreshed) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    auto late = rotation("digest-0", "digest-1");
    late.not_idle_since = now;
    EXPECT_FALSE(store.sessions->rotate(late));
    late.not_idle_since = now - seconds(1);
    EXPECT_TRUE(store.sessions->rotate(late));
    late = rotation("digest-1", "digest-2");
    late.now = now + seconds(100);
    EXPECT_FALSE(store.sessions->rotate(late)) << "its absolute end has come";
}

TEST_P(EveryStore, tells_what_was_taken_back_in_order_to_every_process) {
    const auto store = with_bob(open(url));
    const auto other = open(url);
    const auto before = other.changes->epoch();
    for (const char* id : {"s1", "s2"}) ASSERT_TRUE(store.sessions->create(session(id), 0).ok());
    const auto start = other.changes->after(0);
    ASSERT_TRUE(store.sessions->end("s2", std::nullopt, "log_out", now));
    ASSERT_TRUE(store->remove("id-of-bob", "gone", now));
    EXPECT_NE(other.changes->epoch(), before);
    const auto changes = other.changes->after(start.last);
    ASSERT_TRUE(changes.list);
    ASSERT_EQ(changes.list->size(), 3u);
    EXPECT_EQ(changes.list->at(0).what, Changed::session);
    EXPECT_EQ(changes.list->at(0).id, "s2");
    EXPECT_EQ(changes.list->at(1).what, Changed::account);
    EXPECT_EQ(changes.list->at(1).id, "id-of-bob");
    EXPECT_EQ(changes.list->at(2).id, "s1");
    EXPECT_EQ(changes.last, start.last + 3);
    EXPECT_TRUE(other.changes->after(changes.last).list->empty());
}

TEST_P(EveryStore, says_so_when_changes_are_not_kept_any_more) {
    const auto store = with_bob(open(url));
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(store->set_disabled("id-of-bob", i % 2 == 0, "x", now));
    store.changes->forget_some_but(2, Time::max());
    EXPECT_FALSE(store.changes->after(2).list);
    ASSERT_TRUE(store.changes->after(3).list);
    EXPECT_EQ(store.changes->after(3).list->size(), 2u);
    EXPECT_FALSE(store.changes->after(6).list) << "a number that is not reached yet: another database";
    store.changes->forget_some_but(0, Time::max());
    EXPECT_FALSE(store.changes->after(4).list);
    EXPECT_TRUE(store.changes->after(5).list);
}

TEST_P(EveryStore, deletes_what_ended_long_ago) {
    const auto store = with_bob(open(url));
    for (const char* id : {"s1", "s2", "s3"}) ASSERT_TRUE(store.sessions->create(session(id), 0).ok());
    EXPECT_EQ(store.sessions->purge(now, 10), 0);
    EXPECT_EQ(store.sessions->purge(day_after, 2), 2);
    EXPECT_EQ(store.sessions->purge(day_after, 2), 1);
    EXPECT_FALSE(store.sessions->find("s1"));
}

TEST_P(EveryStore, one_refused_write_does_not_hurt_those_that_share_its_transaction) {
    const auto store = open(url);
    std::atomic<int> created = 0, refused = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 32; ++i)
        threads.emplace_back([&, i] {
            const std::string name = i % 4 == 0 ? "same" : "name-" + std::to_string(i);
            ++(store->create(account(name, "id-" + std::to_string(i))).ok() ? created : refused);
        });
    threads.clear();
    EXPECT_EQ(created, 25);
    EXPECT_EQ(refused, 7);
    EXPECT_EQ(store->list("", 100).accounts.size(), 25u);
}

TEST_P(EveryStore, at_the_cap_the_session_that_was_idle_longest_ends_with_the_start_of_another) {
    const auto store = with_bob(open(url));
    ASSERT_TRUE(store->create(account("eve")).ok());
    ASSERT_TRUE(store.sessions->create(session("eves", "id-of-eve"), 0).ok());
    constexpr SessionStore::Beside cap{.most_sessions = 3, .reason = "too_many"};
    int age = 0;
    for (const char* id : {"s5", "s1", "s3"}) {  // s3 was idle longest
        Session one = session(id);
        one.last_used_at = now - seconds(++age);
        ASSERT_TRUE(store.sessions->create(one, 0, cap).ok());
    }
    EXPECT_EQ(live_sessions(store, "id-of-bob").size(), 3U);
    const auto epoch = store.changes->epoch();
    const auto last = store.changes->after(0).last;
    ASSERT_TRUE(store.sessions->create(session("s0"), 0, cap).ok());
    EXPECT_FALSE(store.sessions->find_live("s3", now));
    for (const char* id : {"s0", "s1", "s5"}) EXPECT_TRUE(store.sessions->find_live(id, now)) << id;
    EXPECT_EQ(store.sessions->find("s3")->session.end_reason, "too_many");
    EXPECT_NE(store.changes->epoch(), epoch) << "who remembers it hears of it at once";
    const auto changes = store.changes->after(last);
    ASSERT_TRUE(changes.list);
    ASSERT_EQ(changes.list->size(), 1U);
    EXPECT_EQ(changes.list->front().id, "s3");
    EXPECT_TRUE(store.sessions->find_live("eves", now));
}

TEST_P(EveryStore, a_lower_cap_ends_all_that_are_over_it_and_a_log_in_that_is_refused_ends_none) {
    const auto store = with_bob(open(url));
    for (const char* id : {"s1", "s2", "s3", "s4", "s5"}) ASSERT_TRUE(store.sessions->create(session(id), 0).ok());
    EXPECT_FALSE(store.sessions->create(session("s6"), 7, {.most_sessions = 2, .reason = "too_many"}).ok())
        << "another generation";
    EXPECT_EQ(live_sessions(store, "id-of-bob").size(), 5U);
    ASSERT_TRUE(store.sessions->create(session("s6"), 0, {.most_sessions = 2, .reason = "too_many"}).ok());
    EXPECT_EQ(live_sessions(store, "id-of-bob").size(), 2U);
    EXPECT_TRUE(store.sessions->find_live("s6", now)) << "never the new one";
    ASSERT_TRUE(store.sessions->create(session("s0"), 0, {.most_sessions = 1, .reason = "too_many"}).ok());
    EXPECT_EQ(live_sessions(store, "id-of-bob").size(), 1U);
    EXPECT_TRUE(store.sessions->find_live("s0", now));
}

}  // namespace keyhold::store
