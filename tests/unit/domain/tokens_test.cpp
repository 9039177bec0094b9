// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/tokens.hpp"

#include <gtest/gtest.h>

#include "fixture.hpp"
#include "jose/algorithm.hpp"
#include "jose/errors.hpp"
#include "store/database/restore.hpp"

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
// {"sub": "testuser", "uid": "00000000-0000-7000-8000-a0e46109d0f2", "exp": 1800001800}
constexpr std::string_view uid =
    "eyJzdWIiOiJ0ZXN0dXNlciIsInVpZCI6IjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLWEwZTQ2MTA5ZDBmMiIsImV4cCI6MTgwMDAw"
    "MTgwMH0.Ojs9xWT6-dRNdy4gJTO6MLyTofWImdWJowPHgtwD70k";
// {"sub": "testuser", "sid": "00000000-0000-7000-8000-000000005e55", "exp": 1800001800}
constexpr std::string_view sid =
    "eyJzdWIiOiJ0ZXN0dXNlciIsInNpZCI6IjAwMDAwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwNWU1NSIsImV4cCI6MTgwMDAw"
    "MTgwMH0.n3bR1_QwgiV5KlBponjRDH74sQBTM7ZkdUHb6bRWwEw";
// {"sub": "testuser", "sid": 7, "exp": 1800001800}
constexpr std::string_view numeric_sid =
    "eyJzdWIiOiJ0ZXN0dXNlciIsInNpZCI6NywiZXhwIjoxODAwMDAxODAwfQ.e1HmXtJtffFLfHZEjd4cwHlitJnfHRFcMepsRkOFY"
    "bw";
// {"sub": "testuser", "sid": "x", "exp": 1800001800}
constexpr std::string_view odd_sid =
    "eyJzdWIiOiJ0ZXN0dXNlciIsInNpZCI6IngiLCJleHAiOjE4MDAwMDE4MDB9.-4VocRmGvj_8BE3f88NOjoRM6Q8f-RGFCv2haq-"
    "N1gI";
// {"sub": "ann", "sid": the same, "exp": 1800001800}
constexpr std::string_view anothers_sid =
    "eyJzdWIiOiJhbm4iLCJzaWQiOiIwMDAwMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDVlNTUiLCJleHAiOjE4MDAwMDE4MDB9"
    ".V-93F-odmFIugZvd4cStFjgAp7ahsM8NDtl_jJYrFQA";
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
    TokensTest() { put("testuser", "hash"); }

    // Under the secret; own_tokens() under a key of our own, with the secret still accepted.
    Tokens tokens(TokenRules rules = {}) { return {secret_keys, liveness, clock, random, std::move(rules)}; }
    Tokens own_tokens() {
        own_keys.reload();
        return {own_keys, liveness, clock, random, {.issuer = "https://auth.example"}};
    }
    static jose::Key secret() {
        return jose::Key::from_secret(*jose::find_algorithm("HS256"), "your_secret_key").value();
    }
    static store::Subject testuser() { return {.id = *parse_id(id_of("testuser")), .username = "testuser"}; }
    // Issued in a session of its own.
    IssuedToken issue_to(const std::string& name, TokenRules rules = {}) {
        const auto account = stores.accounts->find_by_name_key(name).value();
        const auto session = sessions.start(account, {}).value();
        return tokens(std::move(rules)).issue({subject_of(account), session.id, session.ends_at, {}}).value();
    }

    // Whom the token opens, or the code of the refusal.
    static std::string outcome(Tokens&& tokens, std::string_view token) { return outcome(tokens, token); }
    static std::string outcome(Tokens& tokens, std::string_view token) {
        const auto account = tokens.authenticate(token);
        return account ? to_text(account->account->id) : std::string(account.error().row().code);
    }
    std::string minted_elsewhere(std::string_view rest, TokenRules rules = {}) {
        return outcome(tokens(std::move(rules)), std::string(pyjwt::header) + std::string(rest));
    }
    // Of {"sub":"testuser","exp":in an hour, ...} under the secret.
    std::string of_application(const std::string& more, TokenRules rules = {}) {
        rules.old.lifetime = std::chrono::hours(1);
        const std::int64_t expires = clock.now().time_since_epoch().count() + 3600;
        const std::string claims = R"({"sub":"testuser","exp":)" + std::to_string(expires) + "," + more + "}";
        return outcome(tokens(std::move(rules)), jose::issue(claims, secret()));
    }
    jose::VerifiedToken read(const std::string& token) {
        return jose::verify(token, secret_keys.verifying(clock.now()), {}, clock.now()).value();
    }

    SigningKeys secret_keys{secret()};
    KeyRing ring{*stores.keys, KeySealer({Secret(std::string_view("material")), Secret()}), clock, random, {}};
    SigningKeys own_keys{ring, secret(), 1024, [](std::string_view) {}};
    Liveness liveness{stores, clock};
};

}  // namespace

