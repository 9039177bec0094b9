// SPDX-License-Identifier: Apache-2.0
// Who learns that an account was deleted, and what the deletion cannot hide.
#include <algorithm>

#include "fixture.hpp"

#include "domain/accounts/recovery.hpp"
#include "domain/outbox.hpp"

namespace keyhold::domain {

namespace {

using namespace std::chrono_literals;

class RemovalNotices : public DomainTest {
protected:
    RemovalNotices() {
        const Secret password(std::string_view("correct horse"));
        EXPECT_TRUE(accounts.create({.username = "bob", .email = "Bob@example.org", .is_verified = true}, password));
    }
    // "kind to whom", sorted, of what is going to be sent.
    std::vector<std::string> waiting() {
        std::vector<std::string> all;
        for (const auto& mail : outbox.list(store::MailState::waiting, {}, 100).mails) {
            const auto prepared = recovery.prepare(mail);
            const auto* const content = std::get_if<MailContent>(&prepared);
            EXPECT_NE(content, nullptr) << mail.kind;
            if (content == nullptr) continue;
            EXPECT_EQ(content->link + content->code + content->not_me, "") << "there is nothing to undo";
            EXPECT_NE(content->name, "") << mail.kind;
            all.push_back(mail.kind + " to " + content->to);
        }
        std::ranges::sort(all);
        return all;
    }
    using Mailed = std::vector<std::string>;

    Accounts accounts{*store,          hasher,        throttle,          clock,      random,
                      PasswordRules{}, Hooks::none(), LoginWith::either, Mails::sent};
    OneTimeLinks links{*stores.throttle, random, Secret(std::string_view("outside"))};
    Recovery recovery{stores, accounts, links,
                      clock,  random,   {.settings = {}, .links_begin_with = "https://id.example.org"}};
    store::OutboxStore outbox{stores.database};
};

}  // namespace

TEST_F(RemovalNotices, an_address_that_was_taken_away_is_told_of_that_and_of_the_end) {
    ASSERT_TRUE(accounts.set_email("bob", std::nullopt, false));
    ASSERT_TRUE(accounts.remove("bob"));
    EXPECT_EQ(waiting(), (Mailed{"account_deleted to Bob@example.org", "address_changed to Bob@example.org"}));
}

TEST_F(RemovalNotices, each_address_that_may_be_asked_back_is_told_once) {
    ASSERT_TRUE(accounts.set_email("bob", "second@example.org", true));
    ASSERT_TRUE(accounts.set_email("bob", "bob@example.org", true));
    ASSERT_TRUE(accounts.set_email("bob", "third@example.org", true));
    for (const auto& mail : outbox.list({}, {}, 100).mails) ASSERT_TRUE(outbox.sent(mail, clock.now(), "250"));
    ASSERT_TRUE(accounts.remove("bob"));
    const auto told = waiting();
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[1], "account_deleted to second@example.org");
    EXPECT_EQ(told[2], "account_deleted to third@example.org");
}

TEST_F(RemovalNotices, whose_time_to_ask_the_address_back_is_over_is_told_nothing) {
    ASSERT_TRUE(accounts.set_email("bob", "second@example.org", true));
    for (const auto& mail : outbox.list({}, {}, 100).mails) ASSERT_TRUE(outbox.sent(mail, clock.now(), "250"));
    clock.advance(undo_life);
    ASSERT_TRUE(accounts.remove("bob"));
    EXPECT_EQ(waiting(), Mailed{"account_deleted to second@example.org"});
}

}  // namespace keyhold::domain
