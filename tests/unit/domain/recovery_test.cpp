// SPDX-License-Identifier: Apache-2.0
// Ways back into an account by mail: what is in the mails, for how long it is good, and for whom.
#include "domain/accounts/recovery.hpp"

#include <algorithm>
#include <set>

#include "fixture.hpp"

#include "domain/errors.hpp"
#include "domain/outbox.hpp"
#include "domain/sessions/sessions.hpp"
#include "store/events/event_store.hpp"

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

    // Whoever is signed in as bob gives him another address, and bob's old one has agreed.
    void change_to(const std::string& address) {
        ASSERT_TRUE(accounts.set_email("bob", "Bob@example.org", true).ok());
        ASSERT_TRUE(recovery.ask_change(bob, address, {}).ok());
        for (const auto& mail : outbox.list({}, {}, 100).mails) {
            const auto content = std::get<MailContent>(recovery.prepare(mail));
            const std::string token = token_in(content.link);
            const Shown shown{.token = token};
            if (mail.kind == "change_new") {
                EXPECT_TRUE(recovery.confirm_change(bob, shown, {}).ok());
            } else if (mail.kind == "change_old") {
                EXPECT_TRUE(recovery.agree_to_change(shown, {}).ok());
            }
        }
        ASSERT_EQ(accounts.find("bob").value().email, address);
    }
    std::string kind_of_newest() {
        auto mails = outbox.list({}, {}, 100).mails;
        return mails.empty() ? "" : std::ranges::max_element(mails, {}, &store::OutboxMail::id)->kind;
    }
    std::string undo_token() {
        for (const auto& mail : outbox.list({}, {}, 100).mails)
            if (mail.kind == "address_changed") return token_in(std::get<MailContent>(recovery.prepare(mail)).link);
        return "none";
    }
    static std::string code_of(const auto& done) { return done.ok() ? "done" : std::string(done.error().row().code); }
    std::string begin_session() { return sessions.start(accounts.find("bob").value(), {})->id; }
    bool is_live(const std::string& session) { return stores.sessions->find_live(session, clock.now()).has_value(); }

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

// Anybody can register an address of somebody else, call the account a sentence, and have a mail sent.
TEST_F(RecoveryTest, a_mail_to_an_address_that_nobody_has_verified_says_nothing_that_a_stranger_chose) {
    const Secret password(std::string_view("correct horse"));
    ASSERT_TRUE(accounts.create({.username = "You won: evil.example", .email = "Vic@example.org"}, password).ok());
    ASSERT_TRUE(recovery.ask_reset("vic@example.org", {}).ok());
    EXPECT_EQ(newest().name, "Vic@example.org");
    ASSERT_TRUE(accounts.set_email("You won: evil.example", "Vic@example.org", true).ok());
    clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(recovery.ask_reset("vic@example.org", {}).ok());
    EXPECT_EQ(newest().name, "You won: evil.example") << "who has the address has the account";
}

TEST_F(RecoveryTest, a_mail_says_the_same_each_time_that_it_is_tried) {
    const MailContent first = forgotten(), again = newest();
    EXPECT_EQ(first.link, again.link);
    EXPECT_EQ(first.code, again.code);
    EXPECT_EQ(first.to, "Bob@example.org");
    EXPECT_EQ(first.name, "Bob@example.org");
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

// Whoever looks after the mails may try again what was given up: it would offer what does not work.
TEST_F(RecoveryTest, a_mail_whose_link_is_over_is_not_tried_again) {
    forgotten();
    const std::string id = outbox.list({}, {}, 1).mails.at(0).id;
    EXPECT_TRUE(retry_mail(outbox, id, clock.now()).ok());
    EXPECT_EQ(newest().expires_at, clock.now() + 20min) << "not the 24 hours of the row";
    clock.set(clock.now() + 20min);
    EXPECT_EQ(code_of(retry_mail(outbox, id, clock.now())), "key_conflict");
    EXPECT_EQ(code_of(retry_mail(outbox, "nothing", clock.now())), "not_found");
    store::EventStore events(stores.database);
    const auto told = events.list({.kind = "mail_retried"}).events;
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].event.object, id);
    EXPECT_EQ(told[0].event.reason, "reset");
}

