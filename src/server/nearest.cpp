// SPDX-License-Identifier: Apache-2.0
#include "server/nearest.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace keyhold::server {
namespace {

// Levenshtein's: letters added, dropped or changed.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row_above(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row_above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row_above[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row_above[j], std::min({row_above[j] + 1, row_above[j - 1] + 1, changed}));
        }
    }
    return row_above[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t furthest = 3;
    std::string_view found;
    // A word of three letters is not called near to one that shares none of them.
    std::size_t least = std::min(furthest + 1, word.size());
    for (const std::string_view candidate : candidates) {
        // A word that was typed only in part counts as a distance of 1, so that its full form is proposed first.
        const std::size_t distance = candidate.starts_with(word) ? 1 : edit_distance(candidate, word);
        if (distance >= least) continue;
        least = distance;
        found = candidate;
    }
    return found;
}

}  // namespace keyhold::server