TEST_F(TokensTest, an_account_is_recalled_by_the_token_of_a_live_session_that_was_shown_before) {
    const std::string token = issue_to("testuser").access_token;
    EXPECT_FALSE(tokens().recall_account(token));
    ASSERT_TRUE(tokens().authenticate(token).ok());
    EXPECT_EQ(to_text(tokens().recall_account(token).value()), id_of("testuser"));
    EXPECT_FALSE(tokens().recall_account(token + "x"));
    EXPECT_FALSE(tokens().recall_account(""));
    // A token without a session, though it opens the account.
    EXPECT_FALSE(tokens().recall_account(std::string(pyjwt::header) + std::string(pyjwt::testuser)));
    clock.advance(std::chrono::hours(1));
    EXPECT_FALSE(tokens().recall_account(token));
}

TEST_F(TokensTest, a_token_of_the_tutorials_own_server_opens_the_account_of_that_name) {
    EXPECT_EQ(minted_elsewhere(pyjwt::testuser), id_of("testuser"));
    EXPECT_EQ(minted_elsewhere(pyjwt::uid), id_of("testuser"));
}

TEST_F(TokensTest, a_token_opens_nothing_with_one_thing_changed) {
    EXPECT_EQ(minted_elsewhere(pyjwt::other_key), "token_signature");
    EXPECT_EQ(minted_elsewhere(pyjwt::no_subject), "token_claims");
    EXPECT_EQ(minted_elsewhere(pyjwt::numeric_uid), "token_claims");
    EXPECT_NE(minted_elsewhere(pyjwt::no_expiry), id_of("testuser"));
    EXPECT_EQ(minted_elsewhere(pyjwt::no_name), "token_not_live");
    EXPECT_EQ(minted_elsewhere(pyjwt::capitals), "token_not_live") << "FastAPI's app told TestUser from testuser";
    EXPECT_EQ(minted_elsewhere(pyjwt::other_uid), "token_not_live") << "the name alone does not do";
    EXPECT_EQ(outcome(tokens(), ""), "token_malformed");
}

TEST_F(TokensTest, an_issuer_is_asked_for_only_if_one_is_configured) {
    const TokenRules with_issuer{.secret_issuer = "https://keyhold.example"};
    EXPECT_EQ(minted_elsewhere(pyjwt::issuer), id_of("testuser"));
    EXPECT_EQ(minted_elsewhere(pyjwt::issuer, with_issuer), id_of("testuser"));
    EXPECT_EQ(minted_elsewhere(pyjwt::testuser, with_issuer), "token_claims");
    EXPECT_EQ(minted_elsewhere(pyjwt::issuer, {.secret_issuer = "https://keyhold.exampl"}), "token_claims");
}

TEST_F(TokensTest, what_was_issued_opens_its_account_until_the_second_it_expires) {
    const auto issued = issue_to("testuser");
    EXPECT_EQ(issued.expires_in, std::chrono::minutes(30));
    clock.advance(issued.expires_in - std::chrono::seconds(1));
    EXPECT_EQ(outcome(tokens(), issued.access_token), id_of("testuser"));
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_expired");
}

