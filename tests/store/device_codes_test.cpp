// SPDX-License-Identifier: Apache-2.0
// What is used once by OAuth clients beside authorization codes: device codes (RFC 8628), assertions (RFC 7523).
#include <atomic>
#include <functional>
#include <thread>

#include "fixture.hpp"
#include "store/client_errors.hpp"

namespace keyhold::store {

namespace {

using std::chrono::seconds;

DeviceCode code(const std::string& digest, const std::string& user_code) {
    return {.digest = digest,
            .user_code_digest = user_code,
            .client_id = "tv",
            .scope = "openid",
            .state = DeviceState::waiting,
            .account_id = {},
            .authenticated_at = {},
            .expires_at = now + seconds(600),
            .interval = 5,
            .asked_at = {},
            .used_at = {},
            .session_id = {}};
}

bool allow(const Stores& stores, const std::string& user_code, Time time = now) {
    return stores.authorizations->decide_device({user_code, DeviceState::allowed, "id-of-bob", now - seconds(5), time});
}

Result<> redeem(const Stores& stores, const std::string& digest, const std::string& session_id, Time time = now) {
    Session made = session(session_id);
    made.client_id = "tv";
    made.scope = "openid";
    const CodeUse use{digest, "tv", time, CodeKind::device};
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
}

TEST_P(EveryStore, a_device_code_that_expired_or_was_denied_begins_nothing) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.authorizations->add_device(code("d1", "u1")));
    EXPECT_FALSE(store.authorizations->find_waiting_device("u1", now + seconds(600)));
    EXPECT_FALSE(allow(store, "u1", now + seconds(600)));
    ASSERT_TRUE(allow(store, "u1"));
    EXPECT_EQ(redeem(store, "d1", "c1", now + seconds(600)).error().errc(), errors::code_invalid);
    ASSERT_TRUE(store.authorizations->add_device(code("d2", "u2")));
    ASSERT_TRUE(store.authorizations->decide_device({"u2", DeviceState::denied, "id-of-bob", now, now}));
    EXPECT_EQ(redeem(store, "d2", "c1").error().errc(), errors::code_invalid);
    EXPECT_EQ(store.authorizations->purge(now + seconds(601), 10), 2);
    EXPECT_FALSE(store.authorizations->find_device("d1"));
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
    EXPECT_EQ(store.authorizations->purge(now + seconds(61), 10), 2);
    EXPECT_TRUE(store.authorizations->use_assertion({"a1", now + seconds(60)}));
}

}  // namespace keyhold::store
