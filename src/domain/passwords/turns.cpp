// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/turns.hpp"

#include <algorithm>

namespace keyhold::domain {

Turns::Ticket Turns::take(const std::string& subject) {
    const std::lock_guard lock(mutex_);
    const auto queue = queues_.try_emplace(subject).first;
    const std::uint64_t number = next_++;
    try {
        queue->second.waiting.push_back(number);
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory: no queue stays without tickets
        if (queue->second.waiting.empty()) queues_.erase(queue);
        throw;
    }
    return {*this, queue, number};
}

Turns::Ticket Turns::take_if_others_wait(const std::string& subject) {
    const std::lock_guard lock(mutex_);
    const auto queue = queues_.find(subject);
    if (queue == queues_.end()) return {};
    queue->second.waiting.push_back(next_);
    return {*this, queue, next_++};
}

std::size_t Turns::waiting(const std::string& subject) const {
    const std::lock_guard lock(mutex_);
    const auto queue = queues_.find(subject);
    return queue == queues_.end() ? 0 : queue->second.waiting.size();
}

void Turns::Ticket::wait() {
    if (turns_ == nullptr) return;
    std::unique_lock lock(turns_->mutex_);
    Queue& queue = queue_->second;
    // The queue outlives the wait, as this ticket is in it.
    queue.changed.wait(lock, [&] { return queue.waiting.front() == number_; });
}

void Turns::Ticket::give_up() noexcept {
    Turns* const turns = std::exchange(turns_, nullptr);
    if (turns == nullptr) return;
    const std::lock_guard lock(turns->mutex_);
    auto& waiting = queue_->second.waiting;
    waiting.erase(std::find(waiting.begin(), waiting.end(), number_));
    if (waiting.empty())
        turns->queues_.erase(queue_);  // nobody waits for its change
    else
        // All of the queue wake, as a condition variable cannot wake just the one whose turn it is.
        queue_->second.changed.notify_all();
}

}  // namespace keyhold::domain
