// SPDX-License-Identifier: Apache-2.0
// How many hashes a compute thread works on at once before it has measured what is best (lane_choice.hpp): as many as
// its share of the first-level data cache holds.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace keyhold::crypto::bcrypt {

// The first level of one core, as far as it is known: what is not known is that of a usual core with two hardware
// threads.
struct DataCache {
    std::size_t bytes = 32 * 1024;
    std::size_t sharers = 2;  // hardware threads; each may be a compute thread
};

// 4 KiB of S-boxes a lane. At least 4: with 16 KiB, the least that is built, they lose little; at most max_lanes.
std::size_t lanes_that_fit(const DataCache& cache);

// How many processors a list of the kernel's names: "0", "0-1", "0,64". Empty if it is none.
std::optional<std::size_t> parse_processor_list(std::string_view list);

// The one of the first processor as the kernel describes it in /sys; what it does not tell is as above.
DataCache first_level_data_cache();

inline std::size_t default_lanes() { return lanes_that_fit(first_level_data_cache()); }

}  // namespace keyhold::crypto::bcrypt
