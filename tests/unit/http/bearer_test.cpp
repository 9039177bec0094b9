// SPDX-License-Identifier: Apache-2.0
// RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token. All who ask for a token ask here, so that this table is theirs.
#include "http/bearer.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace keyhold::http {
namespace {

constexpr auto none = std::optional<std::string_view>();
constexpr auto malformed = std::optional<std::string_view>("");
constexpr auto good = std::optional<std::string_view>("mF_9.B5f-4.1JqM");

std::optional<std::string_view> token_of(std::initializer_list<std::string_view> values) {
    std::vector<Field> fields{{"Host", "a"}};
    for (const std::string_view value : values) fields.push_back({"authorization", value});
    Request request;
    request.fields = fields;
    return bearer_token(request);
}

TEST(BearerToken, stands_behind_the_scheme_and_a_blank_or_more) {
    for (const char* field :
         {"Bearer mF_9.B5f-4.1JqM", "bearer mF_9.B5f-4.1JqM", "bEARER mF_9.B5f-4.1JqM", "Bearer    mF_9.B5f-4.1JqM"})
        EXPECT_EQ(token_of({field}), good) << field;
    EXPECT_EQ(token_of({"Bearer a=="}), "a==");
}

// Blanks around a field are gone before (RFC 9110 §5.5): one within is for those to refuse who know such tokens.
TEST(BearerToken, is_not_cut_at_a_blank_behind_it) {
    EXPECT_EQ(token_of({"Bearer a "}), "a ");
    EXPECT_EQ(token_of({"Bearer a b"}), "a b");
    EXPECT_FALSE(is_b64token("a "));
}

// RFC 6750 §3.1: whoever "attempted using an unsupported authentication method" has shown no token.
TEST(BearerToken, of_another_scheme_is_none) {
    EXPECT_EQ(token_of({}), none);
    for (const char* field :
         {"", " ", "Basic YTpi", "mF_9.B5f-4.1JqM", "BearerX a", "Beare a", "Bearer\ta", "Bearer,a", " Bearer a"})
        EXPECT_EQ(token_of({field}), none) << field;
}

TEST(BearerToken, is_malformed_where_nothing_stands_behind_the_scheme) {
    for (const char* field : {"Bearer", "Bearer ", "bearer   "}) EXPECT_EQ(token_of({field}), malformed) << field;
}

// RFC 9110 §5.3: the field is no list, so that nobody can say which of two a proxy has looked at.
TEST(BearerToken, is_malformed_in_two_fields) {
    EXPECT_EQ(token_of({"Bearer a", "Bearer a"}), malformed);
    EXPECT_EQ(token_of({"Bearer a", "Basic YTpi"}), malformed);
    EXPECT_EQ(token_of({"Basic YTpi", "Bearer a"}), malformed);
}

TEST(BearerToken, of_strangers_consists_of_the_letters_of_a_b64token) {
    EXPECT_TRUE(is_b64token("mF_9.B5f-4.1JqM~+/=="));
    for (const char* text : {"", "=", "a=b", "a b", "a,b", "\xc3\xa9"}) EXPECT_FALSE(is_b64token(text)) << text;
}

}  // namespace
}  // namespace keyhold::http
