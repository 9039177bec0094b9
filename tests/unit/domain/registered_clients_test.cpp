// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/registered_clients.hpp"
#include "domain/words.hpp"

#include "base/waiting.hpp"
#include "domain/clients/client_authentication.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/sessions/liveness.hpp"
#include "fixture.hpp"

namespace keyhold::domain {
namespace {

class RegisteredClientsTest : public DomainTest {
protected:
    static ClientWish wish(const std::string& id) {
        ClientWish wanted;
        wanted.id = id;
        wanted.redirect_uris = {"https://app.example.com/cb"};
        return wanted;
    }
    std::string why_refused(const ClientWish& wanted) {
        const auto made = clients.add(wanted);
        return made ? "" : std::string(made.error().detail());
    }

    RegisteredClients clients{*stores.clients, clock, random};
    Replaceable<Clients> of_settings{Clients::parse(Secret(std::string_view("api:8e1f0c6d2b7a4953"))).value()};
    ClientAuthentication authentication{of_settings, throttle, &clients};
};

TEST_F(RegisteredClientsTest, a_client_has_what_it_asked_for_and_the_usual_for_the_rest) {
    const auto made = clients.add(wish("wiki"));
    ASSERT_TRUE(made.ok());
    const auto found = clients.find("wiki");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, made->client);
    EXPECT_EQ(found->name, "wiki");
    EXPECT_EQ(found->grants, "authorization_code refresh_token");
    EXPECT_EQ(found->scopes, "openid profile email offline_access");
    EXPECT_EQ(found->id_token_algorithm, "RS256");
    EXPECT_FALSE(found->first_party);
    EXPECT_TRUE(found->needs_pkce);
    EXPECT_TRUE(made->secret.reveal().starts_with("khc_"));
    EXPECT_EQ(found->secret_digest.find(made->secret.reveal()), std::string::npos);
}

TEST_F(RegisteredClientsTest, two_clients_of_one_id_are_refused) {
    ASSERT_TRUE(clients.add(wish("wiki")).ok());
    EXPECT_EQ(clients.add(wish("wiki")).error().errc(), errors::client_taken);
    EXPECT_TRUE(clients.add(wish("Wiki")).ok()) << "ids are compared letter by letter";
}

TEST_F(RegisteredClientsTest, an_id_is_made_where_none_is_asked_for) {
    const auto one = clients.add(wish("")), other = clients.add(wish(""));
    ASSERT_TRUE(one.ok() && other.ok());
    EXPECT_NE(one->client.id, other->client.id);
    EXPECT_TRUE(clients.find(one->client.id));
}

TEST_F(RegisteredClientsTest, what_is_unsafe_is_refused_with_its_reason) {
    auto one = wish("a:b");
    EXPECT_NE(why_refused(one).find("letters, digits"), std::string::npos);
    EXPECT_NE(why_refused(wish("keyhold")).find("or 'keyhold'"), std::string::npos) << "that names our own tokens";
    for (const char* step : {".", ".."}) EXPECT_NE(why_refused(wish(step)), "") << "no path names it";
    one = wish("a");
    one.redirect_uris.clear();
    EXPECT_NE(why_refused(one).find("needs a redirect URI"), std::string::npos);
    one = wish("a");
    one.grants = {"telepathy"};
    EXPECT_NE(why_refused(one).find("no grant type 'telepathy'"), std::string::npos);
    one.grants = {"password"};
    EXPECT_NE(why_refused(one).find("first-party"), std::string::npos);
    one.first_party = true;
    EXPECT_EQ(why_refused(one), "");
    one = wish("b");
    one.scopes = {"two words"};
    EXPECT_NE(why_refused(one).find("a scope is"), std::string::npos);
    one.scopes = {std::string(129, 's')};
    EXPECT_NE(why_refused(one).find("a scope is"), std::string::npos);
    one = wish("b");
    one.id_token_algorithm = "HS256";
    EXPECT_NE(why_refused(one).find("RS256 or ES256"), std::string::npos);
    one = wish("b");
    one.kind = ClientKind::public_;
    one.needs_pkce = false;
    EXPECT_NE(why_refused(one).find("PKCE"), std::string::npos);
    one.needs_pkce = true;
    one.grants = {"client_credentials"};
    EXPECT_NE(why_refused(one).find("have a secret"), std::string::npos);
    EXPECT_FALSE(clients.find("b"));
}

TEST_F(RegisteredClientsTest, a_scope_may_be_as_long_as_that_of_a_role) {
    auto one = wish("a");
    one.scopes = {std::string(128, 's')};
    EXPECT_TRUE(is_scope(one.scopes.front()));
    EXPECT_EQ(why_refused(one), "");
}

TEST_F(RegisteredClientsTest, a_secret_is_proved_until_another_one_takes_its_place) {
    const auto made = clients.add(wish("wiki"));
    const auto proves = [&](const Secret& secret) { return authentication.authenticate("wiki", secret, "").ok(); };
    EXPECT_TRUE(authentication.has_proof("wiki"));
    EXPECT_TRUE(proves(made->secret));
    EXPECT_FALSE(proves(Secret(made->client.secret_digest))) << "whoever reads the database knows that";
    const auto next = clients.rotate_secret("wiki");
    ASSERT_TRUE(next.ok());
    EXPECT_FALSE(proves(made->secret));
    EXPECT_TRUE(proves(*next));
}

TEST_F(RegisteredClientsTest, a_public_client_has_no_secret_and_a_removed_one_nothing) {
    auto app = wish("app");
    app.kind = ClientKind::public_;
    const auto made = clients.add(app);
    ASSERT_TRUE(made.ok());
    EXPECT_TRUE(made->secret.empty());
    EXPECT_FALSE(authentication.has_proof("app"));
    EXPECT_FALSE(authentication.authenticate("app", Secret(std::string_view("")), "").ok());
    EXPECT_EQ(clients.rotate_secret("app").error().errc(), errors::validation_failed);
    EXPECT_TRUE(clients.remove("app").ok());
    EXPECT_FALSE(clients.find("app"));
    EXPECT_EQ(clients.remove("app").error().errc(), errors::client_not_found);
    EXPECT_EQ(clients.rotate_secret("app").error().errc(), errors::client_not_found);
}

TEST_F(RegisteredClientsTest, a_logo_is_loaded_by_peoples_browsers_so_it_is_https) {
    auto one = wish("with-logo");
    one.logo_uri = "https://app.example.com/logo.png";
    EXPECT_EQ(why_refused(one), "");
    EXPECT_EQ(clients.find("with-logo")->logo_uri, one.logo_uri);
    for (const char* const bad : {"http://127.0.0.1/logo.png", "http://app.example.com/l", "javascript:alert(1)",
                                  "data:image/png;base64,AA", "https://a b/", "/logo.png"}) {
        one.id = "bad";
        one.logo_uri = bad;
        EXPECT_NE(why_refused(one), "") << bad;
    }
}

TEST_F(RegisteredClientsTest, a_client_that_is_remembered_costs_no_look_up_until_it_changes_anywhere) {
    Liveness liveness(stores, clock);
    RegisteredClients followed(*stores.clients, clock, random);
    followed.remember(liveness);
    ASSERT_TRUE(clients.add(wish("wiki")).ok());
    const auto from_memory = [&] {
        const NoWaiting none;
        return followed.find("wiki");
    };
    EXPECT_THROW(from_memory(), WouldWait);
    ASSERT_TRUE(followed.find("wiki"));
    EXPECT_EQ(from_memory(), clients.find("wiki"));
    auto renamed = wish("wiki");
    renamed.name = "The wiki";
    ASSERT_TRUE(clients.replace(*clients.find("wiki"), renamed).ok());
    EXPECT_EQ(followed.find("wiki")->name, "The wiki");
    const auto before = followed.find("wiki")->secret_digest;
    ASSERT_TRUE(clients.rotate_secret("wiki").ok());
    EXPECT_NE(followed.find("wiki")->secret_digest, before) << "the old secret is over at once";
    ASSERT_TRUE(clients.remove("wiki").ok());
    EXPECT_FALSE(followed.find("wiki"));
    ASSERT_TRUE(clients.add(wish("wiki")).ok());
    EXPECT_TRUE(followed.find("wiki")) << "that there was none is not remembered";
}

TEST_F(RegisteredClientsTest, what_an_older_release_changed_is_known_ten_seconds_later) {
    Liveness liveness(stores, clock);
    RegisteredClients followed(*stores.clients, clock, random);
    followed.remember(liveness);
    ASSERT_TRUE(clients.add(wish("wiki")).ok());
    ASSERT_TRUE(followed.find("wiki"));
    clock.advance(std::chrono::seconds(10));
    const NoWaiting none;
    EXPECT_THROW(followed.find("wiki"), WouldWait);
}

}  // namespace
}  // namespace keyhold::domain
