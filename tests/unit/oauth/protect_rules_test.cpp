// SPDX-License-Identifier: Apache-2.0
// Which paths a proxy may ask about: those that every application reads as Keyhold does.
#include "oauth/authorization/protect_rules.hpp"

#include <gtest/gtest.h>

namespace keyhold::oauth {
namespace {

TEST(PlainPath, is_decoded_and_without_its_query) {
    EXPECT_EQ(plain_path("/a/b?c=%ff"), "/a/b");
    EXPECT_EQ(plain_path("/a%20b"), "/a b");
    EXPECT_EQ(plain_path("/caf%C3%A9/%E2%82%AC/%f0%9f%97%9d"), "/caf\xc3\xa9/\xe2\x82\xac/\xf0\x9f\x97\x9d");
    EXPECT_EQ(plain_path("/caf\xc3\xa9"), "/caf\xc3\xa9");
}

// RFC 3629 §3 and §4: an overlong form, a surrogate, more than U+10FFFF, and what is cut off are no UTF-8. A decoder
// that is not strict makes '.' and '/' of the overlong ones.
TEST(PlainPath, is_none_of_what_is_no_utf8) {
    for (const char* path :
         {"/a/%c0%ae%c0%ae/admin", "/a%c0%afadmin", "/%C0%AE%C0%AE/", "/a%e0%80%afadmin", "/%e0%80%ae%e0%80%ae/admin",
          "/a%f0%80%80%afadmin", "/%ed%a0%80", "/%ed%bf%bf", "/%ed%a0%bd%ed%b8%80", "/%f4%90%80%80", "/%f8%88%80%80%af",
          "/%fc%80%80%80%80%af", "/%80", "/%ff", "/%c3", "/%e2%82", "/a\xc0\xae\xc0\xae/admin", "/a\xed\xa0\x80"})
        EXPECT_EQ(plain_path(path), "") << path;
}

TEST(PlainPath, is_none_of_what_is_read_in_two_ways) {
    for (const char* path : {"/..", "/a/../b", "/%2e%2e/", "/a%2fb", "/a%5cb", "/a\\b", "/a;b", "//a", "/a//b", "/a%00",
                             "/%zz", "/a%252e", "a"})
        EXPECT_EQ(plain_path(path), "") << path;
}

}  // namespace
}  // namespace keyhold::oauth
