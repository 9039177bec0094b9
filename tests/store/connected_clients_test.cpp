// SPDX-License-Identifier: Apache-2.0
// What an account has allowed clients, and the end of it: sessions, codes and devices go in one transaction.
#include "store/access/connected_client_store.hpp"

#include <atomic>
#include <thread>

#include "client_rows.hpp"
#include "store/access/client_errors.hpp"
#include "store/events/event_store.hpp"

namespace keyhold::store {
namespace {

// bob, his session s1, the client wiki with a session and an offline one, what he allowed it, and a code and a device
// that could begin more.
void connect(const Stores& stores) {
    EXPECT_TRUE(stores.accounts->create(account("bob")).ok());
    EXPECT_TRUE(stores.clients->add(client("wiki")).ok());
    EXPECT_TRUE(stores.sessions->create(session("s1"), 0).ok());
    for (const char* digest : {"d1", "d2", "d3"}) stores.authorizations->add(code(digest));
    EXPECT_TRUE(redeem(stores, "d1", "c1").ok());
    EXPECT_TRUE(redeem(stores, "d2", "c2", "openid offline_access", now + seconds(2)).ok());
    stores.authorizations->remember({"id-of-bob", "wiki", "openid profile", now});
}

}  // namespace

TEST_P(EveryStore, a_connected_client_has_what_was_allowed_and_what_its_sessions_have) {
    const auto stores = open(url);
    connect(stores);
    Session of_host = child("c3");
    of_host.client_id = "proxy/wiki.example";
    ASSERT_TRUE(stores.sessions->create(of_host, 0).ok());
    stores.authorizations->remember({"id-of-bob", "gone", "email", now + seconds(1)});
    ConnectedClientStore connected(stores.database);
    const std::vector<ConnectedClient> wanted{
        {.client_id = "gone", .scope = "email", .allowed_at = now + seconds(1), .sessions = 0, .used_at = {}},
        {.client_id = "wiki",
         .scope = "openid profile offline_access",
         .allowed_at = now,
         .sessions = 2,
         .used_at = stores.sessions->find("c2")->session.last_used_at}};
    EXPECT_EQ(connected.list("id-of-bob", now + seconds(3)), wanted);
    EXPECT_TRUE(connected.list("id-of-ann", now).empty());
}

TEST_P(EveryStore, a_client_that_is_disconnected_keeps_nothing_and_others_keep_all) {
    const auto stores = open(url);
    connect(stores);
    ASSERT_TRUE(stores.clients->add(client("blog")).ok());
    stores.authorizations->remember({"id-of-bob", "blog", "openid", now});
    AuthorizationCode of_blog = code("d9");
    of_blog.client_id = "blog";
    stores.authorizations->add(of_blog);
    ASSERT_TRUE(stores.authorizations->add_device(device_code("v1", "u1", "wiki")));
    ASSERT_TRUE(stores.authorizations->decide_device({"u1", DeviceState::allowed, "id-of-bob", now, now, "s1"}));
    ConnectedClientStore connected(stores.database);
    EXPECT_FALSE(connected.disconnect("id-of-ann", "wiki", "disconnected", now)) << "there is no such account";
    EXPECT_FALSE(connected.disconnect("id-of-bob", "", "disconnected", now)) << "sessions of people have no client";
    ASSERT_TRUE(connected.disconnect("id-of-bob", "wiki", "disconnected", now));
    EXPECT_FALSE(connected.disconnect("id-of-bob", "wiki", "disconnected", now));
    for (const char* id : {"c1", "c2"}) {
        EXPECT_FALSE(stores.sessions->find_live(id, now)) << id;
        EXPECT_EQ(stores.sessions->find(id)->session.end_reason, "disconnected");
    }
    EXPECT_TRUE(stores.sessions->find_live("s1", now)) << "the person's own";
    EXPECT_FALSE(stores.authorizations->find_consent("id-of-bob", "wiki"));
    EXPECT_EQ(redeem(stores, "d3", "c4").error().errc(), errors::code_invalid);
    EXPECT_EQ(stores.authorizations->find_device("v1")->state, DeviceState::denied);
    EXPECT_TRUE(stores.authorizations->find_consent("id-of-bob", "blog"));
    EXPECT_FALSE(stores.authorizations->find("d9")->used_at) << "another client's";
    EventStore events(stores.database);
    EXPECT_EQ(events.list({.account = "id-of-bob", .kind = "consent_withdrawn"}).events.size(), 1u);
}

// Whichever is first: afterwards there is no session of the client's that began before it was disconnected.
TEST_P(EveryStore, a_code_that_is_redeemed_meanwhile_begins_no_session_that_stays) {
    const auto stores = open(url);
    connect(stores);
    ConnectedClientStore connected(stores.database);
    for (int round = 0; round < 10; ++round) {
        const std::string digest = "race" + std::to_string(round), id = "cr" + std::to_string(round);
        stores.authorizations->add(code(digest));
        stores.authorizations->remember({"id-of-bob", "wiki", "openid", now});
        std::atomic<int> ready = 0;
        const auto together = [&] {
            ++ready;
            while (ready < 2) std::this_thread::yield();
        };
        std::thread redeeming([&] {
            together();
            (void)redeem(stores, digest, id);
        });
        together();
        EXPECT_TRUE(connected.disconnect("id-of-bob", "wiki", "disconnected", now));
        redeeming.join();
        EXPECT_FALSE(stores.sessions->find_live(id, now)) << round;
    }
}

}  // namespace keyhold::store
