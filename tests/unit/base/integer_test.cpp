// SPDX-License-Identifier: Apache-2.0
#include "base/integer.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace keyhold {
namespace {

TEST(Integer, is_digits_and_a_minus_where_the_type_has_a_sign) {
    EXPECT_EQ(parse_integer<int>("0"), 0);
    EXPECT_EQ(parse_integer<int>("0030"), 30);
    EXPECT_EQ(parse_integer<int>("-30"), -30);
    EXPECT_EQ(parse_integer<unsigned>("30"), 30U);
    EXPECT_FALSE(parse_integer<unsigned>("-30"));
}

TEST(Integer, is_nothing_else) {
    for (const char* text : {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "10s", "ten", "--1"})
        EXPECT_FALSE(parse_integer<int>(text)) << text;
}

TEST(Integer, fits_its_type) {
    EXPECT_EQ(parse_integer<std::int64_t>("9223372036854775807"), INT64_MAX);
    EXPECT_EQ(parse_integer<std::int64_t>("-9223372036854775808"), INT64_MIN);
    EXPECT_FALSE(parse_integer<std::int64_t>("9223372036854775808"));
    EXPECT_FALSE(parse_integer<std::int64_t>("-9223372036854775809"));
}

}  // namespace
}  // namespace keyhold
