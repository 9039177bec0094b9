// SPDX-License-Identifier: Apache-2.0
// OAuth clients, the codes that they are given, what people allowed, and the sessions that come of it.
#include <atomic>
#include <thread>

#include "client_rows.hpp"
#include "store/access/client_errors.hpp"
#include "store/access/session_rows.hpp"
#include "store/errors.hpp"

namespace keyhold::store {

TEST_P(EveryStore, a_client_is_read_back_as_it_was_written) {
    const auto store = open(url);
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    EXPECT_EQ(open(url).clients->find("wiki"), client("wiki"));
    EXPECT_FALSE(store.clients->find("WIKI"));
    EXPECT_FALSE(store.clients->find(std::string("wiki\0x", 6)));
    EXPECT_EQ(store.clients->add(client("wiki")).error().errc(), errors::client_taken);
}

TEST_P(EveryStore, clients_are_listed_replaced_and_removed) {
    const auto store = open(url);
    for (const char* id : {"c", "a", "b"}) ASSERT_TRUE(store.clients->add(client(id)).ok());
    const auto page = store.clients->list("a", 1);
    ASSERT_EQ(page.size(), 1U);
    EXPECT_EQ(page[0].id, "b");
    RegisteredClient other = client("b");
    other.name = "Other";
    other.needs_pkce = true;
    EXPECT_TRUE(store.clients->replace(other));
    EXPECT_EQ(store.clients->find("b"), other);
    EXPECT_TRUE(store.clients->replace_secret("b", "new"));
    EXPECT_EQ(store.clients->find("b")->secret_digest, "new");
    EXPECT_TRUE(store.clients->replace(other)) << "as it was read before";
    EXPECT_EQ(store.clients->find("b")->secret_digest, "new") << "the old one may be known to somebody";
    other.name = "Another";
    other.secret_digest = "newer";
    EXPECT_TRUE(store.clients->replace_with_secret(other));
    EXPECT_EQ(store.clients->find("b"), other);
    EXPECT_FALSE(store.clients->replace(client("x")));
    EXPECT_FALSE(store.clients->replace_with_secret(client("x")));
    EXPECT_FALSE(store.clients->replace_secret("x", "new"));
    EXPECT_TRUE(store.clients->remove("b", "client_removed", now));
    EXPECT_FALSE(store.clients->remove("b", "client_removed", now));
    EXPECT_EQ(store.clients->list("", 10).size(), 2U);
}

TEST_P(EveryStore, a_code_begins_one_session_and_no_other) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    store.authorizations->add(code("d1"));
    EXPECT_EQ(store.authorizations->find("d1"), code("d1"));
    ASSERT_TRUE(redeem(store, "d1", "c1").ok());
    EXPECT_EQ(redeem(store, "d1", "c2").error().errc(), errors::code_invalid);
    EXPECT_FALSE(store.sessions->find("c2"));
    const auto begun = store.sessions->find("c1");
    ASSERT_TRUE(begun);
    EXPECT_EQ(begun->session.client_id, "wiki");
    EXPECT_EQ(begun->session.parent_id, "s1");
    EXPECT_EQ(begun->session.scope, "openid");
    EXPECT_EQ(begun->session.authenticated_at, now - seconds(5));
    const auto used = store.authorizations->find("d1");
    EXPECT_EQ(used->used_at, now);
    EXPECT_EQ(used->session_id, "c1");
}

TEST_P(EveryStore, a_code_that_expired_or_is_another_clients_or_whose_session_has_ended_begins_none) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    store.authorizations->add(code("d1"));
    EXPECT_EQ(redeem(store, "d1", "c1", "openid", now + seconds(60)).error().errc(), errors::code_invalid);
    const CodeUse other{"d1", "blog", now};
    EXPECT_EQ(store.sessions->create(child("c1"), 0, {.code = &other}).error().errc(), errors::code_invalid);
    EXPECT_FALSE(store.authorizations->find("d1")->used_at);
    ASSERT_TRUE(store.sessions->end("s1", std::nullopt, "logged_out", now));
    EXPECT_EQ(redeem(store, "d1", "c1").error().errc(), errors::code_invalid);
    EXPECT_FALSE(store.sessions->find("c1"));
}

