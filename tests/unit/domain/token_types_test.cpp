// SPDX-License-Identifier: Apache-2.0
// What `typ` says in tokens under keys of our own, and which are taken (RFC 9068 §2.1, §4; RFC 8725 §3.11).
#include "domain/sessions/tokens.hpp"
#include "fixture.hpp"

namespace keyhold::domain {
namespace {

class TokenTypesTest : public DomainTest {
protected:
    TokenTypesTest() {
        put("ann", "hash");
        ring.begin();
        keys.reload();
    }
    Tokens tokens(std::string typ) {
        return {keys, liveness, clock, random, {.issuer = "https://auth.example", .typ = std::move(typ)}};
    }
    std::string issued_by(Tokens&& tokens) {
        const auto account = store->find_by_name_key("ann").value();
        const auto session = sessions.start(account, {}).value();
        return tokens.issue({subject_of(account), session.id, session.ends_at, {}}).value().access_token;
    }
    std::string made(std::string_view typ) {
        return jose::issue(R"({"exp":1800001800,"sub":")" + id_of("ann") +
                               R"(","iss":"https://auth.example","aud":"https://auth.example"})",
                           keys.signing(clock.now()), typ);
    }
    static std::string outcome(Tokens&& tokens, std::string_view token) {
        const auto bearer = tokens.authenticate(token);
        return bearer ? bearer->account->username : std::string(bearer.error().row().code);
    }

    KeyRing ring{*stores.keys, KeySealer({Secret(std::string_view("material")), Secret()}), clock, random, {}};
    SigningKeys keys{ring, std::nullopt, 1024, [](std::string_view) {}};
    Liveness liveness{stores, clock};
};

TEST_F(TokenTypesTest, tokens_of_type_jwt_are_issued_and_taken_where_that_is_set_and_nowhere_else) {
    const std::string typed = issued_by(tokens("at+jwt")), plain = issued_by(tokens("JWT"));
    // {"alg":"ES256","typ":"at+jwt" and {"alg":"ES256","typ":"JWT", by Python's base64.
    EXPECT_TRUE(typed.starts_with("eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dC")) << typed;
    EXPECT_TRUE(plain.starts_with("eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVC")) << plain;
    EXPECT_EQ(outcome(tokens("at+jwt"), typed), "ann");
    EXPECT_EQ(outcome(tokens("at+jwt"), plain), "token_claims");
    EXPECT_EQ(outcome(tokens("JWT"), plain), "ann");
    EXPECT_EQ(outcome(tokens("JWT"), typed), "ann") << "from before the switch";
}

TEST_F(TokenTypesTest, no_other_type_is_taken_and_none_neither) {
    EXPECT_EQ(outcome(tokens("JWT"), made("jwt")), "ann") << "a media type: its case does not matter";
    for (const auto* other : {"logout+jwt", "dpop+jwt", "at", ""}) {
        EXPECT_EQ(outcome(tokens("JWT"), made(other)), "token_claims") << other;
        EXPECT_EQ(outcome(tokens("at+jwt"), made(other)), "token_claims") << other;
    }
}

}  // namespace
}  // namespace keyhold::domain
