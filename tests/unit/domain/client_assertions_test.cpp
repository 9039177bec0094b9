// SPDX-License-Identifier: Apache-2.0
// What clients prove by keys of their own leaves a row each, of which strangers make so many.
#include "domain/clients/client_assertions.hpp"

#include "base/base64url.hpp"
#include "domain/errors.hpp"
#include "fixture.hpp"

namespace keyhold::domain {
namespace {

class ClientAssertionsTest : public DomainTest {
protected:
    void add(const std::string& id, Registers who) {
        ClientWish wish;
        wish.id = id;
        wish.name = id;
        wish.kind = ClientKind::with_keys;
        wish.redirect_uris = {"https://app.example.com/cb"};
        wish.jwks = R"({"keys":[)" + key.public_jwk() + "]}";
        const auto added = registered.add(wish, who);
        ASSERT_TRUE(added.ok()) << added.error().detail();
    }
    // The next one, which has its own `jti`. RFC 7523 §3.
    std::string assertion(const std::string& id, const std::string& header = R"({"alg":"ES256"})") {
        const auto issued_at = clock.now().time_since_epoch().count();
        const std::string claims = R"({"iss":")" + id + R"(","sub":")" + id +
                                   R"(","aud":"https://keyhold.test","exp":)" + std::to_string(issued_at + 60) +
                                   R"(,"jti":")" + std::to_string(++made) + R"("})";
        const std::string signed_part = base64url::encode(header) + "." + base64url::encode(claims);
        return signed_part + "." + base64url::encode(key.sign(signed_part));
    }
    Result<std::string> authenticate(const std::string& id, std::string_view address) {
        const std::string text = assertion(id);
        return assertions.authenticate({client_assertion_type, text, id, address});
    }

    int made = 0;
    jose::Key key = jose::Key::generate_es256();
    RegisteredClients registered{*stores.clients, clock, random};
    ClientKeys client_keys{clock, [](const RegisteredClient&) { return std::optional<std::string>(); }};
    Replaceable<Clients> clients{Clients()};
    ClientAuthentication authentication{clients, throttle, &registered};
    ClientAssertions assertions{*stores.authorizations, registered, client_keys,
                                authentication,         clock,      {"https://keyhold.test"}};
};

TEST_F(ClientAssertionsTest, of_strangers_clients_are_so_many_from_one_address) {
    add("bank", Registers::the_operator);
    add("stranger", Registers::itself);
    for (int i = 0; i < assertions_at_once; ++i) ASSERT_TRUE(authenticate("stranger", "192.0.2.1").ok()) << i;
    const auto refused = authenticate("stranger", "192.0.2.1");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::too_many_requests);
    EXPECT_TRUE(authenticate("stranger", "192.0.2.2").ok());
    EXPECT_TRUE(authenticate("bank", "192.0.2.1").ok()) << "the operator knows it";
    clock.set(clock.now() + std::chrono::seconds(1));
    EXPECT_TRUE(authenticate("stranger", "192.0.2.1").ok());
}

// RFC 8725 §3.11, RFC 7515 §4.1.9.
TEST_F(ClientAssertionsTest, a_jwt_of_another_type_proves_nothing) {
    add("bank", Registers::the_operator);
    const auto proves = [&](const std::string& typ) {
        const std::string text = assertion("bank", R"({"alg":"ES256")" + typ + "}");
        return assertions.authenticate({client_assertion_type, text, "bank", "192.0.2.1"}).ok();
    };
    for (const char* typ : {"JWT", "jwt", "application/jwt", "client-authentication+jwt", "Client-Authentication+JWT"})
        EXPECT_TRUE(proves(R"(,"typ":")" + std::string(typ) + "\"")) << typ;
    EXPECT_TRUE(proves(""));
    for (const char* typ : {"at+jwt", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", "JWTs", "application/x"})
        EXPECT_FALSE(proves(R"(,"typ":")" + std::string(typ) + "\"")) << typ;
    EXPECT_FALSE(proves(R"(,"typ":5)"));
}

}  // namespace
}  // namespace keyhold::domain