TEST_P(EveryStore, of_fifty_who_come_with_a_code_at_once_one_gets_a_session) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    store.authorizations->add(code("d1"));
    constexpr int many = 50;
    std::atomic<int> began = 0, refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < many; ++i)
        threads.emplace_back([&, i] {
            const auto made = redeem(store, "d1", "c" + std::to_string(i));
            if (made) ++began;
            if (!made && made.error().errc() == errors::code_invalid) ++refused;
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(began, 1);
    EXPECT_EQ(refused, many - 1);
    EXPECT_EQ(store.sessions->children("s1").size(), 1U);
}

TEST_P(EveryStore, sessions_of_clients_end_with_the_persons_own_but_for_offline_ones) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    ASSERT_TRUE(store.sessions->create(session("s2"), 0).ok());
    for (const char* digest : {"d1", "d2"}) store.authorizations->add(code(digest));
    ASSERT_TRUE(redeem(store, "d1", "c1").ok());
    ASSERT_TRUE(redeem(store, "d2", "c2", "openid offline_access").ok());
    ASSERT_TRUE(store.sessions->end("s1", "id-of-bob", "logged_out", now));
    EXPECT_FALSE(store.sessions->find_live("c1", now));
    EXPECT_TRUE(store.sessions->find_live("c2", now));
    EXPECT_TRUE(store.sessions->find_live("s2", now));
    EXPECT_EQ(store.sessions->find("c1")->session.end_reason, "logged_out");
    store.sessions->end_all({"id-of-bob"}, "password_changed", now);
    EXPECT_FALSE(store.sessions->find_live("c2", now)) << "everything means everything";
}

TEST_P(EveryStore, the_sessions_of_a_client_that_is_removed_end) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    store.authorizations->add(code("d1"));
    ASSERT_TRUE(redeem(store, "d1", "c1", "offline_access").ok());
    store.authorizations->remember({"id-of-bob", "wiki", "openid", now});
    ASSERT_TRUE(store.clients->remove("wiki", "client_removed", now));
    EXPECT_FALSE(store.sessions->find_live("c1", now));
    EXPECT_TRUE(store.sessions->find_live("s1", now));
    EXPECT_FALSE(store.authorizations->find_consent("id-of-bob", "wiki"));
}

TEST_P(EveryStore, a_client_that_is_removed_has_any_number_of_sessions) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    constexpr std::int64_t many = 2 * sessions_at_once + 3;
    store.database->write([&](Connection& connection) {
        for (std::int64_t i = 0; i < many; ++i)
            connection.insert(Insert<"keyhold_sessions", Session>(), child("c" + std::to_string(i)));
        return true;
    });
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    const auto before = store.changes->after(0).last;
    ASSERT_TRUE(store.clients->remove("wiki", "client_removed", now));
    for (const std::int64_t i : {std::int64_t{0}, sessions_at_once, many - 1})
        EXPECT_FALSE(store.sessions->find_live("c" + std::to_string(i), now)) << i;
    EXPECT_EQ(store.changes->after(before).list->size(), static_cast<std::size_t>(many + 1)) << "and the client itself";
    EXPECT_FALSE(store.clients->remove("", "client_removed", now));
    EXPECT_TRUE(store.sessions->find_live("s1", now)) << "sessions of people are those of no client";
}

TEST_P(EveryStore, what_a_removed_client_left_behind_ends_when_it_is_removed_once_more) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    store.database->write([&](Connection& connection) {
        connection.insert(Insert<"keyhold_sessions", Session>(), child("c1"));
        return true;
    });
    EXPECT_FALSE(store.clients->remove("wiki", "client_removed", now));
    EXPECT_FALSE(store.sessions->find_live("c1", now));
}

