// SPDX-License-Identifier: Apache-2.0
// What is used once by OAuth clients beside authorization codes: device codes (RFC 8628), assertions (RFC 7523).
#include <atomic>
#include <functional>
#include <thread>

#include "fixture.hpp"
#include "store/access/client_errors.hpp"

namespace keyhold::store {

namespace {

using std::chrono::seconds;

DeviceCode code(const std::string& digest, const std::string& user_code) {
    return device_code(digest, user_code, "tv");
}

bool allow(const Stores& stores, const std::string& user_code, Time time = now) {
    return stores.authorizations->decide_device(
        {user_code, DeviceState::allowed, "id-of-bob", now - seconds(5), time, "s1"});
}

Result<> redeem(const Stores& stores, const std::string& digest, const std::string& session_id, Time time = now) {
    (void)stores.clients->add({.id = "tv", .name = "TV", .grants = "", .created_at = now});  // if it is not there
    Session made = session(session_id);
    made.client_id = "tv";
    made.scope = "openid";
    const auto allowed = stores.authorizations->find_device(digest);
    const CodeUse use{digest, "tv", time, CodeKind::device, allowed ? allowed->parent_id : std::string_view()};
    return stores.sessions->create(made, 0, {.code = &use});
}

// How many of fifty who do it at once are told that they were first.
int firsts(const std::function<bool(int)>& work) {
    std::atomic<int> first = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 50; ++i)
        threads.emplace_back([&, i] {
            if (work(i)) ++first;
        });
    for (auto& thread : threads) thread.join();
    return first;
}

}  // namespace

TEST_P(EveryStore, a_device_code_is_read_back_decided_once_and_begins_one_session) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    ASSERT_TRUE(store.authorizations->add_device(code("d1", "u1")));
    EXPECT_FALSE(store.authorizations->add_device(code("d2", "u1"))) << "two devices with one code";
    EXPECT_EQ(store.authorizations->find_device("d1"), code("d1", "u1"));
    EXPECT_EQ(store.authorizations->find_waiting_device("u1", now), code("d1", "u1"));
    EXPECT_EQ(redeem(store, "d1", "c1").error().errc(), errors::code_invalid) << "nobody has allowed it";
    EXPECT_EQ(firsts([&](int) { return allow(store, "u1"); }), 1);
    EXPECT_FALSE(store.authorizations->find_waiting_device("u1", now));
    EXPECT_EQ(store.authorizations->find_device("d1")->account_id, "id-of-bob");
    EXPECT_EQ(firsts([&](int i) { return redeem(store, "d1", "c" + std::to_string(i)).ok(); }), 1);
    const auto used = store.authorizations->find_device("d1");
    ASSERT_TRUE(used && used->used_at);
    EXPECT_TRUE(store.sessions->find_live(used->session_id, now));
    EXPECT_EQ(store.authorizations->purge(now + seconds(9000), now + seconds(600), 10), 0)
        << "a second use has to be known for one";
    EXPECT_EQ(store.authorizations->purge(now + seconds(9000), now + seconds(601), 10), 1);
}

TEST_P(EveryStore, a_device_code_that_expired_or_was_denied_begins_nothing) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    ASSERT_TRUE(store.authorizations->add_device(code("d1", "u1")));
    EXPECT_FALSE(store.authorizations->find_waiting_device("u1", now + seconds(600)));
    EXPECT_FALSE(allow(store, "u1", now + seconds(600)));
    ASSERT_TRUE(allow(store, "u1"));
    EXPECT_EQ(redeem(store, "d1", "c1", now + seconds(600)).error().errc(), errors::code_invalid);
    ASSERT_TRUE(store.authorizations->add_device(code("d2", "u2")));
    ASSERT_TRUE(store.authorizations->decide_device({"u2", DeviceState::denied, "id-of-bob", now, now, "s1"}));
    EXPECT_EQ(redeem(store, "d2", "c1").error().errc(), errors::code_invalid);
    EXPECT_EQ(store.authorizations->purge(now + seconds(600), now, 10), 0);
    EXPECT_EQ(store.authorizations->purge(now + seconds(601), now, 10), 2);
    EXPECT_FALSE(store.authorizations->find_device("d1"));
}