// As after a restart, and with one connection: whoever tries a code holds it.
TEST_F(RecoveryTest, a_code_can_be_tried_at_a_server_that_has_made_none_yet) {
    const MailContent mail = forgotten();
    const auto few = store::open_stores(url, {.connections = 1}).value();
    OneTimeLinks fresh{*few.throttle, random, Secret(std::string_view("outside"))};
    Recovery other{few,    accounts,
                   fresh,  clock,
                   random, {.settings = settings, .mails = Mails::sent, .links_begin_with = "https://id.example"}};
    const Secret password(std::string_view("another horse"));
    EXPECT_TRUE(other.reset({.email = "bob@example.org", .code = mail.code}, password, {}).ok());
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
    ASSERT_TRUE(accounts.set_disabled("bob", true).ok());
    ASSERT_TRUE(recovery.ask_reset("victim@example.org", {}).ok());
    EXPECT_EQ(why_not(), "nobody has this address");
}

// Whoever changes an address might disable the account before the mail is sent.
TEST_F(RecoveryTest, a_notice_is_sent_although_the_account_is_disabled_by_then) {
    change_to("new@example.org");
    ASSERT_TRUE(accounts.set_disabled("bob", true).ok());
    ASSERT_EQ(kind_of_newest(), "address_changed");
    EXPECT_EQ(newest().to, "Bob@example.org");
    EXPECT_EQ(code_of(recovery.undo_change({.token = undo_token()})), "done");
    EXPECT_EQ(accounts.find("bob").value().email, "Bob@example.org");
    EXPECT_TRUE(accounts.find("bob").value().disabled) << "that is another matter";
}

