// SPDX-License-Identifier: Apache-2.0
// Of whose log-outs whoever tells clients is given the next one: no client keeps others waiting.
#include <array>

#include "client_rows.hpp"
#include "store/database/database.hpp"

namespace keyhold::store {
namespace {

constexpr Query<
    "INSERT INTO keyhold_logout_notices (session_id, client_id, account_id, due_at, attempts) VALUES (:a, :b, 'bob', "
    ":c, 0)",
    "tti">
    insert_notice;

void note(const Stores& store, const std::string& session_id, const std::string& client_id, Time due_at) {
    store.database->write(
        [&](Connection& connection) { return connection.run(insert_notice, session_id, client_id, due_at); });
}

void add(const Stores& store, const std::string& id, ClientsOf whose) {
    RegisteredClient one = client(id);
    if (whose == ClientsOf::the_operator) one.registration_digest = "";
    ASSERT_TRUE(store.clients->add(one).ok());
}

constexpr std::array<seconds, 2> waits{seconds(5), seconds(60)};

std::optional<LogoutNotice> lease(const Stores& store, Time time, ClientsOf whose = ClientsOf::the_operator) {
    return store.logouts->lease(whose, time, time + seconds(30));
}

}  // namespace

TEST_P(EveryStore, a_client_that_somebody_is_at_keeps_no_other_client_waiting) {
    const auto store = open(url), other_node = open(url);
    add(store, "wiki", ClientsOf::the_operator);
    add(store, "shop", ClientsOf::the_operator);
    for (const char* id : {"w1", "w2"}) note(store, id, "wiki", now);
    note(store, "s1", "shop", now + seconds(1));
    const Time later = now + seconds(1);
    const auto first = lease(store, later);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->session_id, "w1");
    const auto second = lease(other_node, later);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->session_id, "s1") << "though w2 is due longer";
    EXPECT_FALSE(lease(store, later));
    store.logouts->remove(*first);
    EXPECT_EQ(lease(other_node, later)->session_id, "w2");
}

TEST_P(EveryStore, a_client_whose_teller_died_is_told_when_the_lease_is_over) {
    const auto store = open(url);
    add(store, "wiki", ClientsOf::the_operator);
    for (const char* id : {"w1", "w2"}) note(store, id, "wiki", now);
    ASSERT_TRUE(lease(store, now));
    EXPECT_FALSE(lease(store, now + seconds(29)));
    EXPECT_EQ(lease(store, now + seconds(30))->session_id, "w2");
}

TEST_P(EveryStore, a_client_that_cannot_be_reached_is_so_for_all_of_its_notices) {
    const auto store = open(url);
    add(store, "wiki", ClientsOf::the_operator);
    for (const char* id : {"w1", "w2", "w3"}) note(store, id, "wiki", now);
    Time time = now;
    auto leased = lease(store, time);
    ASSERT_TRUE(leased);
    EXPECT_TRUE(store.logouts->put_off(*leased, time, time + seconds(5), waits).empty());
    note(store, "w4", "wiki", time);
    EXPECT_FALSE(lease(store, time + seconds(4))) << "nor what is noted meanwhile";
    time += seconds(5);
    leased = lease(store, time);
    ASSERT_TRUE(leased);
    EXPECT_EQ(leased->session_id, "w4");
    EXPECT_EQ(leased->attempts, 1) << "its own first";
    EXPECT_TRUE(store.logouts->put_off(*leased, time, time + seconds(30), waits).empty());
    EXPECT_FALSE(lease(store, time + seconds(29))) << "held";
    // The others were tried twice by now, and w4 once: it is due five seconds after its try, but held.
    leased = lease(store, time + seconds(30));
    ASSERT_TRUE(leased);
    EXPECT_EQ(leased->session_id, "w4");
    store.logouts->remove(*leased);
    EXPECT_FALSE(lease(store, time + seconds(59)));
    leased = lease(store, time + seconds(60));
    ASSERT_TRUE(leased);
    EXPECT_EQ(leased->attempts, 3);
    const auto given_up = store.logouts->put_off(*leased, time + seconds(60), time + seconds(90), waits);
    EXPECT_EQ(given_up.size(), 3U);
    EXPECT_FALSE(lease(store, time + seconds(100'000)));
}

TEST_P(EveryStore, log_outs_of_strangers_clients_are_for_others_than_those_of_the_operators) {
    const auto store = open(url);
    add(store, "wiki", ClientsOf::the_operator);
    add(store, "stranger", ClientsOf::strangers);
    note(store, "x1", "stranger", now);
    note(store, "w1", "wiki", now + seconds(1));
    note(store, "g1", "gone", now + seconds(1));
    const Time later = now + seconds(1);
    EXPECT_EQ(lease(store, later, ClientsOf::strangers)->session_id, "x1");
    EXPECT_FALSE(lease(store, later, ClientsOf::strangers));
    const auto gone = lease(store, later);
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->session_id, "g1") << "somebody has to remove it";
    store.logouts->remove(*gone);
    EXPECT_EQ(lease(store, later)->session_id, "w1");
}

}  // namespace keyhold::store
