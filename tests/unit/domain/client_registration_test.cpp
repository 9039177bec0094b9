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

// OpenID Connect Dynamic Client Registration §2, application_type.
TEST_F(ClientRegistrationTest, redirect_uris_are_those_of_the_kind_of_application) {
    ClientRegistration implicit{clients, clock, {.is_open = true, .allows_implicit = true}};
    struct Row {
        std::optional<ApplicationType> type;
        const char *uri, *grant;
        bool is_good;
    };
    using enum ApplicationType;
    constexpr auto unsaid = std::nullopt;
    int number = 0;
    for (const Row& row :
         {Row{web, "https://app.example.com/cb", "authorization_code", true},
          Row{web, "https://localhost/cb", "authorization_code", true},
          Row{web, "http://localhost/cb", "authorization_code", false},
          Row{web, "http://127.0.0.1/cb", "authorization_code", false},
          Row{web, "com.example.app:/cb", "authorization_code", false},
          Row{web, "https://app.example.com/cb", "implicit", true}, Row{web, "https://localhost/cb", "implicit", false},
          Row{web, "https://LOCALHOST:8443/cb", "implicit", false},
          Row{native, "com.example.app:/cb", "authorization_code", true},
          Row{native, "http://localhost:3000/cb", "authorization_code", true},
          Row{native, "http://127.0.0.1/cb", "implicit", true},
          Row{native, "http://[::1]/cb", "authorization_code", true},
          Row{unsaid, "com.example.app:/cb", "authorization_code", true},
          Row{unsaid, "http://127.0.0.1/cb", "authorization_code", true},
          Row{unsaid, "http://127.0.0.1/cb", "implicit", false},
          Row{native, "https://app.example.com/cb", "authorization_code", false},
          Row{native, "http://app.example.com/cb", "authorization_code", false}}) {
        ClientWish wish;
        wish.name = "wiki";
        wish.redirect_uris = {row.uri};
        wish.grants = {row.grant};
        wish.application_type = row.type;
        const auto made = implicit.add(wish, "", "192.0.2." + std::to_string(++number));
        EXPECT_EQ(made.ok(), row.is_good) << row.uri << " " << row.grant;
        EXPECT_TRUE(made.ok() || made.error().errc() == errors::invalid_redirect_uri) << row.uri;
    }
}

TEST_F(ClientRegistrationTest, a_refusal_names_the_member_that_is_wrong) {
    using Member = std::string ClientWish::*;
    for (const auto& [name, member] : {std::pair<std::string, Member>("logo_uri", &ClientWish::logo_uri),
                                       {"policy_uri", &ClientWish::policy_uri},
                                       {"tos_uri", &ClientWish::tos_uri},
                                       {"jwks_uri", &ClientWish::jwks_uri},
                                       {"backchannel_logout_uri", &ClientWish::backchannel_logout_uri}})
        for (const char* wrong : {"https://app.example.com/a b", "http://app.example.com/", "com.example.app:/x"}) {
            ClientWish wish;
            wish.redirect_uris = {"https://app.example.com/cb"};
            wish.*member = wrong;
            const auto checked = clients.check(wish);
            ASSERT_FALSE(checked.ok()) << name << " " << wrong;
            EXPECT_TRUE(checked.error().detail().starts_with(name + ": ")) << checked.error().detail();
        }
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
