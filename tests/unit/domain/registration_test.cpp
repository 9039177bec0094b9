// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/registration.hpp"

#include "fixture.hpp"

#include "domain/accounts/recovery.hpp"
#include "store/accounts/recovery_store.hpp"
#include "store/errors.hpp"
#include "store/events/outbox_store.hpp"

namespace keyhold::domain {

namespace {

using std::chrono::seconds;

class RegistrationTest : public DomainTest {
protected:
    Registration make(RegistrationRules rules) { return {accounts, *stores.secrets, clock, rules}; }
    // "made", or the status and the sentence.
    static std::string outcome(Registration& registration, std::string_view name, std::string_view invitation = {},
                               std::string_view address = {}) {
        const Secret password(std::string_view("correct horse"));
        const auto made = registration.create({name, password, invitation, address});
        if (made.ok()) return "made";
        return std::to_string(made.error().row().status) + " " + std::string(made.error().detail());
    }
    std::string invitation(seconds life = seconds(100)) {
        return std::string(invite(*stores.secrets, clock.now(), {.life = life}, random).code.reveal());
    }
    Accounts accounts{*store, hasher, throttle, clock, random, PasswordRules{}};
};

constexpr std::string_view no_good = "403 This invitation is unknown, used or expired";

}  // namespace

TEST_F(RegistrationTest, open_is_open_to_everybody_and_asks_for_no_invitation) {
    auto open = make({});
    EXPECT_EQ(outcome(open, "bob"), "made");
    const std::string code = invitation();
    EXPECT_EQ(outcome(open, "ann", code), "made");
    EXPECT_EQ(outcome(open, "eve", code), no_good) << "whoever brings one believes that it counts";
    EXPECT_EQ(outcome(open, "eve", "khi_whatever"), no_good);
    EXPECT_FALSE(store->find_by_name_key("eve"));
}

TEST_F(RegistrationTest, an_invitation_that_was_mailed_is_for_that_address_and_shows_that_mail_arrives) {
    Accounts mailing{*store,          hasher,        throttle,          clock,      random,
                     PasswordRules{}, Hooks::none(), LoginWith::either, Mails::sent};
    OneTimeLinks links{*stores.throttle, random, Secret(std::string_view("outside"))};
    Recovery recovery{stores, mailing, links, clock, random, {.settings = {}, .mails = Mails::sent}};
    const auto invited = [&](const std::string& email) {
        return std::string(recovery.invite({.life = seconds(100), .email = email}).value().code.reveal());
    };
    const Secret password(std::string_view("correct horse"));
    const auto with = [&](Registration& registration, std::string_view name, std::optional<std::string_view> email,
                          const std::string& code) {
        const auto made =
            registration.create({.username = name, .password = password, .invitation = code, .email = email});
        if (!made) return std::to_string(made.error().row().status);
        return made->email.value_or("none") + (made->email_verified ? ", verified" : ", not verified");
    };
    for (const auto policy : {RegistrationPolicy::invite, RegistrationPolicy::open}) {
        Registration registration{mailing, *stores.secrets, clock, {.policy = policy}};
        const std::string number = std::to_string(static_cast<int>(policy));
        const std::string code = invited("Ann" + number + "@example.com");
        EXPECT_EQ(with(registration, "eve", "eve@example.com", code), "403");
        EXPECT_EQ(with(registration, "eve@example.com", std::nullopt, code), "403");
        EXPECT_EQ(with(registration, "eve", "nothing", code), "422");
        EXPECT_FALSE(store->find_by_name_key("eve"));
        EXPECT_EQ(with(registration, "ann" + number, "ANN" + number + "@example.com", code),
                  "ANN" + number + "@example.com, verified")
            << "a refusal does not use it up";
        EXPECT_EQ(with(registration, "bob" + number, std::nullopt, invited("Bob" + number + "@example.com")),
                  "bob" + number + "@example.com, verified");
        EXPECT_EQ(
            with(registration, "cid" + number + "@example.com", std::nullopt, invited("Cid" + number + "@example.com")),
            "cid" + number + "@example.com, verified");
        EXPECT_EQ(with(registration, "dan" + number, "dan" + number + "@example.com", invitation()),
                  "dan" + number + "@example.com, not verified")
            << "one that was not mailed is for anybody";
    }
    for (const auto& mail : store::OutboxStore(stores.database).list({}, {}, 100).mails)
        EXPECT_NE(mail.address.substr(0, 3), "ann") << "nobody is asked to verify what he has shown";
}

TEST_F(RegistrationTest, closed_is_closed_before_anything_is_hashed) {
    auto closed = make({.policy = RegistrationPolicy::closed});
    EXPECT_EQ(outcome(closed, "bob"), "403 Nobody can register here: accounts are made by whoever runs this");
    EXPECT_EQ(outcome(closed, "bob", invitation()), outcome(closed, "bob"));
    EXPECT_EQ(hasher.computed, 0);
}

TEST_F(RegistrationTest, an_address_that_is_taken_costs_a_row_each_time_whether_its_owner_is_told_or_not) {
    store::RecoveryStore recovery(stores.database);
    Registration open{accounts, *stores.secrets, clock, {}, Registration::Mailing{recovery, random}};
    const Secret password(std::string_view("correct horse"));
    ASSERT_TRUE(open.create({.username = "ann", .password = password, .email = "ann@example.com"}));
    store::OutboxStore outbox(stores.database);
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        const auto made = open.create({.username = name, .password = password, .email = "ann@example.com"});
        ASSERT_TRUE(made) << "the answer of a success";
        EXPECT_EQ(made->username, name);
    }
    EXPECT_EQ(outbox.count(store::MailState::waiting), 3) << "as many as a mailbox bears in an hour";
    EXPECT_EQ(outbox.count(store::MailState::voided), 2);
    ASSERT_TRUE(accounts.set_disabled("ann", true));
    clock.advance(std::chrono::hours(2));
    EXPECT_TRUE(open.create({.username = "f", .password = password, .email = "ann@example.com"}));
    EXPECT_EQ(outbox.count(store::MailState::voided), 3) << "nor is somebody told who cannot come in";
}

