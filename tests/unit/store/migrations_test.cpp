#include "store/migrations.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "store/sqlite.hpp"

namespace keyhold::store {

namespace {

int tables(soci::session& session) {
    int count = 0;
    session << "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'", soci::into(count);
    return count;
}

}  // namespace

TEST(Migrations, bring_an_empty_database_to_the_newest_schema_and_leave_it_alone_after_that) {
    soci::session session(soci::sqlite3, ":memory:");
    ASSERT_TRUE(migrate(session, sqlite_driver).ok());
    EXPECT_EQ(schema_of(session), newest_schema());
    const int after_one = tables(session);
    EXPECT_GE(after_one, 6) << "keyhold_schema, keyhold_accounts, keyhold_sessions ...";
    ASSERT_TRUE(migrate(session, sqlite_driver).ok());
    EXPECT_EQ(tables(session), after_one);
}

TEST(Migrations, refuse_the_schema_of_a_newer_keyhold_in_one_line_and_touch_nothing) {
    soci::session session(soci::sqlite3, ":memory:");
    ASSERT_TRUE(migrate(session, sqlite_driver).ok());
    session << "INSERT INTO keyhold_schema (version) VALUES (99)";
    const auto refused = migrate(session, sqlite_driver);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), Errc::configuration);
    EXPECT_NE(refused.error().detail().find("schema 99, made by a newer Keyhold"), std::string_view::npos);
    EXPECT_EQ(refused.error().detail().find('\n'), std::string_view::npos);
    EXPECT_EQ(schema_of(session), 99);
}

TEST(Migrations, a_step_that_fails_leaves_no_trace) {
    soci::session session(soci::sqlite3, ":memory:");
    session << "CREATE TABLE keyhold_accounts (in_the_way TEXT)";
    EXPECT_THROW((void)migrate(session, sqlite_driver), soci::soci_error);
    session << "ROLLBACK";  // what closing the session does
    EXPECT_EQ(schema_of(session), 0);
}

TEST(Migrations, stand_beside_the_tables_of_an_application) {
    soci::session session(soci::sqlite3, ":memory:");
    session << "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT)";
    session << "INSERT INTO users (username) VALUES ('bob')";
    ASSERT_TRUE(migrate(session, sqlite_driver).ok());
    int users = 0;
    session << "SELECT COUNT(*) FROM users", soci::into(users);
    EXPECT_EQ(users, 1);
}

}  // namespace keyhold::store
