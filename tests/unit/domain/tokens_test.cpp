#include "domain/tokens.hpp"

#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::domain {

namespace {

// Made by PyJWT 2.6.0: jwt.encode(CLAIMS, "your_secret_key", algorithm="HS256"), as the tutorial does it.
namespace pyjwt {
constexpr std::string_view header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
// {"sub": "testuser", "exp": 1800001800}
constexpr std::string_view testuser =
    "eyJzdWIiOiJ0ZXN0dXNlciIsImV4cCI6MTgwMDAwMTgwMH0.dXnMT03k4U_7bEnRfJufrPRkFjPHf-0OXZzaVl-vEeY";
// {"sub": "TestUser", "exp": 1800001800}
constexpr std::string_view capitals =
    "eyJzdWIiOiJUZXN0VXNlciIsImV4cCI6MTgwMDAwMTgwMH0.2OhrPt7hjjZlgMfm1nQytYCYkw_FED_RGU25Gi8huoI";
// {"sub": " testuser", "exp": 1800001800}
constexpr std::string_view no_name =
    "eyJzdWIiOiIgdGVzdHVzZXIiLCJleHAiOjE4MDAwMDE4MDB9.aZLqCYr-bzXJv4rmDbORGGugaa2CAGiS6QYptskpVgg";
// {"exp": 1800001800}
constexpr std::string_view no_subject = "eyJleHAiOjE4MDAwMDE4MDB9.3CT921i_33Fz4FYxH01YydSjw9LnMOY8AVnBFbjwrzY";
// {"sub": "testuser"}
constexpr std::string_view no_expiry = "eyJzdWIiOiJ0ZXN0dXNlciJ9.hOROJV-rUAAGWs029hBpc5Unx-7un4g4-TcQxeTS4N4";
// {"sub": "testuser", "uid": 7, "exp": 1800001800}
constexpr std::string_view numeric_uid =
    "eyJzdWIiOiJ0ZXN0dXNlciIsInVpZCI6NywiZXhwIjoxODAwMDAxODAwfQ.jgNMKemnrB7MVCDhWGyMsKQRVmI38sdifim8ZxRt6Yg";
// {"sub": "testuser", "uid": "id-of-testuser", "exp": 1800001800}
constexpr std::string_view uid =
    "eyJzdWIiOiJ0ZXN0dXNlciIsInVpZCI6ImlkLW9mLXRlc3R1c2VyIiwiZXhwIjoxODAwMDAxODAwfQ."
    "lilJNiNJ9QsxDbpOn9BKh8y00xAlNfat2CKAdicQL8c";
// {"sub": "testuser", "uid": "somebody-else", "exp": 1800001800}
constexpr std::string_view other_uid =
    "eyJzdWIiOiJ0ZXN0dXNlciIsInVpZCI6InNvbWVib2R5LWVsc2UiLCJleHAiOjE4MDAwMDE4MDB9.lZ9mWRafd_"
    "bJGJ2JMd0ILcEIO8RXmnBlYcBvGf_dsKc";
// {"sub": "testuser", "iss": "https://keyhold.example", "exp": 1800001800}
constexpr std::string_view issuer =
    "eyJzdWIiOiJ0ZXN0dXNlciIsImlzcyI6Imh0dHBzOi8va2V5aG9sZC5leGFtcGxlIiwiZXhwIjoxODAwMDAxODAwfQ._ikCqkflHusdb1WZrR-"
    "PZDs2Pqb78kjK6VSrjG0hbT8";
// {"sub": "testuser", "exp": 1800001800} with the key "another_secret_key"
constexpr std::string_view other_key =
    "eyJzdWIiOiJ0ZXN0dXNlciIsImV4cCI6MTgwMDAwMTgwMH0.kWqHkd_KGAEM7ayGPj7gTqW7WIcKA1kyWhj-lQJs30k";
}  // namespace pyjwt

class TokensTest : public DomainTest {
protected:
    TokensTest() {
        keys.add(jose::Key::from_secret(*jose::find_algorithm("HS256"), "your_secret_key").value());
        put("testuser", "hash");
    }

    Tokens tokens(TokenRules rules = {}) { return {keys, liveness, clock, random, std::move(rules)}; }
    store::Account testuser() { return store->find_by_name_key("testuser").value(); }

    // Whom the token opens, or the code of the refusal.
    static std::string outcome(Tokens tokens, std::string_view token) {
        const auto account = tokens.authenticate(token);
        return account ? (*account)->id : std::string(account.error().row().code);
    }
    std::string minted_elsewhere(std::string_view rest, TokenRules rules = {}) {
        return outcome(tokens(std::move(rules)), std::string(pyjwt::header) + std::string(rest));
    }
    jose::VerifiedToken read(const std::string& token) { return jose::verify(token, keys, {}, clock.now()).value(); }

    jose::KeySet keys;
    Liveness liveness{*store, 1000};
};

}  // namespace