TEST_F(RegistrationTest, a_program_that_refuses_says_nothing_of_whether_somebody_has_the_address) {
    const Secret password(std::string_view("correct horse"));
    ASSERT_TRUE(accounts.create({.username = "ann", .email = "ann@example.com"}, password));
    ASSERT_TRUE(accounts.create("bob@example.com", password));
    int asked = 0;
    Hooks hooks;
    hooks.add<Registering>([&](const Registering&) {
        ++asked;
        return refuse("Not today");
    });
    store::RecoveryStore recovery(stores.database);
    Accounts asking{*store, hasher, throttle, clock, random, PasswordRules{}, hooks};
    Registration open{asking, *stores.secrets, clock, {}, Registration::Mailing{recovery, random}};
    const auto refused = [&](std::string_view name, std::optional<std::string_view> email) {
        return std::string(open.create({.username = name, .password = password, .email = email}).error().detail());
    };
    EXPECT_EQ(refused("eve", "eve@example.com"), "Not today");
    EXPECT_EQ(refused("eve", "ann@example.com"), "Not today");
    EXPECT_EQ(refused("eve@example.com", std::nullopt), "Not today");
    EXPECT_EQ(refused("bob@example.com", std::nullopt), "Not today");
    EXPECT_EQ(asked, 4);
    EXPECT_EQ(refused("ann", "eve@example.com"), "Username already exists") << "as everybody is told";
    EXPECT_EQ(asked, 4);
}

TEST_F(RegistrationTest, only_addresses_of_the_domains_may) {
    auto domains = make({.policy = RegistrationPolicy::domains, .domains = {"example.com", "xn--bcher-kva.example"}});
    const Secret password(std::string_view("correct horse"));
    const auto with = [&](std::string_view name, std::optional<std::string_view> email) {
        const auto made = domains.create({.username = name, .password = password, .email = email});
        if (made.ok()) return std::string("made");
        return std::to_string(made.error().row().status) + " " + std::string(made.error().detail());
    };
    const std::string other = "403 Nobody can register here with an address of this domain";
    EXPECT_EQ(with("ann", std::nullopt), "403 An e-mail address is needed to register here: send it as 'email'");
    EXPECT_EQ(with("ann", "ann@example.org"), other);
    EXPECT_EQ(with("ann", "ann@mail.example.com"), other) << "a subdomain is another";
    EXPECT_EQ(with("ann", "ann@example.com.org"), other);
    EXPECT_EQ(with("ann@example.org", std::nullopt), other);
    EXPECT_EQ(with("ann", "nothing").substr(0, 3), "422");
    EXPECT_EQ(with("x@example.com", "x@example.org"), other);
    EXPECT_EQ(with("x@example.org", "x@example.com").substr(0, 3), "422") << "called by another address than it has";
    EXPECT_EQ(hasher.computed, 0);
    EXPECT_EQ(with("ann", "ann@EXAMPLE.com"), "made");
    EXPECT_EQ(with("bob@example.com", std::nullopt), "made");
    EXPECT_EQ(with("cat", "cat@B\u00FCcher.example"), "made");
}

TEST_F(RegistrationTest, an_invitation_makes_one_account) {
    auto registration = make({.policy = RegistrationPolicy::invite});
    const std::string code = invitation();
    EXPECT_TRUE(code.starts_with("khi_"));
    EXPECT_EQ(code.size(), 4U + 43U) << "32 bytes";
    EXPECT_EQ(outcome(registration, "bob"), "403 An invitation is needed to register here: send it as 'invitation'");
    EXPECT_EQ(outcome(registration, "bob", code), "made");
    EXPECT_EQ(outcome(registration, "eve", code), no_good);
    EXPECT_FALSE(store->find_by_name_key("eve"));
    EXPECT_EQ(outcome(registration, "eve", invitation()), "made");
}

