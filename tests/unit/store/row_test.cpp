// SPDX-License-Identifier: Apache-2.0
// Row.hpp: what the compiler makes of a described row, and what it refuses.
#include "store/database/row.hpp"

#include <gtest/gtest.h>

#include "store/database/connection.hpp"
#include "store/database/not_unique.hpp"

namespace keyhold::store {

enum class Form : std::uint8_t { typed, nfc };

struct Key {
    std::string kid;
    std::optional<Time> dropped;
    Form form{};
    std::optional<std::string> email;
    bool on = false;
};
KEYHOLD_ROW(Key, (kid), (dropped, column("dropped_at"), zero_is_none()), (form), (email), (on))

struct Owner {
    Id id{};
    std::int64_t count = 0;
};
KEYHOLD_ROW(Owner, (id), (count))

namespace {

constexpr Query<"SELECT {} FROM k WHERE kid = :a", "t", Key> select_one;
constexpr Query<"SELECT {s}, {a} FROM k s JOIN j a WHERE kid = :a AND x = :b", "ti", Key, Owner> select_both;
constexpr Query<"UPDATE k SET email = :a WHERE kid = :b", "Tt"> update;
constexpr Insert<"k", Key, "form", "COALESCE((SELECT 1 FROM y WHERE kid = :kid AND f = :form), :form)"> insert;

TEST(Row, the_list_of_members_is_the_list_of_columns) {
    EXPECT_EQ(select_one.sql.text, "SELECT kid, dropped_at, form, email, on FROM k WHERE kid = :a");
    EXPECT_EQ(select_one.sql.columns, "tiiTi");
}

TEST(Row, each_row_of_a_join_has_its_own_table) {
    EXPECT_EQ(select_both.sql.text,
              "SELECT s.kid, s.dropped_at, s.form, s.email, s.on, a.id, a.count FROM k s JOIN j a WHERE kid = :a AND "
              "x = :b");
    EXPECT_EQ(select_both.sql.columns, "tiiTiti");
}

TEST(Row, an_insert_may_compute_one_of_its_columns) {
    EXPECT_EQ(insert.sql.text,
              "INSERT INTO k (kid, dropped_at, form, email, on) VALUES (:a, :b, COALESCE((SELECT 1 FROM y WHERE kid = "
              ":a AND f = :c), :c), :d, :e)");
    EXPECT_EQ(insert.sql.parameters, "tiiTi");
}

TEST(Row, an_empty_optional_is_bound_as_null_and_an_empty_time_as_zero_where_the_row_says_so) {
    const Key key{.kid = "k1", .dropped = {}, .form = Form::nfc, .email = {}, .on = true};
    const auto empty = bound(key);
    EXPECT_EQ(empty[0], Parameter(std::string_view("k1")));
    EXPECT_EQ(empty[1], Parameter(std::int64_t{0}));
    EXPECT_EQ(empty[2], Parameter(std::int64_t{1}));
    EXPECT_EQ(empty[3], Parameter(Null{}));
    EXPECT_EQ(empty[4], Parameter(std::int64_t{1}));
    const Key full{.kid = "k1", .dropped = Time(std::chrono::seconds(7)), .form = {}, .email = "a@b", .on = false};
    EXPECT_EQ(bound(full)[1], Parameter(std::int64_t{7}));
    EXPECT_EQ(bound(full)[3], Parameter(std::string_view("a@b")));
}

// Whether `connection.run(update, args...)` compiles.
template <class... Args>
concept Runs = requires(Connection& connection, const Args&... args) {
    connection.run(update, args...);
};
static_assert(Runs<std::string, std::string>);
static_assert(Runs<std::optional<std::string>, std::string_view>);
static_assert(!Runs<std::string>, "one is missing");
static_assert(!Runs<std::string, std::string, std::string>, "one too many");
static_assert(!Runs<std::int64_t, std::string>, "a number for a text");
static_assert(!Runs<std::string, std::optional<std::string>>, "NULL where none may stand");

static_assert(detail::selects_one("SELECT COALESCE(MAX(a, 1), 2) FROM k"));
static_assert(!detail::selects_one("SELECT a, b FROM k"));
static_assert(!detail::uses_its_parameters("UPDATE k SET x = :b", 1));
static_assert(!detail::uses_its_parameters("UPDATE k SET x = :a", 2));

TEST(NotUniqueNames, are_the_same_whatever_the_database_calls_its_index) {
    EXPECT_EQ(constraint_of_index("keyhold_accounts_name_key_key"), "keyhold_accounts.name_key");  // PostgreSQL
    EXPECT_EQ(constraint_of_index("name_key"), "keyhold_accounts.name_key");                       // MariaDB
    EXPECT_EQ(constraint_of_index("keyhold_accounts_pkey"), "primary");
    EXPECT_EQ(constraint_of_index("PRIMARY"), "primary");
    EXPECT_EQ(constraint_of_index("keyhold_accounts.PRIMARY"), "primary");  // MySQL
    EXPECT_EQ(constraint_of_index("keyhold_accounts_by_email"), "keyhold_accounts.email");
}

TEST(NotUniqueNames, another_applications_index_is_never_taken_for_one_of_ours) {
    EXPECT_EQ(constraint_of_index("ix_users_by_email"), "ix_users_by_email");
    EXPECT_EQ(constraint_of_index("email"), "email");
    EXPECT_EQ(constraint_of_index(""), "");
}

}  // namespace
}  // namespace keyhold::store
