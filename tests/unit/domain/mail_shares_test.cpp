// SPDX-License-Identifier: Apache-2.0
// How the mails of an hour are shared among networks: none of them uses up what everybody needs.
#include "domain/accounts/recovery.hpp"
#include "domain/errors.hpp"

#include "fixture.hpp"

namespace keyhold::domain {

namespace {

using namespace std::chrono_literals;

class MailShares : public DomainTest {
protected:
    // How many mails somebody there gets who asks for them until there is none, for another recipient each time.
    int asked_from(std::string_view address, int most = 200) {
        for (int i = 0; i < most; ++i) {
            const auto done =
                recovery.ask_reset("x" + std::to_string(recipients++) + "@example.org", {.origin = address});
            if (done) continue;
            EXPECT_EQ(done.error().errc(), errors::too_many_mails);
            return i;
        }
        return most;
    }

    Accounts accounts{*store,          hasher,        throttle,          clock,      random,
                      PasswordRules{}, Hooks::none(), LoginWith::either, Mails::sent};
    OneTimeLinks links{*stores.throttle, random, Secret(std::string_view("outside"))};
    RecoverySettings settings{.mails_per_recipient = 2, .mails_per_hour = 100, .requests_per_client = 500};
    Recovery recovery{stores, accounts, links, clock, random, {.settings = settings, .mails = Mails::sent}};
    int recipients = 0;
};

}  // namespace

// A quarter of what is left: 20 when 80 are, 16 when 64 are.
TEST_F(MailShares, two_networks_that_ask_for_all_leave_some_for_others) {
    EXPECT_EQ(asked_from("192.0.2.1"), 20);
    EXPECT_EQ(asked_from("192.0.2.1"), 0);
    EXPECT_EQ(asked_from("2001:db8::1"), 16);
    EXPECT_EQ(asked_from("2001:db8::2"), 0) << "the same network";
    EXPECT_EQ(asked_from("198.51.100.1", 3), 3);
    EXPECT_EQ(asked_from("2001:db8:0:1::1", 3), 3) << "another network";
}

TEST_F(MailShares, ten_networks_leave_something_for_the_eleventh) {
    for (int i = 1; i <= 10; ++i) (void)asked_from("192.0.2." + std::to_string(i));
    EXPECT_EQ(asked_from("198.51.100.1", 2), 2);
}

TEST_F(MailShares, an_hour_later_a_network_has_its_part_again) {
    EXPECT_EQ(asked_from("192.0.2.1"), 20);
    clock.advance(store::mails_count_for - 1s);
    EXPECT_EQ(asked_from("192.0.2.1"), 0);
    clock.advance(2s);
    EXPECT_EQ(asked_from("192.0.2.1"), 20);
}

// Whoever looks after the server, and nobody's address, are not kept from what is left.
TEST_F(MailShares, what_comes_from_no_address_has_all_that_is_left) {
    EXPECT_EQ(asked_from("192.0.2.1"), 20);
    EXPECT_EQ(asked_from(""), 80);
    EXPECT_EQ(asked_from("198.51.100.1"), 0) << "there is none";
}

class MailsOfOneAddress : public MailShares {
protected:
    RecoverySettings of_any_address{.mails_per_recipient = 2, .mails_per_hour = 100, .requests_per_client = 0};
    Recovery all{stores, accounts, links, clock, random, {.settings = of_any_address, .mails = Mails::sent}};
};

TEST_F(MailsOfOneAddress, are_all_that_there_are_where_addresses_are_not_looked_at) {
    int asked = 0;
    while (all.ask_reset("y" + std::to_string(asked) + "@example.org", {.origin = "192.0.2.1"})) ++asked;
    EXPECT_EQ(asked, 100);
}

}  // namespace keyhold::domain
