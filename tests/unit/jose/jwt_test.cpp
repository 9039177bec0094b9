// SPDX-License-Identifier: Apache-2.0
#include "jose/jwt.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "fixtures.hpp"
#include "jose/algorithm.hpp"

namespace keyhold::jose {
namespace {

using namespace test;

constexpr Time now{std::chrono::seconds(1'700'000'000)};

std::string outcome(std::string_view claims, const Expectations& expectations = {}) {
    static const KeySet keys = keys_of(secret_key());
    return code_of(verify(issue(claims, keys.signing()), keys, expectations, now));
}

TEST(Jwt, the_token_of_rfc_7519_3_1_is_valid_until_it_expires) {
    const Vector& vector = vector_of("RFC 7515 A.1");
    const KeySet keys = KeySet::parse(vector.jwk).value();
    const auto verified = verify(vector.token, keys, {}, Time(std::chrono::seconds(1300819379)));
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->string_claim("iss"), "joe");
    EXPECT_EQ(verified->claims().find("http://example.com/is_root")->boolean(), true);
    EXPECT_EQ(verified->subject(), "");
    EXPECT_EQ(verified->key().algorithm().name, "HS256");
    EXPECT_EQ(code_of(verify(vector.token, keys, {}, Time(std::chrono::seconds(1300819380)))), "token_expired");
}

TEST(Jwt, what_is_issued_says_alg_typ_and_kid) {
    const std::string token = issue(R"({"sub":"bob","exp":1700000001})", secret_key("k1"), "at+jwt");
    EXPECT_EQ(base64url::decode(token.substr(0, token.find('.'))), R"({"alg":"HS256","typ":"at+jwt","kid":"k1"})");
    const KeySet keys = keys_of(secret_key("k1"));
    const auto verified = verify(token, keys, {}, now);
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->subject(), "bob");
}

TEST(Jwt, a_token_that_expires_now_is_expired) {
    EXPECT_EQ(outcome(R"({"exp":1700000001})"), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1700000000})"), "token_expired");
    EXPECT_EQ(outcome(R"({"exp":1700000000.5})"), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1699999999.5})"), "token_expired");
    EXPECT_EQ(outcome(R"({"exp":0})"), "token_expired");
    EXPECT_EQ(outcome(R"({"exp":-1})"), "token_expired");
    EXPECT_EQ(outcome(R"({"exp":1e300})"), "accepted");
    EXPECT_EQ(outcome(R"({"exp":99999999999999999999})"), "accepted");
}

TEST(Jwt, an_issuer_whose_clock_is_ahead_is_borne_with_and_no_token_lives_longer_for_that) {
    Expectations expectations;
    expectations.issuer_ahead = std::chrono::seconds(60);
    EXPECT_EQ(outcome(R"({"exp":1700000100,"iat":1700000060,"nbf":1700000060})", expectations), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1700000100,"iat":1700000061})", expectations), "token_not_yet_valid");
    EXPECT_EQ(outcome(R"({"exp":1700000100,"nbf":1700000061})", expectations), "token_not_yet_valid");
    EXPECT_EQ(outcome(R"({"exp":1700000000})", expectations), "token_expired");
}

TEST(Jwt, leeway_stretches_both_ends) {
    Expectations expectations;
    expectations.leeway = std::chrono::seconds(10);
    EXPECT_EQ(outcome(R"({"exp":1699999991})", expectations), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1699999990})", expectations), "token_expired");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"nbf":1700000010})", expectations), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"nbf":1700000011})", expectations), "token_not_yet_valid");
}

TEST(Jwt, a_token_from_the_future_is_not_yet_valid) {
    EXPECT_EQ(outcome(R"({"exp":1800000000,"nbf":1700000000,"iat":1700000000})"), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"nbf":1700000000.5})"), "token_not_yet_valid");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"nbf":1700000001})"), "token_not_yet_valid");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"iat":1700000001})"), "token_not_yet_valid");
}

TEST(Jwt, a_token_without_exp_is_refused_unless_that_is_allowed) {
    EXPECT_EQ(outcome(R"({"sub":"bob"})"), "token_claims");
    Expectations expectations;
    expectations.expiry_required = false;
    EXPECT_EQ(outcome(R"({"sub":"bob"})", expectations), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1700000000})", expectations), "token_expired");
}

TEST(Jwt, times_are_numbers) {
    for (const char* claims :
         {R"({"exp":"1800000000"})", R"({"exp":null})", R"({"exp":true})", R"({"exp":[1800000000]})",
          R"({"exp":1800000000,"nbf":"0"})", R"({"exp":1800000000,"nbf":null})", R"({"exp":1800000000,"iat":{}})"})
        EXPECT_EQ(outcome(claims), "token_claims") << claims;
    EXPECT_EQ(outcome(R"({"exp":1e400})"), "token_malformed");  // no finite number
}

TEST(Jwt, iss_sub_and_jti_are_strings) {
    EXPECT_EQ(outcome(R"({"exp":1800000000,"iss":"i","sub":"s","jti":"j"})"), "accepted");
    for (const char* claims : {R"({"exp":1800000000,"iss":1})", R"({"exp":1800000000,"sub":7})",
                               R"({"exp":1800000000,"sub":null})", R"({"exp":1800000000,"jti":["j"]})"})
        EXPECT_EQ(outcome(claims), "token_claims") << claims;
}

