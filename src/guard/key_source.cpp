// SPDX-License-Identifier: Apache-2.0
#include "guard/key_source.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace keyhold::guard {
namespace {

constexpr auto for_ever = Steady::time_point::max().time_since_epoch().count();
constexpr auto not_yet = Steady::time_point::min().time_since_epoch().count();
constexpr std::size_t remembered_signatures = 16 * 1024;  // of each key: half a megabyte once they are there

}  // namespace

KeySource::KeySource(jose::KeySet keys) : version_(1), good_until_(for_ever) {
    keys.remember_signatures(remembered_signatures);
    keys_ = std::make_shared<const Keys>(Keys{std::move(keys), 1});
}

KeySource::KeySource(Fetch fetch, Read read, KeyTimes times)
    : fetch_(std::move(fetch)), read_(std::move(read)), times_(times), good_until_(not_yet) {
    // In the constructor's thread, so that whoever has a guard has keys, or knows why not.
    attempt();
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

KeySource::~KeySource() = default;

std::shared_ptr<const Keys> KeySource::keys() const {
    if (version() == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    return keys_;
}

std::string KeySource::trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
}

void KeySource::ask_again() {
    // Keys that stay cannot be fetched.
    if (!fetch_) return;
    std::unique_lock lock(mutex_);
    const auto now = Steady::now();
    if (asked_at_ == Steady::time_point::min() || now - asked_at_ >= times_.cool_down) {
        asked_at_ = now;
        awaited_ = begun_ + 1;  // not the one that is under way: it may have been answered before the key was there
        changed_.notify_all();
    }
    // Also for whoever came within the cool-down: the fetch of another one may bring his key.
    changed_.wait_until(lock, now + times_.wait, [&] { return over_ >= awaited_; });
}

void KeySource::look_again() {
    if (!fetch_) return;
    const std::lock_guard lock(mutex_);
    awaited_ = begun_ + 1;
    changed_.notify_all();
}

void KeySource::look_again_and_wait() {
    if (!fetch_) return;
    look_again();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, times_.wait, [&] { return over_ >= awaited_; });
}

// After a failure sooner than usual, but not more often than the cool-down lets strangers cause.
std::chrono::milliseconds KeySource::pause() const {
    const std::chrono::milliseconds usual = times_.refresh_every, cool_down = times_.cool_down;
    if (failures_ == 0) return usual;
    const std::chrono::milliseconds first{1000};
    return std::min(
        {usual, std::max(cool_down, std::chrono::milliseconds(100)), first * (1 << std::min(failures_ - 1, 10u))});
}

void KeySource::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        // Wakes for a question whose fetch has not begun yet, or when it is time.
        changed_.wait_for(lock, stop, pause(), [&] { return awaited_ > begun_; });
        if (stop.stop_requested()) return;
        lock.unlock();
        // Without the lock, as the network is slow and readers need it.
        attempt();
        lock.lock();
    }
}

void KeySource::attempt() {
    {
        const std::lock_guard lock(mutex_);
        ++begun_;
    }
    std::shared_ptr<const Keys> fetched;
    std::string trouble;
    try {
        std::string text = fetch_();
        // What has not changed stays the same object: tokens that were verified under it stay remembered.
        if (version_ != 0 && text == text_) {
            const std::lock_guard lock(mutex_);
            fetched = keys_;
        } else {
            jose::KeySet set = read_(text);
            set.remember_signatures(remembered_signatures);
            // A new version ends what threads remember of tokens, as another key may have gone.
            fetched = std::make_shared<const Keys>(Keys{std::move(set), version_ + 1});
            text_ = std::move(text);
        }
    } catch (const std::exception& problem) {
        trouble = problem.what();
        if (trouble.empty()) trouble = "the keys could not be fetched";
    }
    const std::lock_guard lock(mutex_);
    if (fetched) {
        keys_ = fetched;
        version_.store(fetched->version, std::memory_order_release);
        // The next attempt is due after refresh_every, and may take its time: that is no error yet.
        const auto good_for = times_.refresh_every + 2 * times_.attempt + times_.stale_if_error;
        good_until_.store((Steady::now() + good_for).time_since_epoch().count(), std::memory_order_release);
    }
    failures_ = fetched ? 0 : failures_ + 1;
    trouble_ = std::move(trouble);
    ++over_;
    changed_.notify_all();
}

}  // namespace keyhold::guard