TEST_P(EveryStore, a_session_knows_when_the_password_was_shown_again) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    EXPECT_EQ(store.sessions->find("s1")->session.last_authenticated(), now);
    const Time later = now + seconds(9);
    EXPECT_EQ(store.sessions->authenticate_again("s1", "id-of-bob", 0, later).value(), true);
    EXPECT_EQ(store.sessions->find("s1")->session.last_authenticated(), later);
    EXPECT_EQ(store.sessions->find("s1")->session.created_at, now);
    EXPECT_EQ(store.sessions->authenticate_again("s1", "id-of-bob", 1, later).error().errc(),
              errors::invalid_credentials)
        << "another password by now";
    EXPECT_EQ(store.sessions->authenticate_again("s2", "id-of-bob", 0, later).value(), false);
    ASSERT_TRUE(store.sessions->end("s1", std::nullopt, "logged_out", later));
    EXPECT_EQ(store.sessions->authenticate_again("s1", "id-of-bob", 0, later).value(), false);
}

TEST_P(EveryStore, a_client_that_wants_to_know_is_told_of_each_end_of_a_session) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.clients->add(client("wiki")).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    for (const char* digest : {"d1", "d2"}) store.authorizations->add(code(digest));
    ASSERT_TRUE(redeem(store, "d1", "c1").ok());
    ASSERT_TRUE(redeem(store, "d2", "c2", "offline_access").ok());
    constexpr auto whose = ClientsOf::strangers;
    EXPECT_FALSE(store.logouts->lease(whose, now, now + seconds(30)));
    ASSERT_TRUE(store.sessions->end("s1", std::nullopt, "logged_out", now));
    const auto first = store.logouts->lease(whose, now, now + seconds(30));
    ASSERT_TRUE(first);
    EXPECT_EQ(*first, (LogoutNotice{"c1", "wiki", "id-of-bob", now + seconds(30), 1}));
    EXPECT_FALSE(store.logouts->lease(whose, now, now + seconds(30))) << "somebody is at this client";
    store.logouts->remove(*first);
    const auto second = store.logouts->lease(whose, now, now + seconds(30));
    ASSERT_TRUE(second);
    EXPECT_EQ(second->session_id, "c2") << "the session stays, and the person has left";
    store.logouts->try_again(*second, now + seconds(60));
    EXPECT_FALSE(store.logouts->lease(whose, now + seconds(59), now + seconds(99)));
    const auto again = store.logouts->lease(whose, now + seconds(60), now + seconds(99));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->attempts, 2);
    store.logouts->remove(*again);
    ASSERT_TRUE(store.sessions->end("c2", std::nullopt, "revoked", now));
    EXPECT_EQ(store.logouts->lease(whose, now, now + seconds(30))->session_id, "c2");
}

TEST_P(EveryStore, nobody_is_told_of_the_end_of_sessions_of_people_and_of_clients_that_did_not_ask) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    RegisteredClient quiet = client("wiki");
    quiet.backchannel_logout_uri = "";
    ASSERT_TRUE(store.clients->add(quiet).ok());
    ASSERT_TRUE(store.sessions->create(session("s1"), 0).ok());
    store.authorizations->add(code("d1"));
    ASSERT_TRUE(redeem(store, "d1", "c1").ok());
    store.sessions->end_all({"id-of-bob"}, "logged_out", now);
    for (const auto whose : {ClientsOf::the_operator, ClientsOf::strangers})
        EXPECT_FALSE(store.logouts->lease(whose, now, now + seconds(30)));
}

