// SPDX-License-Identifier: Apache-2.0
// Closing an account: who may, for how long it is there, who is told, and when it is gone.
#include "domain/accounts/account_closing.hpp"

#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"
#include "domain/passwords/log_in.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

namespace {

using namespace std::chrono_literals;

class ClosingTest : public DomainTest {
protected:
    ClosingTest() {
        EXPECT_TRUE(
            accounts.create({.username = "bob", .email = "Bob@example.org", .is_verified = true}, password).ok());
    }
    Account bob() { return accounts.find("bob").value(); }
    std::string kinds() {
        std::string list;
        for (const auto& mail : outbox.list({}, {}, 100).mails) list += mail.kind + " to '" + mail.account + "',";
        return list;
    }
    std::string log_in(std::string_view typed) {
        const auto account = accounts.authenticate("bob", Secret(typed), {});
        if (!account) return std::string(account.error().row().code);
        const auto session = sessions.start(*account, {.device = "tests", .address = "192.0.2.7"});
        return session ? "in" : std::string(session.error().row().code);
    }

    const Secret password{std::string_view("correct horse")}, wrong{std::string_view("battery staple")};
    Hooks hooks;
    std::vector<std::string> gone;
    Accounts accounts{*store, hasher, throttle, clock, random, PasswordRules{}, hooks, LoginWith::either, Mails::sent};
    store::OutboxStore outbox{stores.database};
    ClosingSettings settings{.days = 7};
    AccountClosing closing{stores, accounts, clock, settings};
};

}  // namespace

TEST_F(ClosingTest, it_takes_the_password_and_a_log_in_takes_it_back) {
    EXPECT_EQ(closing.close("bob", wrong, {}, {}).error().errc(), errors::wrong_password);
    EXPECT_FALSE(bob().disabled);
    const auto until = closing.close("bob", password, {}, {});
    ASSERT_TRUE(until.ok());
    EXPECT_EQ(*until, clock.now() + 7 * 24h);
    EXPECT_TRUE(bob().disabled);
    EXPECT_EQ(bob().erase_at, *until);
    EXPECT_EQ(closing.close(bob(), {}).error().errc(), errors::precondition_failed);
    EXPECT_EQ(log_in("battery staple"), "invalid_credentials");
    EXPECT_TRUE(bob().disabled) << "whoever did not prove it has not opened it";
    EXPECT_EQ(log_in("correct horse"), "in");
    EXPECT_FALSE(bob().disabled);
    EXPECT_FALSE(bob().erase_at);
}

TEST_F(ClosingTest, it_is_refused_of_what_was_changed_meanwhile) {
    const Account seen = bob();
    ASSERT_TRUE(accounts.set_password("bob", Secret(std::string_view("another horse"))).ok());
    EXPECT_EQ(closing.close(seen, {}).error().errc(), errors::precondition_failed);
    EXPECT_FALSE(bob().disabled);
}

TEST_F(ClosingTest, the_last_administrator_stays) {
    Roles roles(*stores.roles, clock);
    ASSERT_TRUE(roles.grant(bob().id, "admin", Roles::whoever_runs_the_server).ok());
    EXPECT_EQ(closing.close("bob", password, {}, {}).error().errc(), errors::last_administrator);
    ASSERT_TRUE(accounts.create("ann", password).ok());
    ASSERT_TRUE(roles.grant(accounts.find("ann").value().id, "admin", Roles::whoever_runs_the_server).ok());
    EXPECT_TRUE(closing.close("bob", password, {}, {}).ok());
}

TEST_F(ClosingTest, after_its_time_nobody_comes_back_and_it_is_erased) {
    hooks.add<AccountDeleted>([&](const AccountDeleted& deleted) { gone.emplace_back(deleted.username); });
    ASSERT_TRUE(closing.close("bob", password, {}, {}).ok());
    clock.set(clock.now() + 7 * 24h - 1s);
    EXPECT_FALSE(closing.erase_some());
    EXPECT_TRUE(accounts.find("bob").ok());
    clock.set(clock.now() + 1s);
    EXPECT_EQ(log_in("correct horse"), "invalid_credentials");
    EXPECT_TRUE(accounts.find("bob").ok()) << "until the server looks after it";
    EXPECT_TRUE(closing.erase_some()) << "there may be more";
    EXPECT_FALSE(closing.erase_some());
    EXPECT_FALSE(accounts.find("bob").ok());
    EXPECT_EQ(gone, std::vector<std::string>{"bob"});
    EXPECT_EQ(kinds(), "") << "no mail is kept that names the person";
}

TEST_F(ClosingTest, an_administrator_decides_otherwise) {
    ASSERT_TRUE(closing.close("bob", password, {}, {}).ok());
    ASSERT_TRUE(accounts.set_disabled("bob", true).ok());
    EXPECT_FALSE(bob().erase_at) << "what is locked is not erased, nor opened by its owner";
    EXPECT_EQ(log_in("correct horse"), "invalid_credentials");
    ASSERT_TRUE(accounts.set_disabled("bob", false).ok());
    ASSERT_TRUE(closing.close("bob", password, {}, {}).ok());
    ASSERT_TRUE(accounts.set_disabled("bob", false).ok());
    clock.set(clock.now() + 8 * 24h);
    EXPECT_FALSE(closing.erase_some());
    EXPECT_EQ(log_in("correct horse"), "in");
}

TEST_F(ClosingTest, without_days_it_is_gone_at_once_and_its_owner_is_told) {
    settings.days = 0;
    AccountClosing at_once(stores, accounts, clock, settings);
    const auto until = at_once.close("bob", password, {}, {});
    ASSERT_TRUE(until.ok());
    EXPECT_EQ(*until, clock.now());
    EXPECT_FALSE(accounts.find("bob").ok());
    EXPECT_EQ(kinds(), "account_deleted to '',");
}

TEST_F(ClosingTest, the_owner_is_told_and_when_somebody_else_deletes_it_too) {
    ASSERT_TRUE(closing.close("bob", password, {}, {}).ok());
    EXPECT_EQ(kinds(), "account_closed to '" + bob().id + "',");
    ASSERT_TRUE(accounts.remove("bob").ok());
    EXPECT_EQ(kinds(), "account_deleted to '',");
    ASSERT_TRUE(accounts.create({.username = "cid", .email = "cid@example.org"}, password).ok());
    ASSERT_TRUE(closing.close("cid", password, {}, {}).ok());
    EXPECT_EQ(kinds(), "account_deleted to '',") << "an address that was not verified is somebody else's, perhaps";
}

}  // namespace keyhold::domain
