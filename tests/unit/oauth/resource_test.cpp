// SPDX-License-Identifier: Apache-2.0
// Resource indicators (RFC 8707).
#include "oauth/resource.hpp"

#include <gtest/gtest.h>

namespace keyhold::oauth {
namespace {

TEST(Resource, is_the_one_that_tokens_are_for) {
    EXPECT_FALSE(wrong_resource("https://api.example.com/notes", "https://api.example.com/notes"));
    EXPECT_FALSE(wrong_resource("urn:example:notes", "urn:example:notes"));
    EXPECT_FALSE(wrong_resource("https://api.example.com/", "https://api.example.com"));
    EXPECT_FALSE(wrong_resource("https://api.example.com", "https://api.example.com/"));
}

TEST(Resource, is_no_other_one) {
    for (const char* other :
         {"https://api.example.com/notes/", "https://api.example.com/notes?a=b", "https://api.example.com/Notes",
          "http://api.example.com/notes", "https://api.example.com", "https://api.example.com.evil.example/notes"})
        EXPECT_TRUE(wrong_resource(other, "https://api.example.com/notes")) << other;
    EXPECT_TRUE(wrong_resource("https://api.example.com", "")) << "tokens under a secret are for nobody";
    EXPECT_TRUE(wrong_resource("", ""));
}

TEST(Resource, is_an_absolute_uri_without_a_fragment) {
    for (const char* wrong :
         {"notes-api", "/notes", "//api.example.com/", "https:", ":x", "1a:b", "a b:c", "https://api.example.com/a b",
          "https://api.example.com/\xc3\xa9", "https://api.example.com/\n"})
        EXPECT_EQ(wrong_resource(wrong, wrong), "resource has to be an absolute URI") << wrong;
    EXPECT_EQ(wrong_resource("https://api.example.com/#a", "https://api.example.com/#a"),
              "resource has to be a URI without a fragment");
}

}  // namespace
}  // namespace keyhold::oauth