TEST_F(TokensTest, a_token_of_the_tutorials_own_server_opens_the_account_of_that_name) {
    EXPECT_EQ(minted_elsewhere(pyjwt::testuser), "id-of-testuser");
    EXPECT_EQ(minted_elsewhere(pyjwt::uid), "id-of-testuser");
}

TEST_F(TokensTest, a_token_opens_nothing_with_one_thing_changed) {
    EXPECT_EQ(minted_elsewhere(pyjwt::other_key), "token_signature");
    EXPECT_EQ(minted_elsewhere(pyjwt::no_subject), "token_claims");
    EXPECT_EQ(minted_elsewhere(pyjwt::numeric_uid), "token_claims");
    EXPECT_NE(minted_elsewhere(pyjwt::no_expiry), "id-of-testuser");
    EXPECT_EQ(minted_elsewhere(pyjwt::no_name), "token_not_live");
    EXPECT_EQ(minted_elsewhere(pyjwt::capitals), "token_not_live") << "FastAPI's app told TestUser from testuser";
    EXPECT_EQ(minted_elsewhere(pyjwt::other_uid), "token_not_live") << "the name alone does not do";
    EXPECT_EQ(outcome(tokens(), ""), "token_malformed");
}

TEST_F(TokensTest, an_issuer_is_asked_for_only_if_one_is_configured) {
    const TokenRules with_issuer{.issuer = "https://keyhold.example"};
    EXPECT_EQ(minted_elsewhere(pyjwt::issuer), "id-of-testuser");
    EXPECT_EQ(minted_elsewhere(pyjwt::issuer, with_issuer), "id-of-testuser");
    EXPECT_EQ(minted_elsewhere(pyjwt::testuser, with_issuer), "token_claims");
    EXPECT_EQ(minted_elsewhere(pyjwt::issuer, {.issuer = "https://keyhold.exampl"}), "token_claims");
}

TEST_F(TokensTest, what_was_issued_opens_its_account_until_the_second_it_expires) {
    const auto issued = tokens().issue(testuser());
    EXPECT_EQ(issued.expires_in, std::chrono::minutes(30));
    clock.advance(issued.expires_in - std::chrono::seconds(1));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "id-of-testuser");
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_expired");
}

TEST_F(TokensTest, a_token_says_who_when_until_when_and_which_it_is) {
    const auto issued =
        tokens({.lifetime = std::chrono::seconds(90), .issuer = "https://keyhold.example"}).issue(testuser());
    const auto token = read(issued.access_token);
    EXPECT_EQ(token.subject(), "testuser");
    EXPECT_EQ(token.string_claim("uid"), "id-of-testuser");
    EXPECT_EQ(token.string_claim("iss"), "https://keyhold.example");
    EXPECT_EQ(token.claims().find("iat")->integer(), 1'800'000'000);
    EXPECT_EQ(token.claims().find("exp")->integer(), 1'800'000'090);
    EXPECT_EQ(token.claims().size(), 6u) << "and jti, and nothing else";
    EXPECT_NE(token.string_claim("jti"), read(tokens().issue(testuser()).access_token).string_claim("jti"));
}

TEST_F(TokensTest, with_keys_of_our_own_the_subject_is_the_id_and_no_name_is_looked_at) {
    const TokenRules by_id{.subject = Subject::id};
    const auto issued = tokens(by_id).issue(testuser());
    const auto token = read(issued.access_token);
    EXPECT_EQ(token.subject(), "id-of-testuser");
    EXPECT_FALSE(token.claims().find("uid"));
    EXPECT_FALSE(token.claims().find("iss"));
    EXPECT_EQ(outcome(tokens(by_id), issued.access_token), "id-of-testuser");
    EXPECT_EQ(minted_elsewhere(pyjwt::testuser, by_id), "token_not_live") << "its subject is a name";
}

TEST_F(TokensTest, a_token_ends_with_its_account_and_does_not_open_the_next_of_that_name) {
    const auto issued = tokens().issue(testuser());
    ASSERT_EQ(outcome(tokens(), issued.access_token), "id-of-testuser");
    ASSERT_TRUE(store->remove("id-of-testuser"));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_not_live");
    store::Account next = {.id = "another",
                           .username = "testuser",
                           .name_key = "testuser",
                           .password_hash = "hash",
                           .disabled = false,
                           .created_at = clock.now()};
    ASSERT_TRUE(store->create(next).ok());
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_not_live");
    EXPECT_EQ(outcome(tokens(), tokens().issue(next).access_token), "another");
}

TEST_F(TokensTest, a_disabled_account_is_refused_until_it_is_enabled_again) {
    const auto issued = tokens().issue(testuser());
    ASSERT_TRUE(store->set_disabled("id-of-testuser", true));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_not_live");
    EXPECT_EQ(minted_elsewhere(pyjwt::testuser), "token_not_live");
    ASSERT_TRUE(store->set_disabled("id-of-testuser", false));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "id-of-testuser");
}

}  // namespace keyhold::domain
