// SPDX-License-Identifier: Apache-2.0
// Migrations on every database: from nothing, together with others, after a kill at any statement.
#include <atomic>
#include <thread>

#include "fixture.hpp"
#include "store/schema/migrations.hpp"

namespace keyhold::store {

using namespace std::chrono_literals;

namespace {

struct Killed {};

// A link whose process is killed at a given statement, before or after the database has done it.
class Mortal final : public Link {
public:
    enum class Moment { before, after };
    Mortal(std::unique_ptr<Link> link, int statements, Moment moment)
        : link_(std::move(link)), left_(statements), moment_(moment) {}

    std::unique_ptr<Statement> prepare(const Sql& sql) override { return link_->prepare(sql); }
    void execute(const std::string& sql) override {
        if (!link_) throw ServerGone("killed");
        if (left_-- > 0) return link_->execute(sql);
        if (moment_ == Moment::after) link_->execute(sql);
        link_.reset();
        throw Killed();
    }
    bool is_current() override { return link_->is_current(); }

private:
    std::unique_ptr<Link> link_;
    int left_;
    Moment moment_;
};

std::unique_ptr<Link> connect(const std::string& url) {
    const auto location = parse_url(url).value();
    location.driver->make_if_absent(location.target);
    return location.driver->connect(location.target, 30s);
}

const Driver& driver_of(const std::string& url) { return *parse_url(url)->driver; }

// The tables away, as if nobody had been here.
void clear(const std::string& url) {
    const auto location = parse_url(url).value();
    const auto link = connect(url);
    std::vector<std::string> found;
    const auto collect = [&](const Statement& row) { found.push_back(row.text(0)); };
    static constexpr Sql of_file{"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'keyhold%'", "",
                                 "t"};
    // MariaDB shows the tables of all its databases.
    static constexpr Sql of_server{
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'keyhold%' AND (table_catalog = :a OR "
        "table_schema = :a)",
        "t", "t"};
    const std::string name = location.shown.substr(0, location.shown.find(' '));
    if (location.driver->open_change_signal != nullptr)
        link->prepare(of_file)->run({}, collect);
    else
        link->prepare(of_server)->run({name}, collect);
    for (const std::string& table : found) link->execute("DROP TABLE " + table);
}

// As the next one to open it finds it.
bool is_complete(const std::string& url) {
    const Opened store{open_stores(url, {.make = Make::what_is_missing}).value()};
    return store->create(account("bob")).ok() && store->set_disabled("id-of-bob", true, "test", now) &&
           store.changes->after(0).list->size() == 1;
}

// Every column and index of ours, as the database tells of them.
std::vector<std::string> schema_in_words(Link& link, const Driver& driver) {
    std::vector<std::string> words;
    const auto collect = [&](const Statement& row) { words.push_back(row.text(0)); };
    static constexpr Sql of_file{"SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name", "", "t"};
    static constexpr Sql columns{
        "SELECT table_name || ' ' || column_name || ' ' || ordinal_position || ' ' || data_type || ' ' || is_nullable "
        "|| ' ' || COALESCE(column_default, '') || ' ' || COALESCE(collation_name, '') FROM information_schema.columns "
        "WHERE table_name LIKE 'keyhold%' AND table_schema = current_schema() ORDER BY table_name, ordinal_position",
        "", "t"};
    static constexpr Sql indexes{
        "SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'keyhold%' AND schemaname = current_schema() ORDER BY 1",
        "", "t"};
    if (driver.open_change_signal != nullptr) {
        link.prepare(of_file)->run({}, collect);
    } else {
        link.prepare(columns)->run({}, collect);
        link.prepare(indexes)->run({}, collect);
    }
    return words;
}

}  // namespace

class EveryMigration : public EveryStore {
protected:
    EveryMigration() { clear(url); }
};

INSTANTIATE_TEST_SUITE_P(Databases, EveryMigration, testing::ValuesIn(test_databases()), name_of);

// Each version is begun again and again, and each time killed a statement later than the last time, until the next
// version is there: whoever comes goes on from what the killed one left.
TEST_P(EveryMigration, is_finished_by_the_next_after_a_kill_at_any_statement) {
    for (const auto moment : {Mortal::Moment::before, Mortal::Moment::after}) {
        clear(url);
        int version = 0;
        int statements = 0;
        int kills = 0;
        for (bool was_killed = true; was_killed; ++statements) {
            if (const int found = schema_of(*connect(url)); found != version) {
                version = found;
                statements = 0;
            }
            Mortal mortal(connect(url), statements, moment);
            was_killed = false;
            try {
                ASSERT_TRUE(migrate(mortal, driver_of(url)).ok());
            } catch (const Killed&) {
                was_killed = true;
                ++kills;
            }
        }
        EXPECT_GT(kills, 3 * newest_schema());
        EXPECT_TRUE(is_complete(url));
    }
}

// A database that was empty has all steps taken together, any other one after the other.
TEST_P(EveryMigration, of_an_empty_database_makes_what_single_steps_make) {
    const Driver& driver = driver_of(url);
    if (!driver.schema_is_transactional) GTEST_SKIP() << "takes single steps alone";
    const auto link = connect(url);
    link->execute(std::string(driver.begin_writing));
    make_schema(*link, driver, {.older = 0, .newer = newest_schema()});
    const auto together = schema_in_words(*link, driver);
    link->execute("ROLLBACK");
    ASSERT_TRUE(schema_in_words(*link, driver).empty());
    link->execute(std::string(driver.begin_writing));
    for (int version = 0; version < newest_schema(); ++version)
        make_schema(*link, driver, {.older = version, .newer = version + 1});
    EXPECT_EQ(schema_in_words(*link, driver), together);
    EXPECT_GT(together.size(), 50U);
    link->execute("ROLLBACK");
}

TEST_P(EveryMigration, done_by_eight_at_once_is_done_once) {
    std::vector<std::jthread> threads;
    std::atomic<int> good = 0;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            const auto link = connect(url);
            if (migrate(*link, driver_of(url)).ok() && schema_of(*link) == newest_schema()) ++good;
        });
    threads.clear();
    EXPECT_EQ(good, 8);
    EXPECT_TRUE(is_complete(url));
}

