// SPDX-License-Identifier: Apache-2.0
// Several nodes on one database (docs/several-nodes.md): what is checked here is the store; tests/e2e/test_nodes.py
// stops, kills and winds the clocks of whole servers.
#include <unistd.h>

#include <array>
#include <thread>

#include "fixture.hpp"
#include "store/database/database.hpp"
#include "store/database/leased_change_signal.hpp"
#include "store/database/node.hpp"
#include "waiting.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

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
    EXPECT_TRUE(comes_true([&] { return is_trusted(node); }));
    EXPECT_EQ(nodes(), 1) << "the living one is not forgotten, and the dead one is";
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

// What an idle server does not ask for: docs/several-nodes.md, "Queues".
TEST_P(EveryServer, a_queues_number_stands_still_while_nothing_is_due_and_moves_for_what_others_put_there) {
    const auto node = open_node("a");
    const auto beat = [&] { return ask(url, "SELECT beat FROM keyhold_nodes"); };
    const auto number = [&](Queue queue) { return node.database->queue_number(queue); };
    const auto shell_does = [&](const std::string& statement) { shell(url)->execute(statement); };
    ASSERT_TRUE(comes_true([&] { return beat() >= 1; }));
    constexpr std::array queues{Queue::events, Queue::mails, Queue::notices};
    const std::string mail = "INSERT INTO keyhold_outbox VALUES ('a', 'reset', '', '', '', '', '', '', 0, ";
    shell_does(mail + "9000000000, 9000000000, 0, 0, 0, '')");  // due in the year 2255
    const auto numbers = [&] { return std::array{number(queues[0]), number(queues[1]), number(queues[2])}; };
    const auto before_renewals = numbers();
    const auto renewals = beat();
    ASSERT_TRUE(comes_true([&] { return beat() >= renewals + 2; }));
    EXPECT_EQ(numbers(), before_renewals) << "nothing is due";
    const std::array causes{
        std::string(
            "INSERT INTO keyhold_events (id, kind, account_id, actor_id, door, object, reason, address, device, note, "
            "salt, personal_digest, hash, happened_at, times) VALUES ('a', 'registered', '', '', 'command', '', '', "
            "'', '', "
            "'', '', '', '', 0, 1)"),
        std::string("UPDATE keyhold_outbox SET due_at = 1"),
        std::string("INSERT INTO keyhold_logout_notices VALUES ('a', '', '', 1, 0)")};
    for (std::size_t i = 0; i < queues.size(); ++i) {
        const auto before = number(queues[i]);
        shell_does(causes[i]);
        EXPECT_TRUE(comes_true([&] { return number(queues[i]) != before; })) << i;
    }
}

TEST_P(EveryServer, a_write_of_the_same_process_moves_each_queues_number_before_it_returns) {
    const auto node = open_node("a");
    for (const Queue queue : {Queue::events, Queue::mails, Queue::notices}) {
        const auto before = node.database->queue_number(queue);
        ASSERT_TRUE(node->create(account("bob" + std::to_string(static_cast<int>(queue)))).ok());
        EXPECT_NE(node.database->queue_number(queue), before);
    }
}

TEST_P(EveryServer, where_no_node_looks_or_the_clock_is_another_one_every_number_is_a_new_one) {
    const auto command = open(url);
    EXPECT_NE(command.database->queue_number(Queue::mails), command.database->queue_number(Queue::mails));
    const FixedClock clock{now};
    const auto test = open(url, {.node = "a", .clock = &clock});
    EXPECT_NE(test.database->queue_number(Queue::mails), test.database->queue_number(Queue::mails));
}

// The call came together with the answer to a question, so that nothing more comes from the socket.
TEST_P(EveryServer, a_call_that_came_with_an_answer_is_not_waited_for_again) {
    const auto location = parse_url(url).value();
    if (location.driver->listen.empty()) GTEST_SKIP() << "it does not call";
    const auto listener = shell(url), caller = shell(url);
    listener->execute(std::string(location.driver->listen));
    EXPECT_FALSE(listener->wait_for_call(0ms));
    caller->execute(std::string(location.driver->call));
    listener->execute("SELECT 1");
    EXPECT_TRUE(listener->wait_for_call(20s));
    EXPECT_FALSE(listener->wait_for_call(0ms)) << "it is told of once";
}

// A role that may not log in any more stands for a server that has as many connections as it takes: the next one is
// refused, and those that there are stay as good as ever.
TEST_P(EveryServer, a_connection_that_is_refused_does_not_make_the_others_be_taken_for_gone) {
    if (!url.starts_with("postgresql")) GTEST_SKIP() << "the refusal is made by a statement of PostgreSQL's";
    const std::string role = "keyhold_few_" + std::to_string(getpid());
    shell(url)->execute("CREATE ROLE " + role + " LOGIN SUPERUSER PASSWORD 'few'");
    {
        std::string of_role = url;
        const auto begin = of_role.find("//") + 2;
        of_role.replace(begin, of_role.find('@') - begin, role + ":few");
        const auto node = open(of_role, {.node = "a"});
        ASSERT_TRUE(comes_true([&] { return is_trusted(node); }));
        const auto look = [](Connection&) { return true; };
        node.database->use(Intent::read, [&](Connection&) {
            shell(url)->execute("ALTER ROLE " + role + " NOLOGIN");
            EXPECT_THROW((void)node.database->use(Intent::read, look), ServerGone);
            return true;
        });
        EXPECT_NO_THROW((void)node.database->use(Intent::read, look)) << "with the one that there is";
    }
    shell(url)->execute("DROP ROLE " + role);
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
