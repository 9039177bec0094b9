// SPDX-License-Identifier: Apache-2.0
// Ways back into an account by mail: what is in the mails, for how long it is good, and for whom.
#include "domain/recovery.hpp"

#include <algorithm>
#include <set>

#include "fixture.hpp"

#include "domain/errors.hpp"

namespace keyhold::domain {

namespace {

using namespace std::chrono_literals;

class RecoveryTest : public DomainTest {
protected:
    RecoveryTest() {
        const Secret password(std::string_view("correct horse"));
        EXPECT_TRUE(accounts.create({.username = "bob", .email = "Bob@example.org"}, password).ok());
        bob = accounts.find("bob").value().id;
    }

    // What the thread that sends makes of the newest mail.
    std::variant<MailContent, NotSent> send_newest() {
        auto mails = outbox.list({}, {}, 100).mails;
        return recovery.prepare(
            *std::ranges::max_element(mails, {}, [](const auto& mail) { return std::pair(mail.created_at, mail.id); }));
    }
    MailContent newest() { return std::get<MailContent>(send_newest()); }
    std::string why_not() { return std::get<NotSent>(send_newest()).why; }
    static std::string token_in(const std::string& link) { return link.substr(link.find("?token=") + 7); }
    MailContent forgotten() {
        EXPECT_TRUE(recovery.ask_reset("bob@example.org", {}).ok());
        return newest();
    }
    std::string outcome(const Shown& shown, std::string_view password = "another horse") {
        const auto done = recovery.reset(shown, Secret(password), {});
        return done.ok() ? "done" : std::string(done.error().row().code);
    }

    Accounts accounts{*store,          hasher,        throttle,          clock,      random,
                      PasswordRules{}, Hooks::none(), LoginWith::either, Mails::sent};
    OneTimeLinks links{*stores.throttle, random, Secret(std::string_view("outside"))};
    RecoverySettings settings{.mails_per_recipient = 5, .mails_per_hour = 100, .requests_per_client = 3};
    Recovery recovery{stores, accounts,
                      links,  clock,
                      random, {.settings = settings, .mails = Mails::sent, .links_begin_with = "https://id.example"}};
    store::OutboxStore outbox{stores.database};
    std::string bob;
};

}  // namespace

TEST_F(RecoveryTest, a_mail_says_the_same_each_time_that_it_is_tried) {
    const MailContent first = forgotten(), again = newest();
    EXPECT_EQ(first.link, again.link);
    EXPECT_EQ(first.code, again.code);
    EXPECT_EQ(first.to, "Bob@example.org");
    EXPECT_EQ(first.name, "bob");
    EXPECT_TRUE(first.link.starts_with("https://id.example/reset?token=khl_")) << first.link;
    EXPECT_EQ(first.until, clock.now() + 20min);
    EXPECT_EQ(first.expires_at, clock.now() + 20min);
}

TEST_F(RecoveryTest, a_link_is_good_for_20_minutes) {
    const std::string token = token_in(forgotten().link);
    clock.set(clock.now() + 20min - 1s);
    EXPECT_TRUE(recovery.is_usable("reset", token));
    EXPECT_FALSE(recovery.is_usable("verify", token));
    clock.set(clock.now() + 1s);
    EXPECT_FALSE(recovery.is_usable("reset", token));
    EXPECT_EQ(outcome({.token = token}), "one_time_secret_invalid");
    EXPECT_EQ(hasher.computed, 1) << "the account's own";
}

TEST_F(RecoveryTest, what_is_not_good_costs_no_hash_and_a_refused_password_uses_nothing_up) {
    const MailContent mail = forgotten();
    EXPECT_EQ(outcome({.email = "bob@example.org", .code = "0000-0000"}), "one_time_secret_invalid");
    EXPECT_EQ(outcome({.email = "eve@example.org", .code = mail.code}), "one_time_secret_invalid");
    EXPECT_EQ(outcome({.token = "khl_"}), "one_time_secret_invalid");
    EXPECT_EQ(outcome({.email = "BOB@example.org", .code = mail.code}, "short"), "validation_failed");
    EXPECT_EQ(hasher.computed, 1);
    EXPECT_EQ(outcome({.email = "BOB@example.org", .code = mail.code}), "done");
    EXPECT_EQ(outcome({.token = token_in(mail.link)}), "one_time_secret_invalid") << "link and code are one";
    EXPECT_TRUE(accounts.find("bob").value().email_verified);
}

TEST_F(RecoveryTest, whoever_has_no_account_is_offered_a_code_that_nobody_gets) {
    ASSERT_TRUE(recovery.ask_reset("eve@example.org", {}).ok());
    EXPECT_EQ(why_not(), "nobody has this address");
    EXPECT_EQ(outcome({.email = "eve@example.org", .code = "0000-0000"}), "one_time_secret_invalid");
    // Whoever registers it meanwhile cannot be reset by the mail that was not sent.
    const std::string code = links.code(outbox.list({}, {}, 1).mails.front().id, "reset");
    EXPECT_EQ(outcome({.email = "eve@example.org", .code = code}), "one_time_secret_invalid");
}

TEST_F(RecoveryTest, a_mail_is_not_sent_for_an_address_that_the_account_has_no_more) {
    ASSERT_TRUE(recovery.ask_verify(bob, {}).ok());
    ASSERT_TRUE(accounts.set_email("bob", "victim@example.org", false).ok());
    EXPECT_EQ(why_not(), "the address was changed");
    clock.advance(1s);
    ASSERT_TRUE(recovery.ask_reset("victim@example.org", {}).ok());
    ASSERT_TRUE(accounts.set_disabled("bob", true).ok());
    EXPECT_EQ(why_not(), "nobody has this address");
}

TEST_F(RecoveryTest, a_client_asks_for_so_many_and_then_waits) {
    const Cause cause{.origin = "192.0.2.7"};
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(recovery.ask_reset("a" + std::to_string(i) + "@example.org", cause).ok());
    const auto refused = recovery.ask_reset("b@example.org", cause);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::too_many_mails);
    EXPECT_GT(refused.error().quota()->retry_in, 0s);
    EXPECT_TRUE(recovery.ask_reset("b@example.org", {.origin = "192.0.2.8"}).ok());
    clock.set(clock.now() + 6s);
    EXPECT_TRUE(recovery.ask_reset("c@example.org", cause).ok());
}

