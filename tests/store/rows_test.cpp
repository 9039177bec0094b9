// SPDX-License-Identifier: Apache-2.0
// NULL, and what NotUnique names: the same on every database.
#include <chrono>

#include "fixture.hpp"
#include "store/database/connection.hpp"

namespace keyhold::store {

struct Person {
    std::string name;
    std::optional<std::string> email;
    std::optional<std::int64_t> age;

    bool operator==(const Person&) const = default;
};
KEYHOLD_ROW(Person, (name), (email), (age))

namespace {

constexpr Insert<"keyhold_people", Person> insert;
constexpr Query<"SELECT {} FROM keyhold_people ORDER BY name", "", Person> select_all;
constexpr Query<"SELECT {} FROM keyhold_people WHERE name = :a", "t", Person> select_one;
constexpr Query<"UPDATE keyhold_people SET email = :a, age = :b WHERE name = :c", "TIt"> update;

class EveryRow : public EveryStore {
protected:
    EveryRow() : stores_(open(url)), connection(parse_url(url).value(), std::chrono::seconds(2)) {
        const std::string text(connection.driver().compared_text);
        connection.execute("DROP TABLE IF EXISTS keyhold_people");
        connection.execute("CREATE TABLE keyhold_people (name " + text + " NOT NULL PRIMARY KEY, email " + text +
                           " NULL, age BIGINT NULL)" + std::string(connection.driver().table_options));
        connection.execute("CREATE UNIQUE INDEX keyhold_people_by_email ON keyhold_people (email)");
    }
    ~EveryRow() override { connection.execute("DROP TABLE keyhold_people"); }

    // Of what goes wrong with an INSERT; empty if nothing does.
    std::string constraint(const Person& person) {
        try {
            connection.insert(insert, person);
            return {};
        } catch (const NotUnique& found) {
            return found.constraint();
        }
    }

private:
    Opened stores_;

protected:
    Connection connection;
};

const Person ann{"ann", "ann@example.org", 41}, bob{"bob", std::nullopt, std::nullopt}, cat{"cat", "", 0};

// A program's own SQL (keyhold::Database) is not looked at by the compiler.
TEST_P(EveryRow, a_parameter_without_a_value_is_refused) {
    const auto prepare = [&](std::string_view text, std::string_view parameters) {
        return connection.prepare({text, parameters, "t"});
    };
    EXPECT_THROW(prepare("SELECT name FROM keyhold_people WHERE name = :a AND email = :b", "t"), std::invalid_argument);
    EXPECT_THROW(prepare("SELECT name FROM keyhold_people WHERE name = :a", ""), std::invalid_argument);
    EXPECT_NO_THROW(prepare("SELECT name FROM keyhold_people WHERE name = :a AND email = :b OR name = :b", "tt"));
}

TEST_P(EveryRow, a_second_statement_is_refused_and_the_first_one_does_nothing) {
    connection.insert(insert, ann);
    for (const char* text : {"DELETE FROM keyhold_people; DELETE FROM keyhold_people WHERE name = 'x'",
                             "DELETE FROM keyhold_people; nonsense"})
        EXPECT_THROW(connection.prepare({text, "", ""})->run({}), std::runtime_error) << text;
    EXPECT_EQ(connection.find_all(select_all), std::vector{ann});
    EXPECT_EQ(connection.prepare({"DELETE FROM keyhold_people;", "", ""})->run({}), 1);
}

TEST_P(EveryRow, null_is_neither_an_empty_text_nor_zero) {
    for (const Person& person : {ann, bob, cat}) connection.insert(insert, person);
    EXPECT_EQ(connection.find_all(select_all), (std::vector{ann, bob, cat}));
    EXPECT_EQ(connection.find(select_one, "bob"), bob) << "nothing is left of the row before";
    EXPECT_EQ(connection.find(select_one, "nobody"), std::nullopt);
}

TEST_P(EveryRow, a_value_becomes_null_and_null_a_value) {
    connection.insert(insert, ann);
    EXPECT_EQ(connection.run(update, std::optional<std::string>(), std::optional<std::int64_t>(), "ann"), 1);
    EXPECT_EQ(connection.find(select_one, "ann"), (Person{"ann", std::nullopt, std::nullopt}));
    EXPECT_EQ(connection.run(update, "new@example.org", 42, "ann"), 1);
    EXPECT_EQ(connection.find(select_one, "ann"), (Person{"ann", "new@example.org", 42}));
}

TEST_P(EveryRow, rows_that_are_loaded_together_hold_null_too) {
    const Person backslash{"dot", "\\N", 1};  // what COPY writes for NULL
    Rows rows = rows_of<Person>("keyhold_people");
    for (const Person* person : {&ann, &bob, &cat, &backslash}) {
        const auto values = bound(*person);
        rows.cells.insert(rows.cells.end(), values.begin(), values.end());
    }
    connection.load(rows);
    EXPECT_EQ(connection.find_all(select_all), (std::vector{ann, bob, cat, backslash}));
}

TEST_P(EveryRow, null_is_not_unique_and_what_is_not_unique_is_named) {
    connection.insert(insert, ann);
    connection.insert(insert, bob);
    EXPECT_EQ(constraint({"bert", std::nullopt, 1}), "");
    EXPECT_EQ(constraint({"eve", "ann@example.org", 1}), "keyhold_people.email");
    EXPECT_EQ(constraint({"ann", "eve@example.org", 1}), "primary");
}

TEST_P(EveryRow, a_value_cannot_pretend_to_be_the_name_of_a_constraint) {
    const std::string hostile = "x' for key 'name_key";
    connection.insert(insert, Person{"ann", hostile, 1});
    EXPECT_EQ(constraint({"eve", hostile, 1}), "keyhold_people.email");
}

TEST_P(EveryRow, an_accounts_name_is_named) {
    constexpr Insert<"keyhold_accounts", Account> insert_account;
    connection.insert(insert_account, account("bob", "id-1"));
    try {
        connection.insert(insert_account, account("bob", "id-2"));
        FAIL();
    } catch (const NotUnique& found) {
        EXPECT_EQ(found.constraint(), "keyhold_accounts.name_key");
    }
}

INSTANTIATE_TEST_SUITE_P(Stores, EveryRow, testing::ValuesIn(test_databases()), name_of);

}  // namespace
}  // namespace keyhold::store
