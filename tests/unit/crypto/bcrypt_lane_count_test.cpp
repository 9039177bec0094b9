// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/lane_count.hpp"

#include <gtest/gtest.h>

#include "crypto/bcrypt/lanes.hpp"

namespace keyhold::crypto::bcrypt {
namespace {

TEST(BcryptLaneCount, is_what_a_threads_share_of_the_cache_holds) {
    EXPECT_EQ(lanes_that_fit({.bytes = 32 * 1024, .sharers = 1}), 6U);  // a core to itself
    EXPECT_EQ(lanes_that_fit({.bytes = 32 * 1024, .sharers = 2}), 4U);
    EXPECT_EQ(lanes_that_fit({.bytes = 48 * 1024, .sharers = 2}), 6U);
    EXPECT_EQ(lanes_that_fit({.bytes = 40 * 1024, .sharers = 2}), 5U);
    EXPECT_EQ(lanes_that_fit({.bytes = 32 * 1024, .sharers = 8}), 4U);
}

TEST(BcryptLaneCount, reads_the_kernels_lists_of_processors) {
    EXPECT_EQ(parse_processor_list("0"), 1U);
    EXPECT_EQ(parse_processor_list("0-1"), 2U);
    EXPECT_EQ(parse_processor_list("0,64"), 2U);
    EXPECT_EQ(parse_processor_list("0-3,8-11"), 8U);
    for (const char* wrong : {"", "x", "0-", "-1", "3-1", "0,,1", "0-1-2", " 0"})
        EXPECT_FALSE(parse_processor_list(wrong)) << wrong;
}

TEST(BcryptLaneCount, is_four_to_six_on_this_machine) {
    EXPECT_GE(default_lanes(), 4U);
    EXPECT_LE(default_lanes(), max_lanes);
}

}  // namespace
}  // namespace keyhold::crypto::bcrypt
