// SPDX-License-Identifier: Apache-2.0
#include "pages/accent.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace keyhold::pages {
namespace {

constexpr double readable = 4.5;  // of text, also on a button (§1.4.3)
constexpr Colour white{1, 1, 1}, black{0, 0, 0};
constexpr Colour dark_ground{0x15 / 255.0, 0x17 / 255.0, 0x1a / 255.0};  // --ground of web/pages/style.css

// "Relative luminance", WCAG 2.2.
double luminance(const Colour& colour) {
    // sRGB's own curve (IEC 61966-2-1), as WCAG defines it.
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}

// So much of the way from one colour to another one.
Colour mixed(const Colour& from, const Colour& to, double part) {
    Colour colour{};
    for (std::size_t i = 0; i < colour.size(); ++i) colour[i] = from[i] + (to[i] - from[i]) * part;
    return colour;
}

// The colour, or its nearest shade towards `to` that can be read on `ground`.
Colour readable_on(const Colour& ground, const Colour& colour, const Colour& to) {
    constexpr int steps = 100;
    for (int step = 0; step < steps; ++step) {
        // By way of the text, as the rounded colour is what is shown.
        const auto shade = parse_colour(text_of(mixed(colour, to, double(step) / steps)));
        if (contrast(*shade, ground) >= readable) return *shade;
    }
    return to;
}

std::string rule(const Colour& accent) {
    // The letters on a button of this colour: whichever of the two is seen better.
    const Colour on_it = contrast(accent, white) >= contrast(accent, black) ? white : black;
    return ":root{--accent:" + text_of(accent) + ";--on-accent:" + text_of(on_it) + "}";
}

}  // namespace

std::optional<Colour> parse_colour(std::string_view text) {
    constexpr std::size_t size = 7;
    if (text.size() != size || text[0] != '#') return std::nullopt;
    Colour colour{};
    for (std::size_t i = 0; i < colour.size(); ++i) {
        int value = 0;
        const char* const begin = text.data() + 1 + 2 * i;
        const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
        if (error != std::errc() || end != begin + 2 || value < 0) return std::nullopt;
        colour[i] = value / 255.0;
    }
    return colour;
}

std::string text_of(const Colour& colour) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "#";
    for (const double part : colour) {
        const auto value = static_cast<std::size_t>(std::lround(std::clamp(part, 0.0, 1.0) * 255));
        text.append(1, digits[value / 16]).append(1, digits[value % 16]);
    }
    return text;
}

double contrast(const Colour& a, const Colour& b) {
    const auto [darker, lighter] = std::minmax({luminance(a), luminance(b)});
    // WCAG's allowance for light that a screen reflects.
    return (lighter + 0.05) / (darker + 0.05);
}

Result<std::string> accent_style(std::string_view text) {
    const auto colour = parse_colour(text);
    if (!colour) return Error(errors::configuration, "pages_accent_color: write a colour as #0b57d0");
    if (contrast(*colour, white) < readable)
        return Error(errors::configuration, "pages_accent_color: " + std::string(text) +
                                                " cannot be read on white: take a darker one, as " +
                                                text_of(readable_on(white, *colour, black)));
    return rule(*colour) + "@media(prefers-color-scheme:dark){" + rule(readable_on(dark_ground, *colour, white)) + "}";
}

}  // namespace keyhold::pages
