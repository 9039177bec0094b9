// SPDX-License-Identifier: Apache-2.0
// Where registration is for addresses of some domains, whoever has an account cannot leave them by a change of address
// (docs/decisions/0119-what-domains-promise.md).
#include "domain/accounts/recovery.hpp"

#include "fixture.hpp"

#include "domain/errors.hpp"

namespace keyhold::domain {

namespace {

class AddressDomainsTest : public DomainTest {
protected:
    AddressDomainsTest() {
        const Secret password(std::string_view("correct horse"));
        EXPECT_TRUE(accounts.create({.username = "bob", .email = "bob@example.com"}, password).ok());
    }
    std::string outcome_of_change_to(std::string_view address, std::vector<std::string> domains) {
        Recovery recovery{stores, accounts,
                          links,  clock,
                          random, {.settings = settings, .mails = Mails::sent, .domains = std::move(domains)}};
        const auto asked = recovery.ask_change(accounts.find("bob").value().id, address, {});
        return asked.ok() ? "asked" : std::string(asked.error().row().code);
    }

    Accounts accounts{*store,          hasher,        throttle,          clock,      random,
                      PasswordRules{}, Hooks::none(), LoginWith::either, Mails::sent};
    OneTimeLinks links{*stores.throttle, random, Secret(std::string_view("outside"))};
    RecoverySettings settings{.mails_per_recipient = 5, .mails_per_hour = 100, .requests_per_client = 0};
};

}  // namespace

TEST_F(AddressDomainsTest, an_address_changes_to_one_of_the_list_alone) {
    const std::vector<std::string> list{"example.com", "xn--bcher-kva.example"};
    EXPECT_EQ(outcome_of_change_to("bob@example.org", list), "address_domain_refused");
    EXPECT_EQ(outcome_of_change_to("bob@mail.example.com", list), "address_domain_refused") << "a subdomain is another";
    EXPECT_EQ(outcome_of_change_to("robert@EXAMPLE.com", list), "asked");
    EXPECT_EQ(outcome_of_change_to("bob@B\u00FCcher.example", list), "asked");
    EXPECT_EQ(outcome_of_change_to("bob@example.org", {}), "asked") << "without a list to any";
}

// What the server makes of its settings: a list that stands there while everybody may register holds nobody.
TEST_F(AddressDomainsTest, the_list_counts_where_registration_is_for_domains) {
    const auto list_of = [&](RegistrationPolicy policy) {
        return Registration(accounts, *stores.secrets, clock, {.policy = policy, .domains = {"example.com"}})
            .domains_of_changes();
    };
    EXPECT_EQ(list_of(RegistrationPolicy::domains), std::vector<std::string>{"example.com"});
    EXPECT_EQ(list_of(RegistrationPolicy::open), std::vector<std::string>{});
}

}  // namespace keyhold::domain
