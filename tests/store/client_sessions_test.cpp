// SPDX-License-Identifier: Apache-2.0
// Sessions that were given to OAuth clients, and those that end them: a cap, a client that goes, two at once.
#include <atomic>
#include <thread>

#include "client_rows.hpp"
#include "store/access/client_errors.hpp"

namespace keyhold::store {

TEST_P(EveryStore, a_client_that_was_removed_gets_no_session_and_a_protected_host_is_none_that_could_be) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    for (const char* digest : {"d1", "d2"}) store.authorizations->add(code(digest));
    ASSERT_TRUE(redeem(store, "d1", "c1").ok());
    ASSERT_TRUE(store.clients->remove("wiki", "client_removed", now));
    EXPECT_EQ(redeem(store, "d2", "c2").error().errc(), errors::code_invalid) << "it was given before";
    EXPECT_FALSE(store.sessions->find("c2"));
    Session of_host = child("c3");
    of_host.client_id = "proxy/wiki.example";
    EXPECT_TRUE(store.sessions->create(of_host, 0).ok());
}

TEST_P(EveryStore, what_clients_were_given_ends_with_a_session_that_is_over_the_cap) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    for (const char* digest : {"d1", "d2", "d3"}) store.authorizations->add(code(digest));
    ASSERT_TRUE(redeem(store, "d1", "c1").ok());
    ASSERT_TRUE(redeem(store, "d2", "c2", "offline_access").ok());
    // The person's session was idle for longest, and what clients were given in it was used since.
    const auto use = [&](const std::string& id) {
        const auto digest = store.sessions->find(id)->session.refresh_digest;
        return store.sessions->rotate({id, digest, "next", "", now + seconds(5), now - seconds(60)});
    };
    ASSERT_TRUE(use("c1") && use("c2"));
    ASSERT_TRUE(store.sessions->create(session("s2"), 0, {.most_sessions = 1, .reason = "too_many"}).ok());
    EXPECT_FALSE(store.sessions->find_live("s1", now));
    EXPECT_FALSE(store.sessions->find_live("c1", now));
    EXPECT_EQ(store.sessions->find("c1")->session.end_reason, "too_many");
    EXPECT_TRUE(store.sessions->find_live("c2", now)) << "it is good without the person";
    EXPECT_TRUE(store.sessions->find_live("s2", now));
}

TEST_P(EveryStore, a_client_at_the_cap_ends_its_own_session_and_nobody_elses) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    ASSERT_TRUE(store.sessions->create(session("s2"), 0).ok());
    for (const char* digest : {"d1", "d2"}) store.authorizations->add(code(digest));
    for (const auto& [digest, id] : {std::pair("d1", "c1"), std::pair("d2", "c2")}) {
        const CodeUse use{digest, "wiki", now};
        ASSERT_TRUE(
            store.sessions->create(child(id), 0, {.most_sessions = 1, .reason = "too_many", .code = &use}).ok());
    }
    EXPECT_FALSE(store.sessions->find_live("c1", now));
    EXPECT_TRUE(store.sessions->find_live("c2", now)) << "never the new one";
    for (const char* id : {"s1", "s2"}) EXPECT_TRUE(store.sessions->find_live(id, now)) << id;
}

TEST_P(EveryStore, a_try_that_was_none_is_not_counted) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    store.authorizations->add(code("d1"));
    ASSERT_TRUE(redeem(store, "d1", "c1").ok());
    ASSERT_TRUE(store.sessions->end("c1", std::nullopt, "revoked", now));
    const auto leased = store.logouts->lease(ClientsOf::strangers, now, now + seconds(30));
    ASSERT_TRUE(leased);
    store.logouts->give_back(*leased, now);
    const auto again = store.logouts->lease(ClientsOf::strangers, now, now + seconds(31));
    ASSERT_TRUE(again) << "it is due";
    EXPECT_EQ(again->attempts, 1);
    store.logouts->give_back(*leased, now);
    EXPECT_FALSE(store.logouts->lease(ClientsOf::strangers, now, now + seconds(30))) << "somebody else has it by now";
}

// Two processes, two transactions: each looks whether there is a notice of the session that both end.
TEST_P(EveryStore, a_session_that_ends_while_the_person_signs_out_is_noted_once) {
    const auto one = open(url), other = open(url);
    ASSERT_TRUE(one->create(account("bob")).ok());
    ASSERT_TRUE(one.clients->add(client("wiki")).ok());
    for (int round = 0; round < 20; ++round) {
        const std::string parent = "s" + std::to_string(round), offline = "c" + std::to_string(round);
        ASSERT_TRUE(one.sessions->create(session(parent), 0).ok());
        Session given = child(offline, "offline_access");
        given.parent_id = parent;
        ASSERT_TRUE(one.sessions->create(given, 0).ok());
        std::atomic<int> ended = 0;
        std::vector<std::thread> threads;
        threads.emplace_back([&] { ended += one.sessions->end(parent, std::nullopt, "logged_out", now) ? 1 : 0; });
        threads.emplace_back([&] { ended += other.sessions->end(offline, std::nullopt, "revoked", now) ? 1 : 0; });
        for (auto& thread : threads) thread.join();
        EXPECT_EQ(ended, 2);
        const auto notice = one.logouts->lease(ClientsOf::strangers, now, now + seconds(30));
        ASSERT_TRUE(notice);
        EXPECT_EQ(notice->session_id, offline);
        one.logouts->remove(*notice);
        EXPECT_FALSE(one.logouts->lease(ClientsOf::strangers, now, now + seconds(30)));
    }
}

}  // namespace keyhold::store
