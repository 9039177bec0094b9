// SPDX-License-Identifier: Apache-2.0
// How many events of each kind there were since the server began, for /metrics.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "store/events/event_kinds.hpp"

namespace keyhold::server {

// Any thread.
class EventCounters {
public:
    // A kind that we do not know is of a newer server on the same database: it has no number here.
    void count(std::string_view kind) {
        const auto* const row = std::ranges::find(store::event_kinds, kind, &store::EventKind::code);
        if (row != store::event_kinds.end()) counts_[place_of(*row)].fetch_add(1, std::memory_order_relaxed);
    }
    // `kind` is a row of store::event_kinds.
    std::uint64_t counted(const store::EventKind& kind) const {
        return counts_[place_of(kind)].load(std::memory_order_relaxed);
    }

private:
    static std::size_t place_of(const store::EventKind& kind) {
        return static_cast<std::size_t>(&kind - store::event_kinds.data());
    }
    std::array<std::atomic<std::uint64_t>, store::event_kinds.size()> counts_{};
};

}  // namespace keyhold::server
