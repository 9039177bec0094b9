// SPDX-License-Identifier: Apache-2.0
#include "domain/turns.hpp"

#include <algorithm>

namespace keyhold::domain {

Turns::Ticket Turns::take(const std::string& subject) {
    const std::lock_guard lock(mutex_);
    const auto line = lines_.try_emplace(subject).first;
    const std::uint64_t number = next_++;
    try {
        line->second.waiting.push_back(number);
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory: no line stays without tickets
        if (line->second.waiting.empty()) lines_.erase(line);
        throw;
    }
    return {*this, line, number};
}

std::size_t Turns::waiting(const std::string& subject) const {
    const std::lock_guard lock(mutex_);
    const auto line = lines_.find(subject);
    return line == lines_.end() ? 0 : line->second.waiting.size();
}

void Turns::Ticket::wait() {
    if (turns_ == nullptr) return;
    std::unique_lock lock(turns_->mutex_);
    Line& line = line_->second;
    line.changed.wait(lock, [&] { return line.waiting.front() == number_; });
}

void Turns::Ticket::give_up() noexcept {
    Turns* const turns = std::exchange(turns_, nullptr);
    if (turns == nullptr) return;
    const std::lock_guard lock(turns->mutex_);
    auto& waiting = line_->second.waiting;
    waiting.erase(std::find(waiting.begin(), waiting.end(), number_));
    if (waiting.empty())
        turns->lines_.erase(line_);  // nobody waits for its change
    else
        line_->second.changed.notify_all();
}

}  // namespace keyhold::domain
