// SPDX-License-Identifier: Apache-2.0
// When a database that is a server cannot do what we ask: always Unavailable, never "there is no such account", and all
// is well again when the trouble is over. What needs the server to be stopped is in tests/e2e/test_databases.py.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "fixture.hpp"
#include "store/adoption/dialect_mariadb.hpp"
#include "store/database/database.hpp"
#include "store/schema/migrations.hpp"
#include "waiting.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

std::unique_ptr<Link> shell(const std::string& url, std::chrono::milliseconds patience = 5s) {
    const auto location = parse_url(url).value();
    return location.driver->connect(location.target, patience);
}

bool is_postgresql(const std::string& url) { return url.starts_with("postgresql"); }

// The connections with this database, as the server numbers them.
std::vector<std::int64_t> others(const std::string& url, Link& link) {
    static constexpr Sql of_postgresql{
        "SELECT CAST(pid AS BIGINT) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
        "current_database()",
        "", "i"};
    static constexpr Sql of_mariadb{
        "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db = DATABASE()", "", "i"};
    std::vector<std::int64_t> ids;
    link.prepare(is_postgresql(url) ? of_postgresql : of_mariadb)->run({}, [&](const Statement& row) {
        ids.push_back(row.integer(0));
    });
    return ids;
}

// By the server, which takes a moment for it. Returns when they are gone.
void close_all_others(const std::string& url) {
    const auto killer = shell(url);
    for (const auto id : others(url, *killer))
        killer->execute(is_postgresql(url) ? "SELECT pg_terminate_backend(" + std::to_string(id) + ")"
                                           : "KILL " + std::to_string(id));
    EXPECT_TRUE(comes_true([&] { return others(url, *killer).empty(); }));
}

}  // namespace

class ServerTrouble : public EveryStore {};

INSTANTIATE_TEST_SUITE_P(Databases, ServerTrouble, testing::ValuesIn(test_servers()), name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ServerTrouble);

TEST_P(ServerTrouble, a_row_that_is_held_too_long_is_unavailable_and_free_again_later) {
    const auto store = open(url, {.patience = 1s});
    ASSERT_TRUE(store->create(account("bob")).ok());
    const auto holder = shell(url);
    holder->execute("BEGIN");
    holder->execute("UPDATE keyhold_accounts SET disabled = 0");
    EXPECT_THROW((void)store->set_disabled("id-of-bob", true, "test", now), Unavailable);
    EXPECT_TRUE(store->find_by_name_key("bob")) << "readers do not wait";
    holder->execute("ROLLBACK");
    EXPECT_TRUE(store->set_disabled("id-of-bob", true, "test", now));
}

// The plan says of each table of information_schema how many databases the server looks through for it.
TEST_P(ServerTrouble, what_columns_another_applications_table_has_is_asked_of_no_other_database) {
    if (is_postgresql(url)) GTEST_SKIP() << "its catalogs have indexes";
    const auto link = shell(url);
    link->execute("CREATE TABLE theirs (id INT PRIMARY KEY, name VARCHAR(64) UNIQUE)");
    std::vector<std::string> looked_at;
    const std::string plan = "EXPLAIN " + mariadb::foreign_columns("theirs");
    link->prepare({plan, "", "tttttttttt"})->run({}, [&](const Statement& row) { looked_at.push_back(row.text(9)); });
    EXPECT_THAT(looked_at, testing::SizeIs(3));
    EXPECT_THAT(looked_at, testing::Each(testing::HasSubstr("Scanned 0 databases")));
}

TEST_P(ServerTrouble, whoever_is_silent_within_a_transaction_is_cut_off) {
    const auto store = open(url, {.patience = 10s});
    ASSERT_TRUE(store->create(account("bob")).ok());
    const auto silent = shell(url);
    silent->execute("BEGIN");
    silent->execute("UPDATE keyhold_accounts SET disabled = 0");
    EXPECT_TRUE(store->set_disabled("id-of-bob", true, "test", now)) << "after 2 s";
    EXPECT_FALSE(silent->is_current());
    EXPECT_THROW(silent->execute("COMMIT"), Unavailable);
}

TEST_P(ServerTrouble, transactions_in_each_others_way_are_done_again_until_both_are_done) {
    const auto one = open(url), two = open(url);
    for (const char* name : {"ann", "bob"}) ASSERT_TRUE(one->create(account(name)).ok());
    std::atomic<int> done = 0;
    const auto work = [&](const Opened& store, bool forwards) {
        for (int i = 0; i < 20; ++i)
            for (const char* id : {forwards ? "id-of-ann" : "id-of-bob", forwards ? "id-of-bob" : "id-of-ann"})
                done += store->set_disabled(id, i % 2 == 0, "test", now) ? 1 : 0;
    };
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { work(i < 2 ? one : two, i % 2 == 0); });
    threads.clear();
    EXPECT_EQ(done, 160);
    EXPECT_EQ(one.changes->after(0).list->size(), 160u) << "each has its number, and none is missing";
}

