// SPDX-License-Identifier: Apache-2.0
#include "pages/admin/chart.hpp"

#include <algorithm>

namespace keyhold::pages {
namespace {

// In units of the picture, whose size is the page's affair.
constexpr std::int64_t width = 720, height = 120, gap = 3;

// Something that happened is seen, however little it is beside the rest.
std::int64_t part_of(std::int64_t count, std::int64_t most) {
    return count == 0 ? 0 : std::max<std::int64_t>(2, count * height / most);
}

}  // namespace

Values chart_of(std::string title, const std::vector<Bar>& bars) {
    // Never 0, by which part_of() divides.
    std::int64_t most = 1, good = 0, bad = 0;
    for (const Bar& bar : bars) {
        most = std::max(most, bar.good + bar.bad);
        good += bar.good;
        bad += bar.bad;
    }
    // The last one ends at the right edge, however many there are.
    const auto begin_of = [&](std::size_t number) {
        return static_cast<std::int64_t>(number) * width /
               static_cast<std::int64_t>(std::max<std::size_t>(1, bars.size()));
    };
    std::vector<Values> shapes, numbers;
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const Bar& bar = bars[i];
        const std::int64_t x = begin_of(i);
        const std::int64_t low = part_of(bar.good, most), high = part_of(bar.bad, most);
        const auto shape = [&](std::string kind, std::int64_t top, std::int64_t tall) {
            if (tall > 0)
                shapes.push_back({{"kind", std::move(kind)},
                                  {"x", std::to_string(x)},
                                  {"y", std::to_string(top)},
                                  {"w", std::to_string(begin_of(i + 1) - x - gap)},
                                  {"h", std::to_string(tall)}});
        };
        shape("good", height - low, low);
        // Two bars that were raised to be seen may be taller together than the picture.
        shape("bad", std::max<std::int64_t>(0, height - low - high), high);
        numbers.push_back({{"when", bar.begin}, {"good", std::to_string(bar.good)}, {"bad", std::to_string(bar.bad)}});
    }
    return {{"chart_title", std::move(title)}, {"good_sum", std::to_string(good)}, {"bad_sum", std::to_string(bad)},
            {"most", std::to_string(most)},    {"shapes", std::move(shapes)},      {"numbers", std::move(numbers)}};
}

}  // namespace keyhold::pages
