// SPDX-License-Identifier: Apache-2.0
// What a processor computes on each number of lanes, measured now; for those who want to look at it.
#pragma once

#include <array>

#include "crypto/bcrypt/lanes.hpp"

namespace keyhold::crypto::bcrypt {

// Iterations per second of this thread's time on a processor, of all lanes together: the first is that of one lane. The
// medians of nine rounds through all of them, about 0.2 s.
std::array<double, max_lanes> measure_lanes();

}  // namespace keyhold::crypto::bcrypt
