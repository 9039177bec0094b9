// SPDX-License-Identifier: Apache-2.0
// Clients that register themselves: what is counted (RFC 7591 §1.2).
#include "domain/clients/client_registration.hpp"

#include "domain/clients/client_errors.hpp"
#include "fixture.hpp"

namespace keyhold::domain {
namespace {

class ClientRegistrationTest : public DomainTest {
protected:
    std::string add(std::string_view token, std::string_view address = "192.0.2.7") {
        ClientWish wish;
        wish.name = "wiki";
        wish.redirect_uris = {"https://app.example.com/cb"};
        const auto made = registration.add(wish, token, address);
        return made.ok() ? "made" : std::string(made.error().row().code);
    }
    RegisteredClients clients{*stores.clients, clock, random};
    ClientRegistration registration{
        clients, clock, {.is_open = true, .initial_token = Secret(std::string_view("e7a1c5d9b3f24860"))}};
};

}  // namespace

// So many as docs/openid.md says.
TEST_F(ClientRegistrationTest, guesses_at_the_initial_token_are_counted) {
    EXPECT_EQ(add("e7a1c5d9b3f24860"), "made");
    for (int i = 0; i < 99; ++i) EXPECT_EQ(add("guess " + std::to_string(i)), "token_malformed") << i;
    EXPECT_EQ(add("another guess"), "too_many_registrations");
    EXPECT_EQ(add("e7a1c5d9b3f24860"), "too_many_registrations") << "a right one looks no different";
    EXPECT_EQ(add("e7a1c5d9b3f24860", "192.0.2.8"), "made");
}

// To look at its keys costs as much as at those of a new one, and every node hears of the change.
TEST_F(ClientRegistrationTest, changes_are_counted_with_registrations) {
    ClientWish wish;
    wish.name = "wiki";
    wish.redirect_uris = {"https://app.example.com/cb"};
    const auto made = registration.add(wish, "e7a1c5d9b3f24860", "192.0.2.7");
    ASSERT_TRUE(made.ok());
    for (int i = 0; i < 99; ++i) ASSERT_TRUE(registration.replace(made->client, wish, "192.0.2.7").ok()) << i;
    EXPECT_EQ(registration.replace(made->client, wish, "192.0.2.7").error().errc(), errors::too_many_registrations);
    EXPECT_EQ(add("e7a1c5d9b3f24860"), "too_many_registrations");
    EXPECT_TRUE(registration.replace(made->client, wish, "192.0.2.8").ok());
}

// It stands within sentences of the page that asks for consent.
TEST_F(ClientRegistrationTest, a_name_that_turns_the_text_around_it_is_refused) {
    ClientWish wish;
    wish.redirect_uris = {"https://app.example.com/cb"};
    for (const char* name :
         {"wiki \u202Eevil", "wiki\u2066", "wi\u200Bki", "wiki\u2028", "wiki\u0085", "wiki\n", "wiki\uE000", "\xff"}) {
        wish.name = name;
        EXPECT_FALSE(clients.check(wish).ok()) << name;
    }
    for (const char* name : {"Zo\u00EB's wiki", "\u0646\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
                             "Wiki \U0001F468\u200D\U0001F469", ""}) {
        wish.name = name;
        EXPECT_TRUE(clients.check(wish).ok()) << name;
    }
}

}  // namespace keyhold::domain
