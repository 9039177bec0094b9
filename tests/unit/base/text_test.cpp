// SPDX-License-Identifier: Apache-2.0
#include "base/text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace keyhold {
namespace {

TEST(Text, letters_of_ascii_change_their_case_and_no_others) {
    EXPECT_EQ(ascii_lower("AZ[@az_09\xC3\x84"), "az[@az_09\xC3\x84");
    EXPECT_EQ(ascii_upper("az{`AZ_09\xC3\xA4"), "AZ{`AZ_09\xC3\xA4");
    EXPECT_TRUE(equal_ignoring_case("Keyhold", "kEYHOLD"));
    EXPECT_FALSE(equal_ignoring_case("keyhold", "keyhold "));
    EXPECT_FALSE(equal_ignoring_case("@", "`"));
}

TEST(Text, words_are_joined_by_what_stands_between_them_alone) {
    EXPECT_EQ(joined(std::vector<std::string>{}, ", "), "");
    EXPECT_EQ(joined(std::vector<std::string>{"a"}, ", "), "a");
    EXPECT_EQ(joined(std::vector<std::string_view>{"a", "b", "c"}, ", "), "a, b, c");
    EXPECT_EQ(joined(std::vector<std::string>{"", "b"}, "|"), "|b");
}

TEST(Text, what_strangers_chose_is_shown_as_printable_ascii_of_a_bounded_length) {
    EXPECT_EQ(printable_ascii("Firefox 130", 256), "Firefox 130");
    EXPECT_EQ(printable_ascii("a\tb\r\nc\x7f\xE2\x80\xAE", 256), "a?b??c????");
    EXPECT_EQ(printable_ascii("abc", 2), "ab");
    EXPECT_EQ(printable_ascii("", 0), "");
}

TEST(Text, a_line_for_a_terminal_keeps_every_letter_and_loses_every_control) {
    using namespace std::string_view_literals;
    EXPECT_EQ(without_controls("Jos\xC3\xA9 \xE6\x9D\x8E"), "Jos\xC3\xA9 \xE6\x9D\x8E");
    EXPECT_EQ(without_controls("\x1b[2J\n\0\x7f"sv), "?[2J???");
    // U+0080, U+009B (which terminals read as ESC and '[') and U+009F are controls; U+00A0 and "\xE2\x82\x9B" are not.
    EXPECT_EQ(without_controls("\xC2\x80 \xC2\x9B \xC2\x9F \xC2\xA0 \xE2\x82\x9B"), "?? ?? ?? \xC2\xA0 \xE2\x82\x9B");
}

}  // namespace
}  // namespace keyhold
