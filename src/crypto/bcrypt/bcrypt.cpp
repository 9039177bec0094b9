// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/bcrypt.hpp"

namespace keyhold::crypto::bcrypt {

void Backend::spend(std::uint64_t schedules) {
    // In powers of two, the largest first: the interface computes nothing smaller than a hash. What is left below
    // 2^min_cost is dropped.
    for (int cost = max_cost; cost >= min_cost; --cost)
        for (; schedules >= std::uint64_t{1} << cost; schedules -= std::uint64_t{1} << cost)
            compute({.password = "nobody's", .cost = cost});
}

}  // namespace keyhold::crypto::bcrypt
