// SPDX-License-Identifier: Apache-2.0
// A value that is replaced while others read it.
#include "base/replaceable.hpp"

#include <gtest/gtest.h>

#include <string>

namespace keyhold {
namespace {

TEST(Replaceable, readers_see_the_newest_value_and_what_they_hold_stays_as_it_was) {
    Replaceable<std::string> value("a value that is too long for the string's own buffer");
    const std::string& held = value.get();
    value.replace("another");
    EXPECT_EQ(value.get(), "another");
    EXPECT_EQ(held, "a value that is too long for the string's own buffer");
}

}  // namespace
}  // namespace keyhold
