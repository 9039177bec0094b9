// SPDX-License-Identifier: Apache-2.0
// Clients that are declared in keyhold.toml.
#include "domain/clients/client_settings.hpp"

#include <algorithm>

#include "domain/clients/clients.hpp"
#include "fixture.hpp"

namespace keyhold::domain {
namespace {

ClientSettings wiki() {
    ClientSettings client;
    client.id = "wiki";
    client.secret = Secret(std::string_view("8e1f0c6d2b7a4953"));
    client.redirect_uris = {"https://wiki.example.com/callback"};
    return client;
}

std::string problem(const ClientSettings& client) {
    const auto found = client_section().check(&client);
    return found.empty() ? "" : std::string(found.front().detail());
}

class ClientSettingsTest : public DomainTest {
protected:
    void declare(const ClientSettings& client) {
        const std::array tables{client_copy(client)};
        ASSERT_TRUE(declare_clients(clients, tables).ok());
    }
    // A Secret is not copied by accident.
    static ClientSettings client_copy(const ClientSettings& client) {
        ClientSettings copy;
        copy.id = client.id;
        copy.secret = Secret(client.secret.reveal());
        copy.name = client.name;
        copy.redirect_uris = client.redirect_uris;
        copy.grants = client.grants;
        copy.is_public = client.is_public;
        copy.first_party = client.first_party;
        return copy;
    }
    std::size_t changes() { return stores.changes->page(std::nullopt, 1000).changes.size(); }
    RegisteredClients clients{*stores.clients, clock, random};
};

TEST_F(ClientSettingsTest, a_table_with_redirect_uris_is_a_client_as_the_command_makes_them) {
    declare(wiki());
    const auto made = clients.find("wiki");
    ASSERT_TRUE(made);
    EXPECT_EQ(made->name, "wiki");
    EXPECT_EQ(made->redirect_uris, "https://wiki.example.com/callback");
    EXPECT_EQ(made->grants, "authorization_code refresh_token");
    EXPECT_EQ(made->secret_digest, digest_of_secret(Secret(std::string_view("8e1f0c6d2b7a4953"))));
    EXPECT_EQ(made->created_at, clock.now());
    EXPECT_FALSE(made->registered_itself());
    EXPECT_EQ(made->authentication_method(), "client_secret_basic");
}

TEST_F(ClientSettingsTest, a_start_that_changes_nothing_writes_nothing) {
    declare(wiki());
    const auto before = *clients.find("wiki");
    const std::size_t known = changes();
    clock.advance(std::chrono::hours(1));
    declare(wiki());
    EXPECT_EQ(*clients.find("wiki"), before);
    EXPECT_EQ(changes(), known);
}

TEST_F(ClientSettingsTest, what_changed_in_the_file_changes_and_the_rest_stays) {
    declare(wiki());
    const auto before = *clients.find("wiki");
    clock.advance(std::chrono::hours(1));
    ClientSettings other = wiki();
    other.name = "The wiki";
    other.first_party = true;
    declare(other);
    auto expected = before;
    expected.name = "The wiki";
    expected.first_party = true;
    EXPECT_EQ(*clients.find("wiki"), expected);
    other.secret = Secret(std::string_view("another-secret-of-it"));
    declare(other);
    expected.secret_digest = digest_of_secret(other.secret);
    EXPECT_EQ(*clients.find("wiki"), expected);
    other.secret = Secret();
    other.is_public = true;
    declare(other);
    EXPECT_EQ(clients.find("wiki")->authentication_method(), "none");
    ASSERT_TRUE(declare_clients(clients, {}).ok());
    EXPECT_TRUE(clients.find("wiki")) << "people signed in to it: it goes by `client delete` alone";
}

// A server that is killed between two writes, as a trigger that refuses the second one.
TEST_F(ClientSettingsTest, a_secret_never_changes_without_what_changes_with_it) {
    declare(wiki());
    const auto before = *clients.find("wiki");
    const auto execute = [&](const char* statement) {
        stores.database->write([&](store::Connection& connection) {
            connection.execute(statement);
            return true;
        });
    };
    ClientSettings other = wiki();
    other.secret = Secret();
    other.is_public = true;
    other.name = "The wiki";
    for (const char* column : {"name", "secret_digest"}) {
        execute(("CREATE TRIGGER no BEFORE UPDATE OF " + std::string(column) +
                 " ON keyhold_clients BEGIN SELECT RAISE(ABORT, 'no'); END")
                    .c_str());
        EXPECT_ANY_THROW(declare(other)) << column;
        execute("DROP TRIGGER no");
        EXPECT_EQ(*clients.find("wiki"), before) << column;
    }
    const std::size_t known = changes();
    declare(other);
    EXPECT_EQ(changes(), known + 1) << "other nodes are told once";
    EXPECT_EQ(clients.find("wiki")->authentication_method(), "none");
    EXPECT_EQ(clients.find("wiki")->name, "The wiki");
}

TEST_F(ClientSettingsTest, a_table_of_id_and_secret_alone_is_a_resource_server_and_no_row) {
    ClientSettings api;
    api.id = "api";
    api.secret = Secret(std::string_view("8e1f0c6d2b7a4953"));
    EXPECT_EQ(problem(api), "");
    declare(api);
    EXPECT_FALSE(clients.find("api"));
    const std::array both{client_copy(api), client_copy(wiki())};
    const auto parsed = Clients::parse(Secret(), both);
    ASSERT_TRUE(parsed.ok());
    EXPECT_TRUE(parsed->digest_of("api"));
    EXPECT_FALSE(parsed->digest_of("wiki"));
    EXPECT_FALSE(Clients::parse(Secret(std::string_view("wiki:8e1f0c6d2b7a4953")), both).ok()) << "it is one of them";
}

TEST_F(ClientSettingsTest, what_no_client_can_be_is_refused_by_its_name) {
    EXPECT_EQ(problem(wiki()), "");
    const auto with = [](auto change) {
        ClientSettings client = wiki();
        change(client);
        return problem(client);
    };
    EXPECT_EQ(with([](auto& c) { c.secret = Secret(); }),
              "the client 'wiki': it has either secret, or jwks_uri, or public = true");
    EXPECT_EQ(with([](auto& c) { c.is_public = true; }),
              "the client 'wiki': it has either secret, or jwks_uri, or public = true");
    EXPECT_EQ(with([](auto& c) { c.redirect_uris = {"http://wiki.example.com/"}; }).find("the client 'wiki': "), 0U);
    EXPECT_EQ(with([](auto& c) { c.grants = {"authorisation_code"}; }),
              "the client 'wiki': there is no grant type 'authorisation_code' for clients");
    EXPECT_EQ(with([](auto& c) { c.redirect_uris.clear(), c.first_party = true; }),
              "the client 'wiki': people sign in to it where it has redirect_uris, and tokens of its own where it has "
              "grants");
    EXPECT_EQ(with([](auto& c) { c.id.clear(); }), "it has no id");
}

}  // namespace
}  // namespace keyhold::domain
