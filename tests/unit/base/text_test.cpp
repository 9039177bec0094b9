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

}  // namespace
}  // namespace keyhold