TEST_P(EveryMigration, refuses_the_schema_of_a_newer_keyhold_and_leaves_it_alone) {
    { open(url); }
    connect(url)->execute("INSERT INTO keyhold_schema (version) VALUES (99)");
    const auto refused = open_stores(url);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::configuration);
    EXPECT_NE(refused.error().detail().find("schema 99, made by a newer Keyhold"), std::string_view::npos);
    EXPECT_EQ(schema_of(*connect(url)), 99);
    connect(url)->execute("DELETE FROM keyhold_schema WHERE version = 99");
}

TEST_P(EveryMigration, is_made_for_nobody_who_only_looks_after_data) {
    const auto none = open_stores(url);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().errc(), errors::not_found);
    EXPECT_EQ(schema_of(*connect(url)), 0);
    { open(url); }
    EXPECT_TRUE(open_stores(url).ok());
    connect(url)->execute("DELETE FROM keyhold_schema WHERE version = " + std::to_string(newest_schema()));
    const auto older = open_stores(url);
    ASSERT_FALSE(older.ok());
    EXPECT_EQ(older.error().errc(), errors::configuration);
    EXPECT_NE(older.error().detail().find("keyhold db migrate"), std::string_view::npos);
    EXPECT_EQ(schema_of(*connect(url)), newest_schema() - 1);
    connect(url)->execute("INSERT INTO keyhold_schema (version) VALUES (" + std::to_string(newest_schema()) + ")");
}

TEST_P(EveryMigration, by_a_newer_keyhold_does_not_stop_those_that_are_running) {
    const auto running = open(url, {.connections = 2});
    connect(url)->execute("INSERT INTO keyhold_schema (version) VALUES (99)");
    EXPECT_TRUE(running->create(account("bob")).ok());
    EXPECT_TRUE(running->find_by_name_key("bob"));
    connect(url)->execute("DELETE FROM keyhold_schema WHERE version = 99");
}

TEST_P(EveryMigration, finds_a_table_of_somebody_elses_in_the_way_and_says_so) {
    connect(url)->execute("CREATE TABLE keyhold_accounts (in_the_way INTEGER)");
    EXPECT_THROW((void)open_stores(url, {.make = Make::what_is_missing}), std::runtime_error);
    connect(url)->execute("DROP TABLE keyhold_accounts");
    EXPECT_TRUE(is_complete(url));
}

}  // namespace keyhold::store
