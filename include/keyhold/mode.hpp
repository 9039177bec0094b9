// SPDX-License-Identifier: Apache-2.0
// The two ways to start.
#pragma once

#include <cstdint>

namespace keyhold {

enum class Mode : std::uint8_t {
    dev,    // for trying out: relaxed rules, which it says
    serve,  // for production: refuses what is unsafe
};

}  // namespace keyhold