TEST_F(TokensTest, a_token_says_who_when_until_when_and_which_it_is) {
    const auto issued =
        issue_to("testuser", {.lifetime = std::chrono::seconds(90), .secret_issuer = "https://keyhold.example"});
    const auto token = read(issued.access_token);
    EXPECT_EQ(token.subject(), "testuser");
    EXPECT_EQ(token.string_claim("uid"), id_of("testuser"));
    EXPECT_EQ(token.string_claim("iss"), "https://keyhold.example");
    EXPECT_EQ(token.claims().find("iat")->integer(), 1'800'000'000);
    EXPECT_EQ(token.claims().find("exp")->integer(), 1'800'000'090);
    EXPECT_TRUE(parse_id(token.string_claim("sid").value()));
    EXPECT_EQ(token.claims().size(), 7u) << "and jti, and nothing else";
    EXPECT_NE(token.string_claim("jti"), read(issue_to("testuser").access_token).string_claim("jti"));
}

// RFC 9068 §2.2.
TEST_F(TokensTest, with_keys_of_our_own_a_token_is_an_access_token_of_rfc_9068) {
    ring.begin();
    Tokens own = own_tokens();
    const auto session = sessions.start(store->find_by_name_key("testuser").value(), {}).value();
    const auto issued = own.issue({testuser(), session.id, session.ends_at, {}}).value();
    const auto claims = own.live_claims(issued.access_token);
    ASSERT_TRUE(claims);
    const auto claim = [&](std::string_view name) {
        for (const auto& [found, json] : claims->claims)
            if (found == name) return json;
        return std::string("absent");
    };
    EXPECT_EQ(claim("sub"), '"' + id_of("testuser") + '"');
    EXPECT_EQ(claim("iss"), "\"https://auth.example\"");
    EXPECT_EQ(claim("aud"), "\"https://auth.example\"");
    EXPECT_EQ(claim("client_id"), "\"keyhold\"");
    EXPECT_EQ(claim("uid"), "absent");
    EXPECT_EQ(outcome(own, issued.access_token), id_of("testuser"));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_key_unknown");
}

TEST_F(TokensTest, the_secrets_tokens_stay_good_when_keys_of_our_own_sign) {
    ring.begin();
    const auto issued = issue_to("testuser");
    EXPECT_EQ(outcome(own_tokens(), issued.access_token), id_of("testuser"));
    EXPECT_EQ(outcome(own_tokens(), std::string(pyjwt::header) + std::string(pyjwt::testuser)), id_of("testuser"));
}

// RFC 9068 §4: another `typ` under the same key is no access token.
TEST_F(TokensTest, of_our_own_keys_tokens_only_access_tokens_for_us_are_accepted) {
    ring.begin();
    Tokens own = own_tokens();
    const std::string exp = R"("exp":1800001800,"sub":")" + id_of("testuser") + R"(")";
    const auto made = [&](const std::string& more, std::string_view typ) {
        return jose::issue("{" + exp + more + "}", own_keys.signing(clock.now()), typ);
    };
    const std::string ours = R"(,"iss":"https://auth.example","aud":"https://auth.example")";
    EXPECT_EQ(outcome(own, made(ours, "at+jwt")), id_of("testuser"));
    EXPECT_EQ(outcome(own, made(ours, "application/AT+JWT")), id_of("testuser"));
    EXPECT_EQ(outcome(own, made(ours, "JWT")), "token_claims");
    EXPECT_EQ(outcome(own, made(R"(,"iss":"https://auth.example")", "at+jwt")), "token_claims");
    EXPECT_EQ(outcome(own, made(R"(,"iss":"https://auth.example","aud":"another")", "at+jwt")), "token_claims");
    EXPECT_EQ(outcome(own, made(R"(,"iss":"another","aud":"https://auth.example")", "at+jwt")), "token_claims");
}

TEST_F(TokensTest, a_key_that_was_dropped_by_another_process_is_gone_before_the_next_token_is_read) {
    ring.begin();
    liveness.on_keys_changed([this] { own_keys.reload(); });
    Tokens own = own_tokens();
    const auto session = sessions.start(store->find_by_name_key("testuser").value(), {}).value();
    const auto issued = own.issue({testuser(), session.id, session.ends_at, {}}).value();
    ASSERT_EQ(outcome(own, issued.access_token), id_of("testuser"));
    const auto elsewhere = store::open_stores(url, {}).value();
    KeyRing other(*elsewhere.keys, KeySealer({Secret(std::string_view("material")), Secret()}), clock, random, {});
    ASSERT_TRUE(other.drop(own_keys.signing(clock.now()).kid()).ok());
    const auto after = own.issue({testuser(), session.id, session.ends_at, {}}).value();
    EXPECT_EQ(outcome(own, after.access_token), id_of("testuser")) << "not signed by the dropped key";
    EXPECT_EQ(outcome(own, issued.access_token), "token_key_unknown");
    const auto next = own.issue({testuser(), session.id, session.ends_at, {}}).value();
    EXPECT_EQ(outcome(own, next.access_token), id_of("testuser"));
}

TEST_F(TokensTest, a_token_ends_with_its_account_and_does_not_open_the_next_of_that_name) {
    const auto issued = issue_to("testuser");
    ASSERT_EQ(outcome(tokens(), issued.access_token), id_of("testuser"));
    ASSERT_TRUE(stores.accounts->remove(id_of("testuser"), "x", clock.now()));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_not_live");
    store::Account next = {.id = id_of("another"),
                           .username = "testuser",
                           .name_key = "testuser",
                           .password_hash = "hash",
                           .disabled = false,
                           .created_at = clock.now()};
    ASSERT_TRUE(stores.accounts->create(next).ok());
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_not_live");
    EXPECT_EQ(outcome(tokens(), issue_to("testuser").access_token), id_of("another"));
}

// Each lever that ends sessions ends what the application issued until then, to the second.
TEST_F(TokensTest, a_token_of_no_session_ends_with_whatever_ends_sessions) {
    const std::string id = id_of("testuser");
    store::AccountStore& accounts = *stores.accounts;
    const auto change_password = [&](std::int64_t generation) {
        return accounts.set_password({.id = id,
                                      .generation = generation,
                                      .hash = "another",
                                      .keep_session = {},
                                      .reason = "x",
                                      .now = clock.now()});
    };
    const std::vector<std::pair<const char*, std::function<bool()>>> levers{
        {"a new password", [&] { return change_password(0); }},
        {"another new password", [&] { return change_password(1); }},
        {"log out everywhere", [&] { return stores.sessions->end_all({id}, "x", clock.now()) == 0; }},
        {"log out everywhere else",
         [&] {
             return stores.sessions->end_all({id, "s"}, "x", clock.now()) == 0;
         }},
        {"log out with such a token", [&] { return sessions.end_tokens(id), true; }},
        {"disabling", [&] {
             return accounts.set_disabled(id, true, "x", clock.now()) &&
                    accounts.set_disabled(id, false, "", clock.now());
         }}};
    for (const auto& [what, lever] : levers) {
        const std::string issued_now = R"("iat":)" + std::to_string(clock.now().time_since_epoch().count());
        EXPECT_EQ(of_application(issued_now), id) << what;
        ASSERT_TRUE(lever()) << what;
        EXPECT_EQ(of_application(issued_now), "token_not_live") << what << ", in the same second";
        clock.advance(std::chrono::seconds(1));
        EXPECT_EQ(of_application(issued_now), "token_not_live") << what;
        EXPECT_EQ(of_application(R"("jti":"without iat")"), id) << what;
    }
}

TEST_F(TokensTest, an_application_whose_clock_is_ahead_gains_nothing_by_it) {
    Tokens one = tokens();
    const std::string ahead = jose::issue(R"({"sub":"testuser","iat":1800000004,"exp":1800001800})", secret());
    EXPECT_EQ(outcome(one, ahead), id_of("testuser"));
    ASSERT_EQ(stores.sessions->end_all({id_of("testuser")}, "x", clock.now()), 0);
    clock.advance(std::chrono::seconds(6));
    EXPECT_EQ(outcome(one, ahead), "token_not_live") << "it was issued before, though it says later";
}

TEST_F(TokensTest, a_token_of_the_owner_before_does_not_open_an_account_of_the_same_name) {
    const std::string before = R"("iat":1799999999)", at_once = R"("iat":1800000000)", later = R"("iat":1800000001)";
    ASSERT_TRUE(stores.accounts->remove(id_of("testuser"), "x", clock.now()));
    store::Account next{.id = id_of("another"),
                        .username = "testuser",
                        .name_key = "testuser",
                        .password_hash = "hash",
                        .disabled = false,
                        .created_at = clock.now()};
    next.tokens_valid_from = clock.now();
    ASSERT_TRUE(stores.accounts->create(next).ok());
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(of_application(before), "token_not_live");
    EXPECT_EQ(of_application(at_once), "token_not_live") << "of the second in which the name changed hands";
    EXPECT_EQ(of_application(later), id_of("another"));
}

TEST_F(TokensTest, whoever_registers_and_logs_in_at_the_application_within_a_second_is_let_in) {
    store::Account next{.id = id_of("cat"),
                        .username = "cat",
                        .name_key = "cat",
                        .password_hash = "hash",
                        .disabled = false,
                        .created_at = clock.now()};
    next.tokens_valid_from = clock.now();
    ASSERT_TRUE(stores.accounts->create(next).ok());
    EXPECT_EQ(outcome(tokens(), jose::issue(R"({"sub":"cat","iat":1800000000,"exp":1800001800})", secret())),
              id_of("cat"));
    EXPECT_EQ(outcome(tokens(), jose::issue(R"({"sub":"cat","iat":1799999999,"exp":1800001700})", secret())),
              "token_not_live");
}

TEST_F(TokensTest, what_the_application_signs_besides_access_tokens_is_refused_and_said_once) {
    std::vector<std::string> said;
    Tokens reader(secret_keys, liveness, clock, random, {}, [&](const std::string& text) { said.push_back(text); });
    // The full-stack template's generate_password_reset_token().
    const auto reset = jose::issue(R"({"exp":1800001800,"nbf":1800000000,"sub":"testuser"})", secret());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(reader.authenticate(reset).error().row().code, "token_claims");
    ASSERT_EQ(said.size(), 1u);
    EXPECT_NE(said[0].find("\"nbf\""), std::string::npos) << said[0];
    const auto good = R"({"exp":1800001800,"sub":"testuser"})";
    EXPECT_TRUE(reader.authenticate(jose::issue(good, secret())).ok());
    EXPECT_TRUE(reader.authenticate(jose::issue(good, secret(), "at+JWT")).ok());
    EXPECT_FALSE(reader.authenticate(jose::issue(good, secret(), "refresh+jwt")).ok());
    // Ours belong to a session, whatever they say besides.
    EXPECT_TRUE(reader.authenticate(issue_to("testuser").access_token).ok());
}

// Liveness knows sessions; these belong to none, so a restored database cannot say whether they are over.
TEST_F(TokensTest, a_token_of_no_session_from_before_a_restore_is_refused) {
    const auto authenticate = [&](std::string_view token, std::int64_t restored_at) {
        EXPECT_TRUE(store::end_what_was(url, {}, Time(std::chrono::seconds(restored_at))).ok());
        return tokens().authenticate(std::string(pyjwt::header).append(token));
    };
    EXPECT_TRUE(tokens().authenticate(std::string(pyjwt::header).append(pyjwt::testuser)).ok());
    // It does not say when it was issued: with a lifetime of 30 minutes, at the earliest at 1800000000.
    EXPECT_TRUE(authenticate(pyjwt::testuser, 1'799'999'999).ok());
    const auto refused = authenticate(pyjwt::testuser, 1'800'000'000);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::token_not_live);
}

TEST_F(TokensTest, a_disabled_account_is_refused_until_it_is_enabled_again) {
    const auto issued = issue_to("testuser");
    ASSERT_TRUE(stores.accounts->set_disabled(id_of("testuser"), true, "x", clock.now()));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_not_live");
    EXPECT_EQ(minted_elsewhere(pyjwt::testuser), "token_not_live");
    ASSERT_TRUE(stores.accounts->set_disabled(id_of("testuser"), false, "", clock.now()));
    EXPECT_EQ(minted_elsewhere(pyjwt::testuser), "token_not_live") << "it is from before";
    clock.advance(std::chrono::seconds(1));
    EXPECT_EQ(of_application(R"("iat":1800000001)"), id_of("testuser"));
    EXPECT_EQ(outcome(tokens(), issued.access_token), "token_not_live") << "its session has ended";
}

TEST_F(TokensTest, a_token_of_a_session_opens_it_while_it_lives_and_only_for_its_own_account) {
    store::Session session{.id = "00000000-0000-7000-8000-000000005e55",
                           .account_id = id_of("testuser"),
                           .device = "",
                           .address = "",
                           .created_at = clock.now(),
                           .last_used_at = clock.now(),
                           .ends_at = clock.now() + std::chrono::hours(1),
                           .ended = {},
                           .end_reason = "",
                           .refresh_digest = "",
                           .family_key = "",
                           .rotations = ""};
    ASSERT_TRUE(stores.sessions->create(session, 0).ok());
    EXPECT_EQ(minted_elsewhere(pyjwt::sid), id_of("testuser"));
    EXPECT_EQ(minted_elsewhere(pyjwt::anothers_sid), "token_claims");
    EXPECT_EQ(minted_elsewhere(pyjwt::numeric_sid), "token_claims");
    EXPECT_EQ(minted_elsewhere(pyjwt::odd_sid), "token_not_live");
    ASSERT_TRUE(sessions.end(session.id, logged_out).ok());
    EXPECT_EQ(minted_elsewhere(pyjwt::sid), "token_not_live");
}

TEST_F(TokensTest, no_token_outlives_its_session) {
    const auto issued = tokens().issue({testuser(), id_of("s"), clock.now() + std::chrono::seconds(5), {}}).value();
    EXPECT_EQ(issued.expires_in, std::chrono::seconds(5));
}

}  // namespace keyhold::domain
