// SPDX-License-Identifier: Apache-2.0
#include "http/connection/late_answers.hpp"

#include <algorithm>

namespace keyhold::http {
namespace {

using std::chrono::milliseconds;

// Refusals at once, and then one for each so many milliseconds (250 a second).
constexpr int burst = 500;
constexpr milliseconds per_refusal{4};

// About 200 KiB. Whoever does not fit in waits for the answer.
constexpr std::size_t most_networks = 4096;

// So many answers at a time, which takes half a millisecond; then the next ones after a pause.
constexpr int answers_at_once = 8;
constexpr milliseconds pause{5};

}  // namespace

bool PromptRefusals::take(const IpAddress& network, Time now) {
    const auto known = full_at_.find(network);
    // Buckets that are full again say nothing that their absence does not say, so they go first. It costs a walk
    // through all of them, but only where the table is full.
    if (known == full_at_.end() && full_at_.size() >= most_networks) {
        std::erase_if(full_at_, [now](const auto& bucket) { return bucket.second <= now; });
        if (full_at_.size() >= most_networks) return false;
    }
    Time& full_at = known != full_at_.end() ? known->second : full_at_[network];
    // The bucket is full again this much later; a bucket that is empty is full only after 500 times that.
    const Time after = std::max(full_at, now) + per_refusal;
    if (after > now + burst * per_refusal) return false;
    full_at = after;
    return true;
}

void LateAnswers::add(Time due, const void* owner, std::function<void()> answer) {
    waiting_.emplace(std::pair(due, owner), std::move(answer));
    wait();
}

void LateAnswers::release() {
    std::map<std::pair<Time, const void*>, std::function<void()>> all;
    // Taken out first, because an answer may add another one, or forget its own.
    all.swap(waiting_);
    for (const auto& [key, answer] : all) answer();
}

// One timer for all of them, which is set again where something is added that is due earlier.
void LateAnswers::wait() {
    if (waiting_.empty()) return;
    const Time next = std::max(waiting_.begin()->first.first, std::chrono::steady_clock::now() + pause);
    if (is_waiting_ && waits_until_ <= next) return;
    is_waiting_ = false;  // setting it again ends what waited, and waiting may find no memory
    timer_.expires_at(next);
    timer_.async_wait([this](const boost::system::error_code& ec) {
        if (ec) return;  // set again
        is_waiting_ = false;
        answer_some();
    });
    is_waiting_ = true;
    waits_until_ = next;
}

void LateAnswers::answer_some() {
    const auto now = std::chrono::steady_clock::now();
    for (int i = 0; i < answers_at_once && !waiting_.empty() && waiting_.begin()->first.first <= now; ++i) {
        // Out of the map before it is called, for it may add or forget others, and holds the last reference to its
        // connection, perhaps.
        const auto answer = std::move(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        answer();
    }
    wait();
}

}  // namespace keyhold::http