TEST_F(RegistrationTest, unknown_used_and_expired_invitations_are_refused_alike_and_cost_no_hash) {
    auto registration = make({.policy = RegistrationPolicy::invite});
    const std::string used = invitation(), expired = invitation(seconds(10));
    ASSERT_EQ(outcome(registration, "bob", used), "made");
    clock.set(clock.now() + seconds(10));
    const int before = hasher.computed;
    for (const std::string& code : {used, expired, std::string("khi_unknown"), used + "x"})
        EXPECT_EQ(outcome(registration, "eve", code), no_good);
    EXPECT_EQ(hasher.computed, before);
}

TEST_F(RegistrationTest, an_invitation_stays_good_after_a_refusal) {
    auto registration = make({.policy = RegistrationPolicy::invite});
    const std::string code = invitation();
    ASSERT_EQ(outcome(registration, "bob", invitation()), "made");
    EXPECT_EQ(outcome(registration, "bob", code), "400 Username already exists");
    EXPECT_EQ(outcome(registration, "", code).substr(0, 3), "422");
    EXPECT_EQ(outcome(registration, "eve", code), "made");
}

TEST_F(RegistrationTest, a_form_is_told_all_that_is_wrong_and_counts_once_nothing_is) {
    auto registration = make({.policy = RegistrationPolicy::invite, .of_address = 1});
    const Secret good(std::string_view("correct horse")), none;
    const auto fields = [&](const Registration::Request& request) {
        std::string said;
        const auto made = registration.create_from_form(request);
        if (made) return std::string("made");
        for (const FieldError& field : made.error().fields()) said += std::string(field.loc.back().text()) + " ";
        return std::to_string(made.error().row().status) + " " + said;
    };
    const std::string code = invitation();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(fields({"", none, "", "192.0.2.7"}), "403 username password invitation ");
        EXPECT_EQ(fields({"bob", none, "khi_unknown", "192.0.2.7"}), "403 password invitation ");
        EXPECT_EQ(fields({"", good, code, "192.0.2.7"}), "422 username ");
    }
    EXPECT_EQ(fields({"bob", good, code, "192.0.2.7"}), "made");
    EXPECT_EQ(fields({"eve", good, invitation(), "192.0.2.7"}), "429 ");
    auto closed = make({.policy = RegistrationPolicy::closed});
    EXPECT_EQ(closed.create_from_form({"cat", good, {}, {}}).error().errc(), errors::registration_refused);
}

// One that ends while the form is read is good or is not, and is not called good first.
TEST_F(RegistrationTest, a_form_looks_at_an_invitation_once) {
    struct TickingClock final : Clock {
        Time now() const override { return time += seconds(1); }
        mutable Time time{};
    } ticking;
    ticking.time = clock.now();
    Registration registration{accounts, *stores.secrets, ticking, {.policy = RegistrationPolicy::invite}};
    const Secret password(std::string_view("correct horse"));
    EXPECT_TRUE(registration.create_from_form({"bob", password, invitation(seconds(2)), {}}));
}

TEST_F(RegistrationTest, one_address_registers_so_often_and_then_at_the_pace_that_is_set) {
    auto registration = make({.of_address = 3, .of_address_per_minute = 2});
    for (const char* name : {"a", "b", "a"}) outcome(registration, name, {}, "192.0.2.7");  // a taken name counts too
    const int before = hasher.computed;
    EXPECT_EQ(outcome(registration, "c", {}, "192.0.2.7").substr(0, 3), "429");
    EXPECT_EQ(hasher.computed, before);
    EXPECT_EQ(outcome(registration, "c", {}, "192.0.2.8"), "made") << "others are not hindered";
    EXPECT_EQ(outcome(registration, "d"), "made") << "a Unix socket is no address";
    const Secret password(std::string_view("correct horse"));
    const auto refused = registration.create({"e", password, {}, "192.0.2.7"});
    ASSERT_FALSE(refused.ok());
    ASSERT_TRUE(refused.error().quota());
    EXPECT_EQ(refused.error().quota()->retry_in, seconds(30));
    clock.set(clock.now() + seconds(30));
    EXPECT_EQ(outcome(registration, "e", {}, "192.0.2.7"), "made");
    EXPECT_EQ(outcome(registration, "f", {}, "192.0.2.7").substr(0, 3), "429");
}

TEST(RegistrationPolicy, has_three_words) {
    EXPECT_EQ(parse_registration_policy("open"), RegistrationPolicy::open);
    EXPECT_EQ(parse_registration_policy("closed"), RegistrationPolicy::closed);
    EXPECT_EQ(parse_registration_policy("invite"), RegistrationPolicy::invite);
    for (const char* other : {"", "Open", "invites", "yes"}) EXPECT_FALSE(parse_registration_policy(other));
}

}  // namespace keyhold::domain
