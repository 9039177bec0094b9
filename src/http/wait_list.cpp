// SPDX-License-Identifier: Apache-2.0
#include "http/wait_list.hpp"

#include <utility>

namespace keyhold::http {
namespace {

constinit thread_local bool may_wait = false;

}  // namespace

MayWaitForNews::MayWaitForNews() { may_wait = true; }
MayWaitForNews::~MayWaitForNews() { may_wait = false; }

void WaitList::wait(std::uint64_t moment, std::chrono::milliseconds at_most) {
    if (may_wait && at_most.count() > 0 && size() < most_) throw NothingYet({this, moment, at_most});
}

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
