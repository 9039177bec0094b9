// SPDX-License-Identifier: Apache-2.0
// The colour of links and buttons, by setting: so much contrast that it can be read (WCAG 2.2 §1.4.3, §1.4.11).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace keyhold::pages {

using Colour = std::array<double, 3>;  // sRGB, 0 to 1

// "#0b57d0"; empty for anything else.
std::optional<Colour> parse_colour(std::string_view text);
std::string text_of(const Colour& colour);

// 1 to 21 (WCAG 2.2, "contrast ratio").
double contrast(const Colour& a, const Colour& b);

// A stylesheet that sets the colour for light pages, and for dark ones the lightest shade of it that can be read there.
// Refused: configuration, with the nearest shade that would do, if it cannot be read on white.
Result<std::string> accent_style(std::string_view colour);

}  // namespace keyhold::pages
