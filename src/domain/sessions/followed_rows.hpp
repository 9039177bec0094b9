// SPDX-License-Identifier: Apache-2.0
// Rows that are read with every request and seldom change, in memory: OAuth clients, profiles. A row is used only while
// every change that was acknowledged to anybody is known (liveness.hpp, whose invariant holds here too).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/waiting.hpp"
#include "domain/sessions/liveness.hpp"
#include "domain/sessions/remembered.hpp"

namespace keyhold::domain {

// By the id that a change names. Any thread.
template <class Row>
class FollowedRows {
public:
    // `capacity`: about so many rows are kept (remembered.hpp). Both references must outlive it.
    FollowedRows(Liveness& liveness, const Clock& clock, std::size_t capacity)
        : liveness_(liveness), clock_(clock), rows_(capacity) {}

    // Null if `read(id)` finds none: that is not remembered, as it may come a moment later. Asks the database through
    // `read` alone, after about_to_wait(). Throws Unavailable.
    template <class Read>
    // The row that is returned never changes: a change makes another object, and whoever holds the old one goes on
    // with it.
    std::shared_ptr<const Row> find(std::string_view id, Read read) {
        liveness_.follow();
        const Time now = clock_.now();
        if (auto known = rows_.find(id); known && now < known->until) return std::move(known->row);
        about_to_wait();
        rows_.count_miss(id);
        // Taken before the database is asked, so that a row that changes meanwhile is not remembered.
        const auto moment = rows_.moment();
        std::optional<Row> found = read(id);
        if (!found) return nullptr;
        auto row = std::make_shared<const Row>(*std::move(found));
        rows_.remember({std::string(id), {row, now + longest}}, moment);
        return row;
    }

    // For Liveness: which one changed; empty: any may have.
    void forget(std::string_view id) {
        if (id.empty())
            rows_.forget_if([](const auto&) { return true; });
        else
            rows_.forget(id);
    }

private:
    // A node of an older release tells nobody of such changes, while both run during an upgrade.
    static constexpr std::chrono::seconds longest{10};
    struct Known {
        std::shared_ptr<const Row> row;
        Time until{};
    };
    Liveness& liveness_;
    const Clock& clock_;
    Remembered<std::string, Known> rows_;
};

}  // namespace keyhold::domain
