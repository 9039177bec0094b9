// SPDX-License-Identifier: Apache-2.0
// A chart of bars as SVG that the server makes: it is there without JavaScript, prints, and follows the colours of the
// page.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pages/render.hpp"

namespace keyhold::pages {

struct Bar {
    Time begin;
    std::int64_t good, bad;  // the lower part of the bar, the upper one
};

// For {{>admin_chart}}: bars, the greatest of them, and the numbers for whoever does not see the picture.
Values chart_of(std::string title, const std::vector<Bar>& bars);

}  // namespace keyhold::pages
