// SPDX-License-Identifier: Apache-2.0
// Several nodes on one database (docs/several-nodes.md): what is checked here is the store; tests/e2e/test_nodes.py
// stops, kills and winds the clocks of whole servers.
#include <thread>

#include "fixture.hpp"
#include "store/leased_change_signal.hpp"
#include "store/node.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

// A slow machine takes its time; a right answer comes early.
template <class Condition>
bool comes_true(Condition condition, std::chrono::seconds patience = 20s) {
    for (const auto end = BootClock::now() + patience; BootClock::now() < end; std::this_thread::sleep_for(5ms))
        if (condition()) return true;
    return false;
}

// A lease makes the epoch stand still.
bool is_trusted(const Opened& store) { return store.changes->epoch() == store.changes->epoch(); }

std::unique_ptr<Link> shell(const std::string& url) {
    const auto location = parse_url(url).value();
    return location.driver->connect(location.target, 5s);
}

std::int64_t ask(const std::string& url, std::string_view question) {
    std::int64_t answer = -1;
    const Sql sql{question, "", "i"};
    shell(url)->prepare(sql)->run({}, [&](const Statement& row) { answer = row.integer(0); });
    return answer;
}

}  // namespace

class EveryServer : public EveryStore {
protected:
    Opened open_node(const std::string& id) { return open(url, {.node = id}); }
    std::int64_t nodes() { return ask(url, "SELECT COUNT(*) FROM keyhold_nodes"); }
};

INSTANTIATE_TEST_SUITE_P(Databases, EveryServer, testing::ValuesIn(test_servers()), name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EveryServer);

TEST_P(EveryServer, a_process_that_is_no_node_trusts_nothing) {
    const auto store = open(url);
    EXPECT_NE(store.changes->epoch(), store.changes->epoch());
    EXPECT_EQ(nodes(), 0);
}

TEST_P(EveryServer, a_node_joins_trusts_its_memory_and_leaves) {
    {
        const auto node = open_node("a");
        EXPECT_TRUE(comes_true([&] { return is_trusted(node); }));
        EXPECT_EQ(nodes(), 1);
    }
    EXPECT_EQ(nodes(), 0);
}

TEST_P(EveryServer, whoever_is_told_that_a_session_ended_finds_every_nodes_epoch_moved) {
    const auto one = open_node("one"), two = open_node("two"), command = open(url);
    ASSERT_TRUE(comes_true([&] { return is_trusted(one) && is_trusted(two); }));
    for (int i = 0; i < 20; ++i) {
        const std::string id = "id-" + std::to_string(i);
        const auto first = one.changes->epoch(), second = two.changes->epoch();
        const Opened& writer = i % 3 == 0 ? one : i % 3 == 1 ? two : command;
        ASSERT_TRUE(writer->create(account(id)).ok());
        ASSERT_TRUE(writer->set_disabled("id-of-" + id, true, "test", now));
        EXPECT_NE(one.changes->epoch(), first) << i;
        EXPECT_NE(two.changes->epoch(), second) << i;
    }
}

TEST_P(EveryServer, a_node_that_says_nothing_is_waited_for_as_long_as_its_lease_may_last_and_then_forgotten) {
    const auto node = open_node("living");
    ASSERT_TRUE(node->create(account("bob")).ok());
    ASSERT_TRUE(comes_true([&] { return is_trusted(node); }));
    shell(url)->execute("INSERT INTO keyhold_nodes (id, passed, beat) VALUES ('dead', 0, 1)");
    const auto begin = BootClock::now();
    ASSERT_TRUE(node->set_disabled("id-of-bob", true, "test", now));
    EXPECT_GE(BootClock::now() - begin, lease_is_over);
    EXPECT_TRUE(comes_true([&] { return nodes() == 1; }));
    EXPECT_TRUE(is_trusted(node)) << "the living one is not forgotten";
}

TEST_P(EveryServer, a_node_whose_row_was_taken_away_joins_again) {
    const auto node = open_node("a");
    ASSERT_TRUE(comes_true([&] { return is_trusted(node); }));
    shell(url)->execute("DELETE FROM keyhold_nodes");
    EXPECT_TRUE(comes_true([&] { return nodes() == 1; }));
    EXPECT_TRUE(comes_true([&] { return is_trusted(node); }));
}

TEST_P(EveryServer, a_database_that_was_put_back_makes_every_node_look_again) {
    const auto node = open_node("a");
    ASSERT_TRUE(node->create(account("bob")).ok());
    ASSERT_TRUE(node->set_disabled("id-of-bob", true, "test", now));
    ASSERT_TRUE(comes_true([&] { return ask(url, "SELECT passed FROM keyhold_nodes") == 1 && is_trusted(node); }));
    const auto before = node.changes->epoch();
    shell(url)->execute("UPDATE keyhold_change_counter SET sequence = 0");
    EXPECT_TRUE(comes_true([&] { return is_trusted(node) && node.changes->epoch() != before; }));
}

TEST(LeasedChangeSignal, is_another_number_at_each_look_until_and_after_its_lease) {
    LeasedChangeSignal signal;
    EXPECT_NE(signal.count(), signal.count());
    signal.trust_until(BootClock::now() + 1h);
    const auto trusted = signal.count();
    EXPECT_EQ(signal.count(), trusted);
    signal.raise();
    EXPECT_NE(signal.count(), trusted);
    EXPECT_EQ(signal.count(), signal.count());
    signal.trust_until(BootClock::now());
    EXPECT_NE(signal.count(), signal.count());
}

}  // namespace keyhold::store
