// SPDX-License-Identifier: Apache-2.0
// RFC 3986 §2.1 and §2.3.
#include "base/percent_encoding.hpp"

#include <gtest/gtest.h>

namespace keyhold {
namespace {

TEST(PercentEncoding, leaves_letters_digits_and_the_marks_that_are_named) {
    EXPECT_EQ(percent_encoded("azAZ09-._~", unreserved_marks), "azAZ09-._~");
    for (const char c : std::string_view("azAZ09-._~")) EXPECT_TRUE(is_unreserved(c)) << c;
    for (const char c : std::string_view("`{@[/:+!%\xC3")) EXPECT_FALSE(is_unreserved(c)) << c;  // neighbours in ASCII
    EXPECT_EQ(percent_encoded("/a b+%\xC3\xA4", unreserved_marks), "%2Fa%20b%2B%25%C3%A4");
    EXPECT_EQ(percent_encoded("/~", unreserved_marks_and_slash), "/~");
    EXPECT_EQ(percent_encoded(std::string_view("\0\xff", 2), ""), "%00%FF");
}

TEST(PercentEncoding, is_read_in_either_case) {
    EXPECT_EQ(percent_decoded("%c3%A4b"),
              "\xC3\xA4"
              "b");
    EXPECT_EQ(percent_decoded("a+b"), "a+b");
    EXPECT_EQ(percent_decoded("a+b", ' '), "a b");
    EXPECT_EQ(percent_decoded(""), "");
}

TEST(PercentEncoding, is_refused_without_two_digits) {
    for (const char* text : {"%", "a%", "%2", "a%2", "%zz", "%2z", "%z2", "%%20", "% 20"})
        EXPECT_EQ(percent_decoded(text), std::nullopt) << text;
}

}  // namespace
}  // namespace keyhold
