// SPDX-License-Identifier: Apache-2.0
#include "domain/keys/id_tokens.hpp"

#include "base/base64url.hpp"
#include "domain/sessions/tokens.hpp"
#include "fixture.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"

namespace keyhold::domain {
namespace {

constexpr std::string_view issuer = "https://auth.example";

class IdTokensTest : public DomainTest {
protected:
    IdTokensTest() {
        put("ann", "hash");
        ring.begin();
        keys.reload();
    }
    static KeyRules rules(std::string_view algorithm) {
        KeyRules wanted;
        wanted.algorithm = jose::find_algorithm(algorithm);
        return wanted;
    }
    static KeySealer sealer() { return KeySealer({Secret(std::string_view("material")), Secret()}); }
    std::string issue(std::string_view algorithm, std::string_view client_id = "wiki") {
        return id_tokens.issue({.account_id = id_of("ann"),
                                .client_id = client_id,
                                .session_id = "s1",
                                .authenticated_at = clock.now() - std::chrono::seconds(7),
                                .nonce = "n",
                                .access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
                                .algorithm = algorithm});
    }
    static std::string payload(std::string_view token) { return *base64url::decode(jose::split(token)->payload); }

    KeyRing ring{*stores.keys, sealer(), clock, random, {}};
    IdTokenRing rsa{stores.database, sealer(), clock, random, rules("RS256")},
        ec{stores.database, sealer(), clock, random, rules("ES256")};
    SigningKeys keys{ring, std::nullopt, 1024, [](std::string_view) {}, {&rsa.ring, &ec.ring}};
    IdTokens id_tokens{keys, {&rsa, &ec}, clock, std::string(issuer), std::chrono::minutes(5)};
    Liveness liveness{stores, clock};
};

TEST_F(IdTokensTest, an_id_token_says_what_the_standard_asks_for) {
    // at_hash: OpenID Connect Core, appendix A.3.
    EXPECT_EQ(payload(issue("ES256")),
              R"({"iss":"https://auth.example","sub":")" + id_of("ann") +
                  R"(","aud":"wiki","exp":1800000300,"iat":1800000000,"auth_time":1799999993,"nonce":"n","sid":"s1",)"
                  R"("acr":"1","amr":["pwd"],"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"})");
}

// OpenID clients read the keys once, when they are set up, and look no further for the first token.
TEST_F(IdTokensTest, the_keys_of_a_client_are_published_before_its_first_token) {
    RegisteredClient client;
    client.scopes = "reports:read";
    client.id_token_algorithm = "RS256";
    id_tokens.prepare_for(client);  // nobody signs in to it
    EXPECT_TRUE(rsa.store.all().empty());
    client.scopes = "openid profile";
    client.userinfo_algorithm = "ES256";
    id_tokens.prepare_for(client);
    const std::string published = keys.published(clock.now()).json;
    EXPECT_NE(published.find("RS256"), std::string::npos);
    ASSERT_EQ(ec.store.all().size(), 1U);
    EXPECT_NE(published.find(ec.store.all().front().kid), std::string::npos);
    id_tokens.prepare_for(client);
    id_tokens.prepare_for_strangers();
    EXPECT_EQ(rsa.store.all().size(), 1U);
    const std::string header = *base64url::decode(jose::split(issue("RS256"))->header);
    EXPECT_NE(header.find(rsa.store.all().front().kid), std::string::npos);
}

TEST_F(IdTokensTest, strangers_find_the_key_that_everybody_understands) {
    id_tokens.prepare_for_strangers();
    EXPECT_EQ(rsa.store.all().size(), 1U);
    EXPECT_TRUE(ec.store.all().empty());
}

TEST_F(IdTokensTest, a_key_is_made_with_the_first_token_of_its_algorithm_and_published) {
    EXPECT_EQ(keys.published(clock.now()).json.find("RS256"), std::string::npos);
    const std::string token = issue("RS256");
    EXPECT_NE(keys.published(clock.now()).json.find("RS256"), std::string::npos);
    EXPECT_EQ(rsa.store.all().size(), 1U);
    EXPECT_TRUE(ec.store.all().empty());
    issue("RS256");
    EXPECT_EQ(rsa.store.all().size(), 1U);
    EXPECT_EQ(keys.signing(clock.now()).algorithm().name, "ES256") << "access tokens stay what they are";
    EXPECT_TRUE(jose::verify_signature(*jose::split(token), keys.of_id_tokens(clock.now())).ok());
}

// Where access tokens are of type JWT too, nothing but the key tells them apart.
TEST_F(IdTokensTest, an_id_token_is_no_access_token_even_for_a_client_that_is_called_as_the_audience) {
    Tokens tokens(keys, liveness, clock, random, {.issuer = std::string(issuer), .audience = "wiki", .typ = "JWT"});
    const auto account = store->find_by_name_key("ann").value();
    const auto session = sessions.start(account, {}).value();
    const auto access = tokens.issue({subject_of(account), session.id, session.ends_at, {}}).value().access_token;
    EXPECT_TRUE(tokens.authenticate(access).ok());
    EXPECT_EQ(tokens.authenticate(issue("ES256")).error().errc(), errors::token_key_unknown);
    EXPECT_EQ(tokens.authenticate(issue("RS256")).error().errc(), errors::token_key_unknown);
    EXPECT_FALSE(id_tokens.read_hint(access));
}

TEST_F(IdTokensTest, a_hint_is_an_id_token_of_ours_however_old) {
    const std::string token = issue("RS256");
    clock.advance(std::chrono::hours(24));
    const auto hint = id_tokens.read_hint(token);
    ASSERT_TRUE(hint);
    EXPECT_EQ(hint->account_id, id_of("ann"));
    EXPECT_EQ(hint->client_id, "wiki");
    EXPECT_EQ(hint->session_id, "s1");
    std::string other = token;
    other[token.size() / 2] = other[token.size() / 2] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(id_tokens.read_hint(other));
    EXPECT_FALSE(id_tokens.read_hint(""));
    EXPECT_FALSE(id_tokens.read_hint("a.b.c"));
    EXPECT_FALSE(id_tokens.read_hint(id_tokens.issue_logout(id_of("ann"), "wiki", "s1", "RS256", "j1")));
    IdTokens of_others(keys, {&rsa}, clock, "https://other.example", std::chrono::minutes(5));
    EXPECT_FALSE(of_others.read_hint(token));
}

TEST_F(IdTokensTest, a_log_out_token_is_of_its_own_kind) {
    const std::string token = id_tokens.issue_logout(id_of("ann"), "wiki", "s1", "ES256", "j1");
    EXPECT_TRUE(token.starts_with("eyJhbGciOiJFUzI1NiIsInR5cCI6ImxvZ291dCtqd3Qi")) << "ES256 and logout+jwt";
    EXPECT_EQ(payload(token), R"({"iss":"https://auth.example","sub":")" + id_of("ann") +
                                  R"(","aud":"wiki","iat":1800000000,"exp":1800000120,"jti":"j1","sid":"s1",)"
                                  R"("events":{"http://schemas.openid.net/event/backchannel-logout":{}}})");
}

}  // namespace
}  // namespace keyhold::domain