TEST_P(EveryStore, a_device_that_was_allowed_begins_nothing_once_the_session_is_over_in_which_that_was_said) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    for (const std::string number : {"1", "2"}) {
        ASSERT_TRUE(store.sessions->create(session("s" + number), 0).ok());
        ASSERT_TRUE(store.authorizations->add_device(code("d" + number, "u" + number)));
        ASSERT_TRUE(store.authorizations->decide_device(
            {"u" + number, DeviceState::allowed, "id-of-bob", now, now, "s" + number}));
    }
    EXPECT_EQ(store.authorizations->find_device("d1")->parent_id, "s1");
    ASSERT_TRUE(store.sessions->end("s1", "id-of-bob", "logged_out", now));
    EXPECT_EQ(redeem(store, "d1", "c1").error().errc(), errors::code_invalid);
    EXPECT_TRUE(redeem(store, "d2", "c2").ok()) << "another session is none of its business";
    ASSERT_TRUE(store.sessions->end("s2", "id-of-bob", "logged_out", now));
    EXPECT_TRUE(store.sessions->find_live("c2", now)) << "what has begun on a device stays";
}

TEST_P(EveryStore, a_device_that_was_allowed_is_denied_when_the_sessions_of_the_account_end) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store->create(account("ann")).ok());
    const auto begun = [&](const std::string& number) {
        EXPECT_TRUE(store.sessions->create(session("s1" + number), 0).ok());
        EXPECT_TRUE(store.authorizations->add_device(code("d" + number, "u" + number)));
        EXPECT_TRUE(store.authorizations->decide_device(
            {"u" + number, DeviceState::allowed, "id-of-bob", now, now, "s1" + number}));
    };
    const auto state = [&](const std::string& digest) { return store.authorizations->find_device(digest)->state; };
    // Of somebody else, and of somebody who was given its session before.
    ASSERT_TRUE(store.sessions->create(session("sa", "id-of-ann"), 0).ok());
    ASSERT_TRUE(store.authorizations->add_device(code("da", "ua")));
    ASSERT_TRUE(store.authorizations->decide_device({"ua", DeviceState::allowed, "id-of-ann", now, now, "sa"}));
    begun("0");
    ASSERT_TRUE(redeem(store, "d0", "c0").ok());

    begun("1");
    store.sessions->end_all({"id-of-bob"}, "logged_out_everywhere", now);
    EXPECT_EQ(state("d1"), DeviceState::denied);
    EXPECT_EQ(redeem(store, "d1", "c1").error().errc(), errors::code_invalid);
    begun("2");
    ASSERT_TRUE(store->set_password({.id = "id-of-bob",
                                     .generation = 0,
                                     .hash = "another",
                                     .keep_session = {},
                                     .reason = "password_changed",
                                     .now = now}));
    EXPECT_EQ(state("d2"), DeviceState::denied);
    EXPECT_EQ(state("d0"), DeviceState::allowed) << "it was used";
    EXPECT_EQ(state("da"), DeviceState::allowed);
}

TEST_P(EveryStore, a_disabled_account_has_allowed_nothing_once_it_is_enabled) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    ASSERT_TRUE(store.authorizations->add_device(code("d1", "u1")));
    ASSERT_TRUE(allow(store, "u1"));
    ASSERT_TRUE(store->set_disabled("id-of-bob", true, "account_disabled", now));
    ASSERT_TRUE(store->set_disabled("id-of-bob", false, "account_disabled", now));
    EXPECT_EQ(store.authorizations->find_device("d1")->state, DeviceState::denied);
}

TEST_P(EveryStore, nobody_allows_a_device_in_a_session_that_is_over) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    ASSERT_TRUE(store.authorizations->add_device(code("d1", "u1")));
    ASSERT_TRUE(store.sessions->end("s1", std::nullopt, "logged_out", now));
    EXPECT_FALSE(allow(store, "u1"));
    EXPECT_EQ(store.authorizations->find_device("d1")->state, DeviceState::waiting);
}

TEST_P(EveryStore, of_questions_that_come_at_once_one_is_noted) {
    const auto store = open(url);
    const DeviceCode asked = code("d1", "u1");
    ASSERT_TRUE(store.authorizations->add_device(asked));
    EXPECT_EQ(firsts([&](int) { return store.authorizations->note_question(asked, now, 10); }), 1);
    EXPECT_EQ(store.authorizations->find_device("d1")->interval, 10);
    EXPECT_EQ(store.authorizations->find_device("d1")->asked_at, now);
}

TEST_P(EveryStore, an_assertion_is_used_once) {
    const auto store = open(url);
    EXPECT_EQ(firsts([&](int) { return store.authorizations->use_assertion({"a1", now + seconds(60)}); }), 1);
    EXPECT_FALSE(open(url).authorizations->use_assertion({"a1", now + seconds(60)}));
    EXPECT_TRUE(store.authorizations->use_assertion({"a2", now + seconds(60)}));
    EXPECT_EQ(store.authorizations->purge(now + seconds(60), now, 10), 0);
    EXPECT_EQ(store.authorizations->purge(now + seconds(61), now, 10), 2);
    EXPECT_TRUE(store.authorizations->use_assertion({"a1", now + seconds(60)}));
}

}  // namespace keyhold::store