TEST_P(EveryStore, a_spoiled_code_is_over_and_old_ones_are_purged) {
    const auto store = open(url);
    store.authorizations->add(code("d1"));
    EXPECT_TRUE(store.authorizations->spoil({"d1", "wiki", now}));
    EXPECT_FALSE(store.authorizations->spoil({"d1", "wiki", now}));
    EXPECT_EQ(store.authorizations->find("d1")->session_id, "");
    EXPECT_EQ(store.authorizations->purge(now + seconds(1000), now + seconds(60), 10), 0)
        << "a use of it has to be known for one";
    EXPECT_EQ(store.authorizations->purge(now + seconds(61), now + seconds(61), 10), 1);
    EXPECT_FALSE(store.authorizations->find("d1"));
}

TEST_P(EveryStore, a_pushed_request_is_there_until_it_is_taken_or_expires) {
    const auto store = open(url);
    const PushedRequest pushed{"d1", "wiki", "scope=openid&state=x", now + seconds(600)};
    store.authorizations->push(pushed);
    EXPECT_EQ(store.authorizations->find_pushed("d1", now + seconds(599)), pushed);
    EXPECT_FALSE(store.authorizations->find_pushed("d1", now + seconds(600)));
    EXPECT_TRUE(store.authorizations->take_pushed("d1"));
    EXPECT_FALSE(store.authorizations->take_pushed("d1"));
    store.authorizations->push(pushed);
    EXPECT_EQ(store.authorizations->purge(now + seconds(600), now, 10), 0);
    EXPECT_EQ(store.authorizations->purge(now + seconds(601), now, 10), 1);
    EXPECT_FALSE(store.authorizations->find_pushed("d1", now));
}

TEST_P(EveryStore, what_somebody_allowed_is_remembered) {
    const auto store = open(url);
    EXPECT_FALSE(store.authorizations->find_consent("a", "wiki"));
    store.authorizations->remember({"a", "wiki", "openid", now});
    store.authorizations->remember({"a", "wiki", "openid profile", now + seconds(1)});
    EXPECT_EQ(store.authorizations->find_consent("a", "wiki"),
              (Consent{"a", "wiki", "openid profile", now + seconds(1)}));
    EXPECT_FALSE(store.authorizations->find_consent("a", "blog"));
}

TEST_P(EveryStore, keys_of_one_purpose_are_none_of_another) {
    const auto store = open(url);
    KeyStore of_id_tokens(store.database, "id_token.RS256");
    const StoredKey key{.kid = "k1",
                        .algorithm = "RS256",
                        .sealed = "x",
                        .created_at = now,
                        .signs_from = now,
                        .verifies_until = {},
                        .dropped_at = {}};
    ASSERT_TRUE(of_id_tokens.replace({}, {key}));
    EXPECT_TRUE(store.keys->all().empty());
    constexpr Query<"SELECT kid FROM keyhold_keys", "", std::string> as_older_nodes_do;
    EXPECT_TRUE(store.database
                    ->use(Intent::read, [&](Connection& connection) { return connection.find_all(as_older_nodes_do); })
                    .empty());
    // One that 0.2.0 has made.
    StoredKey older = key;
    older.kid = "k0";
    older.purpose = "id_token.RS256";
    store.database->write([&](Connection& connection) {
        connection.insert(Insert<"keyhold_keys", StoredKey>(), older);
        return true;
    });
    ASSERT_EQ(of_id_tokens.all().size(), 2U);
    EXPECT_EQ(of_id_tokens.all()[0], older);
    ASSERT_TRUE(of_id_tokens.replace(of_id_tokens.all(), {of_id_tokens.all()[1]}));
    ASSERT_EQ(of_id_tokens.all().size(), 1U);
    EXPECT_EQ(of_id_tokens.all()[0].purpose, "id_token.RS256");
    ASSERT_TRUE(store.keys->replace({}, {{.kid = "k2",
                                          .algorithm = "ES256",
                                          .sealed = "y",
                                          .created_at = now,
                                          .signs_from = now,
                                          .verifies_until = {},
                                          .dropped_at = {}}}));
    EXPECT_EQ(of_id_tokens.all().size(), 1U);
}

}  // namespace keyhold::store