TEST(Jwt, the_issuer_must_be_there_and_be_the_one_expected) {
    Expectations expectations;
    expectations.issuer = "https://a.example";
    EXPECT_EQ(outcome(R"({"exp":1800000000,"iss":"https://a.example"})", expectations), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"iss":"https://a.example/"})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"iss":"https://A.example"})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"iss":""})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000})", expectations), "token_claims");
}

// RFC 7519 §4.1.3.
TEST(Jwt, the_audience_must_be_there_and_hold_the_one_expected) {
    Expectations expectations;
    expectations.audience = "api";
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":"api"})", expectations), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":["other","api"]})", expectations), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1800000000})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":"api2"})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":"ap"})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":[]})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":["other"]})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":["api",1]})", expectations), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":{"api":1}})", expectations), "token_claims");
}

TEST(Jwt, a_token_for_an_audience_is_refused_by_a_reader_without_a_name) {
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":"api"})"), "token_claims");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":[]})"), "token_claims");
    Expectations expectations;
    expectations.audience_ignored = true;
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":"api"})", expectations), "accepted");
    EXPECT_EQ(outcome(R"({"exp":1800000000,"aud":1})", expectations), "token_claims");
}

TEST(Jwt, claims_are_one_json_object_without_duplicate_names) {
    for (const char* claims :
         {"", "[]", "null", "\"x\"", "1", R"({"exp":1800000000)", R"({"exp":1800000000,"exp":1800000000})",
          R"({"exp":1,"exp":1800000000})", R"({"exp":1800000000,"\u0065xp":1})", R"({"exp":1800000000} {})",
          "{\"exp\":1800000000,\"sub\":\"\xFF\"}"})
        EXPECT_EQ(outcome(claims), "token_malformed") << claims;
}

TEST(Jwt, the_signature_is_looked_at_before_the_claims) {
    const KeySet keys = keys_of(secret_key());
    std::string token = issue(R"({"exp":1})", keys.signing());
    EXPECT_EQ(code_of(verify(token, keys, {}, now)), "token_expired");
    token.back() = token.back() == 'A' ? 'E' : 'A';
    EXPECT_EQ(code_of(verify(token, keys, {}, now)), "token_signature");
}

TEST(Jwt, a_payload_that_is_not_canonical_base64url_is_refused) {
    // Signed as it stands: only the decoder can object.
    const KeySet keys = keys_of(secret_key());
    const std::string header = base64url::encode(R"({"alg":"HS256"})");
    const std::string claims = base64url::encode(R"({"exp":1800000000})");  // 18 bytes: no bits are left over
    const auto with_payload = [&](const std::string& payload) {
        const std::string input = header + "." + payload;
        return code_of(verify(input + "." + base64url::encode(keys.signing().sign(input)), keys, {}, now));
    };
    EXPECT_EQ(with_payload(claims), "accepted");
    EXPECT_EQ(with_payload(claims + "="), "token_malformed");
    EXPECT_EQ(with_payload(claims + "A"), "token_malformed");
    EXPECT_EQ(with_payload(claims + "\n"), "token_malformed");
    EXPECT_EQ(with_payload(claims.substr(0, claims.size() - 1) + "+"), "token_malformed");
    EXPECT_EQ(with_payload(base64url::encode(R"({"exp":1800000000 })").substr(0, 25) + "R"), "token_malformed");
}

TEST(Jwt, a_refusal_says_why_to_the_operator_and_nothing_to_the_wire) {
    const KeySet keys = keys_of(secret_key());
    const std::string token = issue(R"({"exp":1})", keys.signing());
    EXPECT_EQ(verify(token, keys, {}, now).error().detail(), "Could not validate credentials");
    EXPECT_EQ(explain(token, keys, {}, now).error().detail(), "The token has expired (exp)");
}

TEST(Jwt, tokens_can_be_held_many_at_a_time_and_given_to_other_threads) {
    const KeySet keys = keys_of(secret_key());
    std::vector<VerifiedToken> held;
    for (int i = 0; i < 20; ++i) {
        const std::string claims = R"({"exp":1800000000,"sub":"user)" + std::to_string(i) + "\"}";
        held.push_back(verify(issue(claims, keys.signing()), keys, {}, now).value());
    }
    for (std::size_t i = 0; i < held.size(); ++i) EXPECT_EQ(held[i].subject(), "user" + std::to_string(i));
    std::thread([moved = std::move(held)]() mutable { moved.clear(); }).join();
    const auto after = verify(issue(R"({"exp":1800000000,"sub":"x"})", keys.signing()), keys, {}, now);
    EXPECT_EQ(after->subject(), "x");
}

TEST(Jwt, threads_verify_with_the_same_keys_at_once) {
    const KeySet keys = keys_of(secret_key());
    std::vector<std::thread> threads;
    std::atomic<int> accepted = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                const std::string subject = std::to_string(t) + "/" + std::to_string(i);
                const auto token = issue(R"({"exp":1800000000,"sub":")" + subject + "\"}", keys.signing());
                const auto verified = verify(token, keys, {}, now);
                if (verified && verified->subject() == subject) ++accepted;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(accepted, 800);
}

}  // namespace
}  // namespace keyhold::jose
