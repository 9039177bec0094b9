// SPDX-License-Identifier: Apache-2.0
// Whether there may be something in the queues that the database keeps for the threads of its servers. Where nodes look
// for that once a second with one statement for all queues (node.hpp), an idle server asks the database nothing else.
//
// The invariant is the change signal's (change_signal.hpp): whoever works a queue off loads its number BEFORE it looks,
// and need not look again while the number stands still. What was put there since is told of by raise(), after the
// commit, by this process or by its node.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace keyhold::store {

enum class Queue : std::uint8_t {
    events,   // that have no place in the chain yet
    mails,    // that are due
    notices,  // of log-outs, for clients, that are due
};
inline constexpr std::size_t queue_count = 3;

// Any thread.
// Numbers only go up, from 0 at each start.
class QueueSignal {
public:
    void raise(Queue queue) noexcept { counts_[static_cast<std::size_t>(queue)].fetch_add(1); }
    void raise_all() noexcept {
        for (auto& count : counts_) count.fetch_add(1);
    }
    std::uint64_t count(Queue queue) const noexcept { return counts_[static_cast<std::size_t>(queue)].load(); }

private:
    std::array<std::atomic<std::uint64_t>, queue_count> counts_{};
};

}  // namespace keyhold::store
