// SPDX-License-Identifier: Apache-2.0
// The tables of a program that is made of Keyhold, on every database.
#include "store/schema/program_schema.hpp"

#include <algorithm>
#include <future>

#include "fixture.hpp"

namespace keyhold::store {
namespace {

using ProgramSchemas = EveryStore;

constexpr Sql count{"SELECT COUNT(*) FROM notes_of_a_test", "", "i"};

std::int64_t rows_of(const std::string& url) {
    const auto location = parse_url(url).value();
    std::int64_t found = -1;
    location.driver->connect(location.target, std::chrono::seconds(2))
        ->prepare(count)
        ->run({}, [&](const Statement& row) { found = row.integer(0); });
    return found;
}

ProgramSchema notes() {
    return {"notes", {"CREATE TABLE notes_of_a_test (id INTEGER NOT NULL)", "INSERT INTO notes_of_a_test VALUES (1)"}};
}

TEST_P(ProgramSchemas, each_statement_is_run_once) {
    open(url);
    ASSERT_TRUE(migrate_program(url, notes(), Make::what_is_missing));
    ASSERT_TRUE(migrate_program(url, notes(), Make::what_is_missing));
    EXPECT_EQ(rows_of(url), 1);
    ProgramSchema next = notes();
    next.statements.emplace_back("INSERT INTO notes_of_a_test VALUES (2)");
    ASSERT_TRUE(migrate_program(url, next, Make::what_is_missing));
    EXPECT_EQ(rows_of(url), 2);
    const auto older = migrate_program(url, notes(), Make::what_is_missing);
    ASSERT_FALSE(older);
    EXPECT_EQ(older.error().errc(), errors::configuration);
    EXPECT_EQ(rows_of(url), 2);
}

TEST_P(ProgramSchemas, whoever_only_looks_makes_nothing) {
    open(url);
    const auto looked = migrate_program(url, notes(), Make::nothing);
    ASSERT_FALSE(looked);
    EXPECT_NE(std::string(looked.error().detail()).find("notes db migrate"), std::string::npos);
    EXPECT_THROW(rows_of(url), std::runtime_error);
    ASSERT_TRUE(migrate_program(url, notes(), Make::what_is_missing));
    EXPECT_TRUE(migrate_program(url, notes(), Make::nothing));
}

TEST_P(ProgramSchemas, programs_of_other_names_have_versions_of_their_own) {
    open(url);
    ASSERT_TRUE(migrate_program(url, notes(), Make::what_is_missing));
    ASSERT_TRUE(migrate_program(url, {"other", {"INSERT INTO notes_of_a_test VALUES (9)"}}, Make::what_is_missing));
    EXPECT_EQ(rows_of(url), 2);
    EXPECT_TRUE(migrate_program(url, notes(), Make::nothing));
}

TEST_P(ProgramSchemas, one_that_the_database_does_not_take_is_tried_again_the_next_time) {
    open(url);
    ProgramSchema wrong = notes();
    wrong.statements.emplace_back("INSERT INTO no_such_table VALUES (1)");
    EXPECT_THROW((void)migrate_program(url, wrong, Make::what_is_missing), std::runtime_error);
    EXPECT_EQ(rows_of(url), 1) << "those before it are done";
    wrong.statements.back() = "INSERT INTO notes_of_a_test VALUES (3)";
    ASSERT_TRUE(migrate_program(url, wrong, Make::what_is_missing));
    EXPECT_EQ(rows_of(url), 2);
}

TEST_P(ProgramSchemas, those_that_start_together_run_each_once) {
    open(url);
    std::vector<std::future<bool>> all;
    for (int i = 0; i < 4; ++i)
        all.push_back(
            std::async(std::launch::async, [&] { return migrate_program(url, notes(), Make::what_is_missing).ok(); }));
    EXPECT_TRUE(std::ranges::all_of(all, [](auto& one) { return one.get(); }));
    EXPECT_EQ(rows_of(url), 1);
}

INSTANTIATE_TEST_SUITE_P(Stores, ProgramSchemas, testing::ValuesIn(test_databases()), name_of);

}  // namespace
}  // namespace keyhold::store
