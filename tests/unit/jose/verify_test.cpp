// SPDX-License-Identifier: Apache-2.0
#include "keyhold/verify.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace keyhold {
namespace {

using namespace jose::test;
using std::chrono::system_clock;

const system_clock::time_point now{std::chrono::seconds(1'300'000'000)};  // before RFC 7515's example expires

TEST(Verifier, verifies_the_rfcs_token_under_its_jwk) {
    const jose::test::Vector& vector = vector_of("RFC 7515 A.1");
    const Verifier verifier = Verifier::from_jwks(vector.jwk);
    const auto token = verifier.verify(vector.token, now);
    ASSERT_TRUE(token) << token.refusal();
    EXPECT_EQ(token.refusal(), "");
    EXPECT_EQ(token->claim("iss"), "joe");
    EXPECT_EQ(token->claim("exp"), std::nullopt);
    EXPECT_EQ(token->integer_claim("exp"), 1300819380);
    EXPECT_EQ(token->integer_claim("iss"), std::nullopt);
    EXPECT_EQ(token->claims_json(), R"({"iss":"joe","exp":1300819380,"http://example.com/is_root":true})");
    const auto late = verifier.verify(vector.token, now + std::chrono::hours(24 * 365));
    EXPECT_FALSE(late);
    EXPECT_EQ(late.refusal(), "token_expired");
    EXPECT_THROW((void)late->subject(), std::bad_optional_access);
    EXPECT_EQ(verifier.verify(vector.token).refusal(), "token_expired");  // by the system's clock
}

TEST(Verifier, passes_its_options_on) {
    const jose::test::Vector& vector = vector_of("RFC 7515 A.1");
    EXPECT_TRUE(Verifier::from_jwks(vector.jwk, {.issuer = "joe"}).verify(vector.token, now));
    EXPECT_EQ(Verifier::from_jwks(vector.jwk, {.issuer = "ann"}).verify(vector.token, now).refusal(), "token_claims");
    EXPECT_EQ(Verifier::from_jwks(vector.jwk, {.audience = "api"}).verify(vector.token, now).refusal(), "token_claims");
    const system_clock::time_point at_expiry{std::chrono::seconds(1300819380)};
    EXPECT_TRUE(Verifier::from_jwks(vector.jwk, {.leeway = std::chrono::seconds(1)}).verify(vector.token, at_expiry));
    const std::string endless = jose::issue("{}", secret_key());
    EXPECT_EQ(Verifier::from_secret(secret).verify(endless).refusal(), "token_claims");
    EXPECT_TRUE(Verifier::from_secret(secret, "HS256", {.allow_missing_expiry = true}).verify(endless));
}

TEST(Verifier, reads_an_authorization_field) {
    const jose::test::Vector& vector = vector_of("RFC 7515 A.3");
    const Verifier verifier = Verifier::from_jwks(vector.jwk);
    for (const char* scheme : {"Bearer ", "bearer ", "BEARER  "})
        EXPECT_TRUE(verifier.verify_authorization(scheme + vector.token, now)) << scheme;
    for (const std::string& field :
         {std::string(), vector.token, "Basic " + vector.token, "Bearer\t" + vector.token, " Bearer " + vector.token})
        EXPECT_EQ(verifier.verify_authorization(field, now).refusal(), "not_authenticated") << field;
    for (const std::string& field : {std::string("Bearer"), std::string("Bearer "), "Bearer " + vector.token + " "})
        EXPECT_EQ(verifier.verify_authorization(field, now).refusal(), "token_malformed") << field;
}

TEST(Verifier, a_key_that_cannot_be_used_throws_without_showing_it) {
    EXPECT_THROW((void)Verifier::from_secret(""), InvalidKey);
    EXPECT_THROW((void)Verifier::from_secret("secret", "none"), InvalidKey);
    EXPECT_THROW((void)Verifier::from_secret("secret", "RS256"), InvalidKey);
    try {
        (void)Verifier::from_jwks(R"({"kty":"oct","alg":"HS256","k":"c2hvcnQ"})");
        ADD_FAILURE() << "a weak key was taken";
    } catch (const InvalidKey& problem) {
        EXPECT_STREQ(problem.what(), "k: shorter than its algorithm asks");
    }
}

}  // namespace
}  // namespace keyhold
