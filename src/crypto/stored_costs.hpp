// SPDX-License-Identifier: Apache-2.0
// Which costs the stored hashes have, and how often: what a log-in with a name that nobody has is made to cost.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "crypto/hash_work.hpp"

namespace keyhold::crypto {

// A value that does not change; made anew when the hashes were counted again.
class StoredCosts {
public:
    StoredCosts() = default;
    // How many stored hashes ask for each work; works that nobody has may be left out.
    explicit StoredCosts(const std::map<Work, std::uint64_t>& counts);

    // The work at the place `draw` of 2^64 in the row of all stored hashes, ordered by their work. So a share of the
    // draws as large as a work's share of the hashes gets it, and a draw gets the same one until those shares change.
    // Empty if nothing is stored.
    std::optional<Work> draw(std::uint64_t draw) const;

private:
    struct Row {
        Work work;
        std::uint64_t up_to;  // how many hashes there are up to the last of these
    };
    std::vector<Row> rows_;
};

}  // namespace keyhold::crypto
