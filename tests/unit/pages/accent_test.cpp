// SPDX-License-Identifier: Apache-2.0
#include "pages/accent.hpp"

#include <gtest/gtest.h>

namespace keyhold::pages {
namespace {

double contrast_of(std::string_view a, std::string_view b) { return contrast(*parse_colour(a), *parse_colour(b)); }

// Ratios as WebAIM's contrast checker gives them, rounded to two places; 21 and 1 are WCAG's own ends.
TEST(Accent, the_contrast_is_that_of_wcag) {
    EXPECT_NEAR(contrast_of("#000000", "#ffffff"), 21, 0.001);
    EXPECT_NEAR(contrast_of("#ffffff", "#ffffff"), 1, 0.001);
    EXPECT_NEAR(contrast_of("#777777", "#ffffff"), 4.48, 0.005);
    EXPECT_NEAR(contrast_of("#767676", "#ffffff"), 4.54, 0.005);
    EXPECT_NEAR(contrast_of("#0000ff", "#ffffff"), 8.59, 0.005);
    EXPECT_NEAR(contrast_of("#ff0000", "#ffffff"), 4.00, 0.005);
}

TEST(Accent, a_colour_is_six_hex_digits) {
    for (const char* text :
         {"", "#", "0b57d0", "#0b57d", "#0b57d00", "#0b57dg", "#-1-1-1", "# 1 1 1", "red", "#0b57d0 "})
        EXPECT_FALSE(parse_colour(text)) << text;
    EXPECT_EQ(text_of(*parse_colour("#0B57d0")), "#0b57d0");
}

TEST(Accent, what_cannot_be_read_on_white_is_refused_with_a_shade_that_can) {
    const auto refused = accent_style("#ffcc00");
    ASSERT_FALSE(refused);
    const std::string sentence(refused.error().detail());
    const std::string shade = sentence.substr(sentence.rfind('#'));
    EXPECT_GE(contrast_of(shade, "#ffffff"), 4.5) << sentence;
    EXPECT_TRUE(accent_style(shade)) << "what it proposes is taken";
    EXPECT_FALSE(accent_style("red"));
}

TEST(Accent, the_style_can_be_read_in_light_and_dark) {
    for (const char* colour : {"#7a0019", "#00563f", "#5b2c83", "#000000", "#0b57d0"}) {
        const auto style = accent_style(colour);
        ASSERT_TRUE(style);
        const auto value = [&](std::size_t from, const char* name) {
            return style->substr(style->find(name, from) + std::string_view(name).size(), 7);
        };
        const std::size_t dark = style->find("@media");
        EXPECT_GE(contrast_of(value(0, "--accent:"), "#ffffff"), 4.5) << *style;
        EXPECT_GE(contrast_of(value(0, "--accent:"), value(0, "--on-accent:")), 4.5) << *style;
        EXPECT_GE(contrast_of(value(dark, "--accent:"), "#15171a"), 4.5) << *style;
        EXPECT_GE(contrast_of(value(dark, "--accent:"), value(dark, "--on-accent:")), 4.5) << *style;
    }
}

}  // namespace
}  // namespace keyhold::pages