TEST_F(RecoveryTest, what_tells_of_a_change_is_dropped_by_whoever_runs_the_server_alone_while_it_waits) {
    change_to("new@example.org");  // which is over: the mails that asked for it are
    ASSERT_TRUE(accounts.set_password("bob", Secret(std::string_view("another horse"))).ok());
    ASSERT_TRUE(recovery.ask_reset("new@example.org", {}).ok());
    for (const auto& mail : outbox.list({}, {}, 100).mails) {
        const bool may_go = mail.kind == "change_new" || mail.kind == "change_old" || mail.kind == "reset";
        EXPECT_EQ(code_of(drop_mail(outbox, mail.id, DroppedBy::an_administrator)), may_go ? "done" : "key_conflict")
            << mail.kind;
        EXPECT_EQ(outbox.find(mail.id).has_value(), !may_go);
    }
    auto left = outbox.list({}, {}, 100).mails;
    ASSERT_GE(left.size(), 2U);
    ASSERT_TRUE(outbox.sent(left[0], clock.now(), "250"));
    EXPECT_EQ(code_of(drop_mail(outbox, left[0].id, DroppedBy::an_administrator)), "done") << "it has told";
    EXPECT_EQ(code_of(drop_mail(outbox, left[1].id, DroppedBy::whoever_runs_the_server)), "done");
    EXPECT_EQ(code_of(drop_mail(outbox, left[1].id, DroppedBy::whoever_runs_the_server)), "not_found");
    store::EventStore events(stores.database);
    const auto dropped = events.list({.kind = store::event_kind("mail_dropped").code, .limit = 100}).events;
    EXPECT_EQ(dropped.size(), 5U);
    EXPECT_EQ(dropped.front().event.object, left[1].id);
    EXPECT_EQ(dropped.front().event.reason, left[1].kind);
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

TEST_F(RecoveryTest, whatever_says_not_me_ends_links_to_sign_in_and_what_clients_were_allowed) {
    const auto begin = [&] {
        stores.authorizations->remember({bob, "wiki", "openid", clock.now()});
        return std::string(make_sign_in_link(stores, accounts.find("bob").value(), clock.now(), random).token.reveal());
    };
    const auto is_over = [&](const std::string& link) {
        return !recovery.find_sign_in_link(link).ok() && !stores.authorizations->find_consent(bob, "wiki");
    };
    std::string link = begin();
    ASSERT_FALSE(is_over(link));
    EXPECT_EQ(outcome({.token = token_in(forgotten().link)}), "done");
    EXPECT_TRUE(is_over(link));
    link = begin();
    clock.advance(1s);
    EXPECT_TRUE(recovery.deny({.token = token_in(forgotten().not_me)}).ok());
    EXPECT_TRUE(is_over(link));
}

TEST_F(RecoveryTest, nobody_else_gets_an_address_that_its_owner_may_ask_back) {
    change_to("new@example.org");
    const std::string token = undo_token();
    const Secret password(std::string_view("correct horse"));
    EXPECT_EQ(code_of(accounts.create({.username = "BOB@example.org"}, password)), "email_taken");
    EXPECT_EQ(code_of(accounts.create({.username = "eve", .email = "bob@EXAMPLE.org"}, password)), "email_taken");
    ASSERT_TRUE(accounts.create({.username = "eve"}, password).ok());
    EXPECT_EQ(code_of(accounts.set_email("eve", "bob@example.org", false)), "email_taken");
    const std::string session = begin_session();
    EXPECT_EQ(code_of(recovery.undo_change({.token = token})), "done");
    EXPECT_EQ(accounts.find("bob").value().email, "Bob@example.org");
    EXPECT_FALSE(is_live(session));
    EXPECT_TRUE(accounts.set_email("bob", "third@example.org", false).ok());
    EXPECT_EQ(code_of(accounts.set_email("eve", "new@example.org", false)), "done")
        << "of the other one nothing is left";
}

TEST_F(RecoveryTest, an_address_is_held_for_as_long_as_the_link_is_good_and_the_account_is_there) {
    change_to("new@example.org");
    const Secret password(std::string_view("correct horse"));
    clock.set(clock.now() + 7 * 24h - 1s);
    EXPECT_EQ(code_of(accounts.create({.username = "eve", .email = "bob@example.org"}, password)), "email_taken");
    EXPECT_TRUE(recovery.is_usable("undo_change", undo_token()));
    clock.set(clock.now() + 1s);
    EXPECT_FALSE(recovery.is_usable("undo_change", undo_token()));
    EXPECT_EQ(code_of(accounts.create({.username = "eve", .email = "bob@example.org"}, password)), "done");
}

TEST_F(RecoveryTest, an_account_that_is_gone_holds_no_address) {
    change_to("new@example.org");
    ASSERT_TRUE(accounts.remove("bob").ok());
    const Secret password(std::string_view("correct horse"));
    EXPECT_EQ(code_of(accounts.create({.username = "eve", .email = "bob@example.org"}, password)), "done");
}

// An import takes it: that is for whoever runs the server.
TEST_F(RecoveryTest, an_undo_that_finds_the_address_taken_ends_all_sessions_and_stays_good) {
    change_to("new@example.org");
    const std::string token = undo_token(), session = begin_session();
    store::ImportedAccount imported{.account = {.id = id_of("eve"), .username = "eve", .name_key = "eve"}};
    imported.account.email = imported.account.email_key = "bob@example.org";
    imported.account.password_hash = "fake$x";
    ASSERT_EQ(store->import({&imported, 1}, store::Importing::write).front(), store::Imported::added);
    EXPECT_EQ(code_of(recovery.undo_change({.token = token})), "email_taken");
    EXPECT_FALSE(is_live(session));
    EXPECT_EQ(accounts.find("bob").value().email, "new@example.org");
    ASSERT_TRUE(accounts.remove("eve").ok());
    EXPECT_EQ(code_of(recovery.undo_change({.token = token})), "done");
    EXPECT_EQ(accounts.find("bob").value().email, "Bob@example.org");
    EXPECT_EQ(code_of(recovery.undo_change({.token = token})), "one_time_secret_invalid");
}

TEST_F(RecoveryTest, an_address_that_is_taken_meanwhile_uses_no_link_up) {
    ASSERT_TRUE(recovery.ask_change(bob, "new@example.org", {}).ok());
    const std::string token = token_in(newest().link);
    const Secret password(std::string_view("correct horse"));
    ASSERT_TRUE(accounts.create({.username = "eve", .email = "new@example.org"}, password).ok());
    EXPECT_EQ(code_of(recovery.confirm_change(bob, {.token = token}, {})), "email_taken");
    ASSERT_TRUE(accounts.remove("eve").ok());
    EXPECT_EQ(code_of(recovery.confirm_change(bob, {.token = token}, {})), "done");
}

TEST_F(RecoveryTest, the_spellings_of_an_address_are_counted_as_one) {
    const Secret password(std::string_view("correct horse"));
    const std::string ann = accounts.create({.username = "ann"}, password).value().id;
    const std::vector<std::string> spellings{"Vic@example.com", "vIc@example.com", "viC@EXAMPLE.com"};
    for (int i = 0; i < 5; ++i) {
        clock.advance(1s);
        ASSERT_TRUE(recovery.ask_change(i < 3 ? bob : ann, spellings[static_cast<std::size_t>(i % 3)], {}).ok()) << i;
        EXPECT_EQ(newest().to, spellings[static_cast<std::size_t>(i % 3)]) << "mail goes to what was typed";
    }
    EXPECT_EQ(code_of(recovery.ask_change(ann, "VIC@example.com", {})), "too_many_mails");
    EXPECT_EQ(code_of(recovery.ask_change(ann, "vic2@example.com", {})), "done");
}

TEST_F(RecoveryTest, whoever_has_the_address_of_an_account_learns_that_somebody_else_has_changed_it) {
    ASSERT_TRUE(accounts.set_email("bob", "first@example.org", true).ok());
    EXPECT_EQ(kind_of_newest(), "") << "nobody has shown that the one before was his";
    ASSERT_TRUE(accounts.set_email("bob", "FIRST@example.org", true).ok());
    EXPECT_EQ(kind_of_newest(), "") << "another spelling";
    ASSERT_TRUE(accounts.set_email("bob", "second@example.org", true).ok());
    const MailContent told = newest();
    EXPECT_EQ(told.to, "FIRST@example.org");
    EXPECT_EQ(outbox.list({}, {}, 100).mails.front().other_address, "second@example.org");
    EXPECT_EQ(code_of(recovery.undo_change({.token = token_in(told.link)})), "done");
    EXPECT_EQ(accounts.find("bob").value().email, "FIRST@example.org");
    clock.advance(1s);
    ASSERT_TRUE(accounts.set_email("bob", std::nullopt, false).ok());
    EXPECT_EQ(newest().to, "FIRST@example.org") << "an address that is taken away";
}

TEST(Outbox, a_language_that_is_no_text_is_english) {
    FixedClock clock{Time(1s)};
    CountingRandom random;
    EXPECT_EQ(make_mail("reset", "", "a@example.org", {.language = "fr"}, clock.now(), random).language, "fr");
    EXPECT_EQ(make_mail("reset", "", "a@example.org", {.language = "\xff"}, clock.now(), random).language, "en");
}

// Whoever logs in chooses the name of his browser, and the mail goes to whoever has the account.
TEST(Outbox, the_name_of_a_browser_is_printable_ascii_as_the_list_of_sessions_shows_it) {
    FixedClock clock{Time(1s)};
    CountingRandom random;
    const auto device = [&](std::string_view text) {
        return make_mail("new_device", "", "a@example.org", {.device = text}, clock.now(), random).device;
    };
    EXPECT_EQ(device("Firefox/143.0 (X11)"), "Firefox/143.0 (X11)");
    // U+202E turns what follows it around, U+2028 and U+0085 begin a line.
    EXPECT_EQ(device("a\xe2\x80\xae"
                     "b\xe2\x80\xa8"
                     "c\xc2\x85"
                     "d\te\x7f"
                     "f\xff"),
              "a???b???c??d?e?f?");
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