TEST_P(ServerTrouble, messages_hold_no_password_hash_and_no_password) {
    const auto link = shell(url);
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    static constexpr Sql insert{
        "INSERT INTO keyhold_accounts (id, username, name_key, password_hash, disabled, created_at, no_such_column) "
        "VALUES (:a, :a, :a, :b, 0, 0, 0)",
        "tt", ""};
    try {
        link->prepare(insert)->run({"x", "$2b$12$hash-of-eve"});
        FAIL() << "there is no such column";
    } catch (const std::exception& error) {
        EXPECT_EQ(std::string(error.what()).find("hash-of"), std::string::npos) << error.what();
    }
    const std::string wrong = std::string(url).replace(url.find("p%40ss"), 6, "wrong");
    try {
        (void)open(wrong);
        FAIL() << "the password is wrong";
    } catch (const Unavailable& error) {
        EXPECT_EQ(std::string(error.what()).find("wrong"), std::string::npos) << error.what();
    }
}

TEST_P(ServerTrouble, a_connection_that_is_lost_before_commit_answers_leaves_the_outcome_unknown) {
    auto database = Database::open(url);
    ASSERT_TRUE(database.ok());
    int runs = 0;
    const auto loses_its_connection = [&](Connection&) {
        ++runs;
        close_all_others(url);
        return true;
    };
    EXPECT_THROW((void)(*database)->write(loses_its_connection), CommitUnknown);
    EXPECT_EQ(runs, 1);
    EXPECT_TRUE((*database)->write([](Connection&) { return true; })) << "the next one has a connection of its own";
}

// What the database undid by its own word is known. What it says no such word of is not.
TEST_P(ServerTrouble, a_commit_that_is_refused_tells_of_what_was_undone_and_of_nothing_else) {
    if (!url.starts_with("postgresql")) GTEST_SKIP() << "checks nothing at the end of a transaction";
    const auto link = shell(url);
    link->execute("CREATE TABLE once (n BIGINT, CONSTRAINT once_n UNIQUE (n) DEFERRABLE INITIALLY DEFERRED)");
    link->execute("CREATE TABLE parents (n BIGINT PRIMARY KEY)");
    link->execute("CREATE TABLE children (n BIGINT REFERENCES parents (n) DEFERRABLE INITIALLY DEFERRED)");
    constexpr static Query<"INSERT INTO once (n) VALUES (:a)", "i"> insert_once;
    constexpr static Query<"INSERT INTO children (n) VALUES (:a)", "i"> insert_child;
    constexpr static Query<"INSERT INTO checked (n) VALUES (:a)", "i"> insert_checked;
    const auto database = Database::open(url, {.make = Make::what_is_missing}).value();
    const auto twice = [](Connection& connection) {
        connection.run(insert_once, std::int64_t{1});
        return connection.run(insert_once, std::int64_t{1});
    };
    EXPECT_THROW((void)database->write(twice), NotUnique);
    const auto orphan = [](Connection& connection) { return connection.run(insert_child, std::int64_t{1}); };
    EXPECT_THROW((void)database->write(orphan), NotAllowed);
    for (const auto& [state, is_known] :
         {std::pair("23001", true), std::pair("23P01", true), std::pair("23000", true), std::pair("40002", true),
          std::pair("40003", false), std::pair("P0001", false), std::pair("XX000", false)}) {
        link->execute(
            std::string("CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
                        "'no' USING ERRCODE = '") +
            state + "'; END $$");
        link->execute("CREATE TABLE checked (n BIGINT)");
        link->execute(
            "CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON checked DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
            "EXECUTE FUNCTION refuse()");
        const auto checked = [](Connection& connection) { return connection.run(insert_checked, std::int64_t{1}); };
        if (is_known)
            EXPECT_THROW((void)database->write(checked), NotAllowed) << state;
        else
            EXPECT_THROW((void)database->write(checked), CommitUnknown) << state;
        link->execute("DROP TABLE checked");
    }
    EXPECT_EQ(database->write([](Connection& connection) { return connection.run(insert_once, std::int64_t{1}); }), 1);
    link->execute("DROP TABLE children, parents, once");
    link->execute("DROP FUNCTION refuse");
}

// A read trusts a connection that it looked at a moment ago, and finds out by using it: then it is another one's turn.
TEST_P(ServerTrouble, connections_that_the_server_closed_are_made_again) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store->find_by_name_key("bob"));
    close_all_others(url);
    EXPECT_TRUE(store->create(account("eve")).ok());
    const auto finds_bob = [&] {
        try {
            return store->find_by_name_key("bob").has_value();
        } catch (const Unavailable&) {
            return false;
        }
    };
    EXPECT_TRUE(comes_true(finds_bob));
}

}  // namespace keyhold::store
