// SPDX-License-Identifier: Apache-2.0
// What token_sub and token_claims may say. What tokens then carry, tests/adopt/test_shapes.py shows on each database.
#include "domain/adoption/adopted_claims.hpp"

#include <gtest/gtest.h>

#include "domain/sessions/reserved_claims.hpp"

namespace keyhold::domain {
namespace {

using Texts = std::vector<std::string>;

}  // namespace

TEST(TokenClaims, are_columns_or_words) {
    const auto claims = parse_token_claims(Texts{"role", "user_id=id", "type:access", "aud:fastapi-users:auth"});
    ASSERT_TRUE(claims);
    ASSERT_EQ(claims->size(), 4U);
    EXPECT_EQ((*claims)[0].name + "," + (*claims)[0].column + "," + (*claims)[0].text, "role,role,");
    EXPECT_EQ((*claims)[1].name + "," + (*claims)[1].column + "," + (*claims)[1].text, "user_id,id,");
    EXPECT_EQ((*claims)[2].name + "," + (*claims)[2].column + "," + (*claims)[2].text, "type,,access");
    EXPECT_EQ((*claims)[3].name + "," + (*claims)[3].column + "," + (*claims)[3].text, "aud,,fastapi-users:auth");
    EXPECT_TRUE(parse_token_claims(Texts{}));
}

TEST(TokenClaims, take_no_claims_place_that_is_the_tokens_own) {
    for (const char* const text :
         {"sub", "sub=id", "exp=expires", "uid=id", "sid:x", "iss:x", "scope=rights", "roles", "client_id:x", "jti",
          "iat", "acr:2", "amr", "azp=client", "groups", "auth_time=last_login", "preferred_username=username"})
        EXPECT_FALSE(parse_token_claims(Texts{text})) << text;
}

TEST(TokenClaims, say_whom_a_token_is_for_by_a_word_of_the_operators_and_by_no_column) {
    EXPECT_TRUE(parse_token_claims(Texts{"aud:fastapi-users:auth"}));
    EXPECT_FALSE(parse_token_claims(Texts{"aud"}));
    EXPECT_FALSE(parse_token_claims(Texts{"aud=audience"}));
}

TEST(TokenClaims, without_a_name_or_a_value_or_twice_are_refused) {
    for (const char* const text : {"", "=id", ":word", "role=", "type:"})
        EXPECT_FALSE(parse_token_claims(Texts{text})) << text;
    EXPECT_FALSE(parse_token_claims(Texts{"role", "role=kind"}));
}

// A claim that is one of our facts from now on is reserved without a second list.
TEST(ReservedClaims, are_what_a_token_is_worth_and_every_fact_of_an_account) {
    for (const std::string_view name : {"sub", "exp", "scope", "roles", "auth_time"})
        EXPECT_TRUE(is_reserved_claim(name)) << name;
    for (const LiveClaim& fact : live_claims_of_ours) EXPECT_TRUE(is_reserved_claim(fact.name)) << fact.name;
    for (const std::string_view name : {"", "phone", "Scope", "role"}) EXPECT_FALSE(is_reserved_claim(name)) << name;
}

TEST(TokenSub, is_one_of_three_words) {
    EXPECT_EQ(parse_token_sub("username").value(), TokenSub::username);
    EXPECT_EQ(parse_token_sub("email").value(), TokenSub::email);
    EXPECT_EQ(parse_token_sub("id").value(), TokenSub::id);
    for (const char* const text : {"", "ID", "uuid", "name"}) EXPECT_FALSE(parse_token_sub(text)) << text;
}

}  // namespace keyhold::domain
