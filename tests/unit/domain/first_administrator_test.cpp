// SPDX-License-Identifier: Apache-2.0
// The link by which a server gets its first administrator: once, for an hour, while there is none.
#include "domain/accounts/first_administrator.hpp"

#include "fixture.hpp"

#include "domain/errors.hpp"

namespace keyhold::domain {

namespace {

using namespace std::chrono_literals;

class FirstAdministratorTest : public DomainTest {
protected:
    FirstAdministratorTest() {
        put("ann", "fake$correct horse");
        put("bob", "fake$correct horse");
    }
    std::string offered() { return std::string(first.offer().value().token.reveal()); }
    std::string outcome(const Result<>& result) { return result ? "done" : std::string(result.error().row().code); }
    std::string appointed(const std::string& name, const std::string& token) {
        return outcome(first.appoint(id_of(name), token));
    }
    std::string roles_of(const std::string& name) { return std::string(store->find_by_id(id_of(name))->roles.names()); }

    Accounts accounts{*store, hasher, throttle, clock, random, PasswordRules{}};
    FirstAdministrator first{stores, accounts, clock, random};
    const Secret password{std::string_view("correct horse battery")};
};

}  // namespace

TEST_F(FirstAdministratorTest, the_first_who_shows_the_link_has_the_role_and_nobody_after) {
    const std::string token = offered();
    EXPECT_TRUE(first.is_usable(token));
    EXPECT_EQ(appointed("ann", token), "done");
    EXPECT_EQ(roles_of("ann"), "admin");
    EXPECT_FALSE(first.is_usable(token));
    EXPECT_EQ(appointed("bob", token), "one_time_secret_invalid");
    EXPECT_EQ(roles_of("bob"), "");
}

TEST_F(FirstAdministratorTest, the_link_is_good_for_an_hour) {
    const std::string token = offered();
    clock.set(clock.now() + 1h - 1s);
    EXPECT_TRUE(first.is_usable(token));
    clock.set(clock.now() + 1s);
    EXPECT_FALSE(first.is_usable(token));
    EXPECT_EQ(appointed("ann", token), "one_time_secret_invalid");
}

TEST_F(FirstAdministratorTest, the_newest_link_alone_is_good) {
    const std::string older = offered();
    clock.advance(1s);
    const std::string newer = offered();
    EXPECT_EQ(appointed("ann", older), "one_time_secret_invalid");
    EXPECT_EQ(appointed("ann", newer), "done");
}

TEST_F(FirstAdministratorTest, a_link_is_worth_nothing_once_a_command_has_made_an_administrator) {
    const std::string token = offered();
    Roles roles(*stores.roles, clock);
    ASSERT_TRUE(roles.grant(id_of("bob"), admin_role, Roles::whoever_runs_the_server).ok());
    EXPECT_FALSE(first.is_missing());
    EXPECT_FALSE(first.offer().has_value());
    EXPECT_EQ(appointed("ann", token), "one_time_secret_invalid");
    EXPECT_EQ(roles_of("ann"), "");
}

TEST_F(FirstAdministratorTest, whoever_is_disabled_administers_nothing) {
    ASSERT_EQ(appointed("ann", offered()), "done");
    ASSERT_TRUE(accounts.set_disabled("ann", true).ok());
    EXPECT_TRUE(first.is_missing());
    const std::string token = offered();
    EXPECT_EQ(appointed("ann", token), "one_time_secret_invalid");
    EXPECT_EQ(appointed("bob", token), "done");
}

TEST_F(FirstAdministratorTest, a_new_account_is_made_for_it_and_a_refused_password_uses_nothing_up) {
    const std::string token = offered();
    EXPECT_EQ(first.create({.username = "eve"}, password, "khl_x").error().errc(), errors::one_time_secret_invalid);
    EXPECT_EQ(hasher.computed, 0) << "strangers cost no hash";
    EXPECT_EQ(first.create({.username = "eve"}, Secret(std::string_view("x")), token).error().errc(),
              errors::validation_failed);
    EXPECT_EQ(first.create({.username = "ann"}, password, token).error().errc(), errors::username_taken);
    ASSERT_TRUE(first.create({.username = "eve"}, password, token).ok());
    EXPECT_EQ(accounts.find("eve").value().roles.names(), "admin");
}

TEST_F(FirstAdministratorTest, whoever_comes_second_with_a_new_account_is_left_without_one) {
    const std::string token = offered();
    hasher.on_hash = [&] { EXPECT_EQ(appointed("bob", token), "done"); };
    EXPECT_EQ(first.create({.username = "eve"}, password, token).error().errc(), errors::one_time_secret_invalid);
    EXPECT_FALSE(accounts.find("eve").ok());
    EXPECT_EQ(roles_of("bob"), "admin");
}

}  // namespace keyhold::domain
