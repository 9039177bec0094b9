// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/lane_count.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "base/integer.hpp"
#include "crypto/bcrypt/lanes.hpp"

namespace keyhold::crypto::bcrypt {

namespace {

constexpr std::size_t bytes_per_lane = 4 * 1024;

// sysfs lists the data cache of the first level first (Documentation/ABI/testing/sysfs-devices-system-cpu).
constexpr const char* sharers_of_first_cache = "/sys/devices/system/cpu/cpu0/cache/index0/shared_cpu_list";

}  // namespace

std::size_t lanes_that_fit(const DataCache& cache) {
    return std::clamp(cache.bytes / cache.sharers / bytes_per_lane, std::size_t{4}, max_lanes);
}

// Ranges and single numbers between commas (the kernel's Documentation/admin-guide/kernel-parameters.rst, "cpu-list").
std::optional<std::size_t> parse_processor_list(std::string_view list) {
    std::size_t count = 0;
    while (!list.empty()) {
        const std::string_view item = list.substr(0, list.find(','));
        const std::size_t dash = item.find('-');
        const auto first = parse_integer<std::size_t>(item.substr(0, dash));
        const auto last = dash == item.npos ? first : parse_integer<std::size_t>(item.substr(dash + 1));
        if (!first || !last || *last < *first) return std::nullopt;
        count += *last - *first + 1;
        list.remove_prefix(std::min(item.size() + 1, list.size()));
    }
    return count > 0 ? std::optional(count) : std::nullopt;
}

DataCache first_level_data_cache() {
    DataCache cache;
    if (const long bytes = sysconf(_SC_LEVEL1_DCACHE_SIZE); bytes > 0) cache.bytes = static_cast<std::size_t>(bytes);
    std::string list;
    if (std::ifstream file(sharers_of_first_cache); std::getline(file, list))
        cache.sharers = parse_processor_list(list).value_or(cache.sharers);
    return cache;
}

}  // namespace keyhold::crypto::bcrypt
