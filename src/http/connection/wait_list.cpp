// SPDX-License-Identifier: Apache-2.0
#include "http/connection/wait_list.hpp"

#include <utility>

namespace keyhold::http {
namespace {

// Of the thread and not an argument, so that handlers do not have to pass on what only the dispatcher and the list
// know.
constinit thread_local bool may_wait = false;

}  // namespace

MayWaitForNews::MayWaitForNews() { may_wait = true; }
MayWaitForNews::~MayWaitForNews() { may_wait = false; }

void WaitList::wait(std::uint64_t moment, std::chrono::milliseconds at_most) {
    if (may_wait && at_most.count() > 0 && size() < most_) throw NothingYet({this, moment, at_most});
}

// The moment is counted up under the lock under which a Ticket compares it: so whoever looked before this call is
// either in the list, and called, or compares afterwards, and is called at once.
void WaitList::wake() {
    const std::lock_guard lock(mutex_);
    ++moment_;
    for (auto& wake : waiting_)
        if (const auto call = std::exchange(wake, nullptr)) call();
}

std::size_t WaitList::size() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

WaitList::Ticket::Ticket(WaitList& list, std::uint64_t moment, std::function<void()> wake) : list_(list) {
    const std::lock_guard lock(list_.mutex_);
    // Inserted first, as it may throw: after that nothing does, so a Ticket either stands in the list or does not
    // exist.
    place_ = list_.waiting_.insert(list_.waiting_.end(), nullptr);
    if (list_.moment_.load() == moment)
        *place_ = std::move(wake);
    else
        wake();
}

WaitList::Ticket::~Ticket() {
    const std::lock_guard lock(list_.mutex_);
    list_.waiting_.erase(place_);
}

}  // namespace keyhold::http
