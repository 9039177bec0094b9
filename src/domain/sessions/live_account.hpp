// SPDX-License-Identifier: Apache-2.0
// An account's facts as they are remembered: one copy of them, however many sessions and requests refer to it.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/id.hpp"
#include "store/subject.hpp"

namespace keyhold::domain {

// Refers to facts that never change. What changed is another object, and this one says so: whoever remembers it looks
// the account up again, while a request that is under way goes on with what was so when it began. Empty: there is no
// such account, or it may not be used. Any thread, as std::shared_ptr; half as large.
class LiveAccount {
public:
    LiveAccount() = default;
    // A copy of the facts on the heap, with a counter of holders in the same allocation: std::shared_ptr would take
    // two pointers for each of a million sessions.
    explicit LiveAccount(store::Subject subject) : facts_(new Facts(std::move(subject))) {}
    LiveAccount(const LiveAccount& other) noexcept : facts_(other.facts_) {
        if (facts_ != nullptr) facts_->holders.fetch_add(1, std::memory_order_relaxed);
    }
    LiveAccount(LiveAccount&& other) noexcept : facts_(std::exchange(other.facts_, nullptr)) {}
    LiveAccount& operator=(LiveAccount other) noexcept {
        std::swap(facts_, other.facts_);
        return *this;
    }
    ~LiveAccount() {
        // Acquire and release, so that whatever other holders read happens before the facts are deleted.
        if (facts_ != nullptr && facts_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete facts_;
    }

    explicit operator bool() const noexcept { return facts_ != nullptr; }
    const store::Subject& operator*() const noexcept { return facts_->subject; }
    const store::Subject* operator->() const noexcept { return &facts_->subject; }

    // False once the account has changed since.
    bool is_current() const noexcept { return facts_ != nullptr && facts_->is_current.load(std::memory_order_acquire); }
    // Before `followed` says that the change was seen (liveness.hpp), so that no reader takes these facts for the new
    // ones.
    void expire() const noexcept {
        if (facts_ != nullptr) facts_->is_current.store(false, std::memory_order_release);
    }
    // True if a session or a name, or a request under way, refers to the same facts. By the time that the caller
    // looks it may be true no longer.
    bool is_shared() const noexcept { return facts_ != nullptr && facts_->holders.load(std::memory_order_acquire) > 1; }

private:
    struct Facts {
        explicit Facts(store::Subject of) : subject(std::move(of)) {}
        std::atomic<std::uint32_t> holders = 1;
        std::atomic<bool> is_current = true;
        const store::Subject subject;
    };
    Facts* facts_ = nullptr;
};

// In a table of accounts (remembered.hpp), by the id that is among the facts. Those that a session or a name leads to
// stay, as a change has to find them there.
struct AccountEntry {
    LiveAccount account;

    const Id& key() const { return account->id; }
    const LiveAccount& value() const { return account; }
    bool may_go() const { return !account.is_shared(); }
};

}  // namespace keyhold::domain
