// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/lane_rates.hpp"

#include <algorithm>

#include "base/processor_time.hpp"

namespace keyhold::crypto::bcrypt {

std::array<double, max_lanes> measure_lanes() {
    constexpr std::size_t rounds = 9;
    constexpr std::uint32_t iterations = 32;  // a chunk of the engine's
    Lanes lanes;
    for (std::size_t lane = 0; lane < max_lanes; ++lane) lanes.start(lane, {"measurement", {}, 12, {}});
    std::array<std::array<double, rounds>, max_lanes> rates{};
    // Round by round and not number by number, so that what changes in the meantime (a neighbour, the clock rate) falls
    // on all numbers alike.
    for (std::size_t round = 0; round < rounds; ++round)
        for (std::size_t count = 1; count <= max_lanes; ++count) {
            const auto begin = thread_processor_time();
            lanes.run(count, iterations);
            const auto time = std::max(thread_processor_time() - begin, std::chrono::nanoseconds(1));
            rates[count - 1][round] = 1e9 * static_cast<double>(count * iterations) / static_cast<double>(time.count());
        }
    std::array<double, max_lanes> medians{};
    for (std::size_t i = 0; i < max_lanes; ++i) {
        std::ranges::nth_element(rates[i], rates[i].begin() + rounds / 2);
        medians[i] = rates[i][rounds / 2];
    }
    return medians;
}

}  // namespace keyhold::crypto::bcrypt
