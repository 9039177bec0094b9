// SPDX-License-Identifier: Apache-2.0
#include "crypto/stored_costs.hpp"

#include <algorithm>

namespace keyhold::crypto {

StoredCosts::StoredCosts(const std::map<Work, std::uint64_t>& counts) {
    std::uint64_t all = 0;
    for (const auto& [work, count] : counts)
        if (count > 0) rows_.push_back({work, all += count});
}

std::optional<Work> StoredCosts::draw(std::uint64_t draw) const {
    if (rows_.empty()) return std::nullopt;
    __extension__ using Wide = unsigned __int128;  // 64 bits times 64 bits
    // draw / 2^64 of the way along the row, in whole numbers: a double has too few digits for it.
    const auto place = static_cast<std::uint64_t>(Wide{draw} * rows_.back().up_to >> 64);
    return std::ranges::upper_bound(rows_, place, {}, &Row::up_to)->work;
}

}  // namespace keyhold::crypto
