// SPDX-License-Identifier: Apache-2.0
#include "base/id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace keyhold {
namespace {

class FixedRandom final : public Random {
public:
    explicit FixedRandom(std::array<unsigned char, 10> bytes) : bytes_(bytes) {}
    void fill(std::span<unsigned char> out) override { std::copy_n(bytes_.begin(), out.size(), out.begin()); }

private:
    std::array<unsigned char, 10> bytes_;
};

// RFC 9562 appendix A.6: 2022-02-22 14:22:22.00 GMT-05:00.
TEST(Id, is_the_uuid_of_rfc_9562_a6_to_the_second) {
    FixedRandom random({0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F});
    EXPECT_EQ(make_id(Time(std::chrono::seconds(1645557742)), random), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(Id, carries_version_7_and_the_variant_whatever_the_random_bits) {
    FixedRandom ones({255, 255, 255, 255, 255, 255, 255, 255, 255, 255});
    EXPECT_EQ(make_id(Time{}, ones), "00000000-0000-7fff-bfff-ffffffffffff");
    FixedRandom zeros({});
    EXPECT_EQ(make_id(Time(std::chrono::seconds(-1)), zeros), "00000000-0000-7000-8000-000000000000");
}

}  // namespace
}  // namespace keyhold