TEST_F(RecoveryTest, without_mail_nothing_is_asked_for) {
    Recovery silent{stores, accounts, links, clock, random, {.settings = settings}};
    EXPECT_EQ(silent.ask_reset("bob@example.org", {}).error().errc(), errors::no_mail);
    EXPECT_EQ(silent.ask_verify(bob, {}).error().errc(), errors::no_mail);
    EXPECT_TRUE(outbox.list({}, {}, 100).mails.empty());
}

TEST_F(RecoveryTest, a_mail_has_no_link_where_nobody_knows_how_we_are_reached) {
    Recovery nowhere{stores, accounts, links, clock, random, {.settings = settings, .mails = Mails::sent}};
    ASSERT_TRUE(nowhere.ask_reset("bob@example.org", {}).ok());
    const auto mail = std::get<MailContent>(nowhere.prepare(outbox.list({}, {}, 1).mails.front()));
    EXPECT_EQ(mail.link, "");
    EXPECT_EQ(mail.not_me, "");
    EXPECT_EQ(outcome({.email = "bob@example.org", .code = mail.code}), "done");
}

TEST_F(RecoveryTest, codes_are_of_crockfords_alphabet_and_read_as_they_are_typed) {
    OneTimeLinks others{*stores.throttle, random, Secret(std::string_view("another"))};
    std::set<std::string> codes;
    for (int i = 0; i < 100; ++i) {
        const std::string id = std::to_string(i), code = links.code(id, "reset");
        ASSERT_EQ(code.size(), 9U);
        ASSERT_EQ(code[4], '-');
        // https://www.crockford.com/base32.html
        EXPECT_EQ(code.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), std::string::npos) << code;
        codes.insert(code);
        std::string typed = " " + code.substr(0, 4) + code.substr(5);
        for (char& c : typed)
            c = c == '0' ? 'o' : c == '1' ? 'l' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        EXPECT_TRUE(links.opens(typed, id, "reset")) << typed;
        EXPECT_FALSE(links.opens(code.substr(1), id, "reset"));
        EXPECT_FALSE(links.opens(code, id, "verify"));
        EXPECT_FALSE(links.opens(code, id + "x", "reset"));
        EXPECT_FALSE(others.opens(code, id, "reset")) << "the database alone makes no code";
    }
    EXPECT_EQ(codes.size(), 100U);
}

}  // namespace keyhold::domain
