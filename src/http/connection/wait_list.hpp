// SPDX-License-Identifier: Apache-2.0
// Requests that wait until something happens, and hold no thread meanwhile: long polling (RFC 6202 §2).
//
// A handler takes the list's moment, looks, and where it finds nothing to tell calls wait(). That throws, and the
// handler begins anew when something has happened, or, for the last time, when it has waited for long enough.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace keyhold::http {

// Any thread. Must outlive whoever waits.
class WaitList {
public:
    // More than `most` are told at once that there is nothing.
    explicit WaitList(std::size_t most = 1000) : most_(most) {}

    // What wait() and a Ticket compare: take it before you look.
    std::uint64_t moment() const noexcept { return moment_.load(); }

    // What a request waits for.
    struct Waiting {
        WaitList* list;
        std::uint64_t moment;
        std::chrono::milliseconds at_most;
    };
    // For a handler that found nothing. Returns where the request may not wait (any more): then nothing is the answer.
    // Throws NothingYet where the request may wait: on a thread with a MayWaitForNews, when `at_most` is more than 0
    // and the list is not full.
    void wait(std::uint64_t moment, std::chrono::milliseconds at_most);

    // Something has happened: all who wait are called, once each.
    void wake();

    // A place in the list for as long as this object lives. Calls `wake` at most once, on the thread that calls
    // WaitList::wake(), or at once if that was called since `moment`. `wake` must not call back.
    class Ticket {
    public:
        Ticket(WaitList& list, std::uint64_t moment, std::function<void()> wake);
        ~Ticket();
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;

    private:
        WaitList& list_;
        std::list<std::function<void()>>::iterator place_;
    };

    // Those that wait; a request that was called stays counted until its Ticket goes.
    std::size_t size() const;

private:
    const std::size_t most_;
    // How often wake() was called. Written under mutex_, read without it.
    std::atomic<std::uint64_t> moment_ = 0;
    mutable std::mutex mutex_;
    std::list<std::function<void()>> waiting_;  // under mutex_; empty functions were called
};

// What WaitList::wait() throws to http/routes/dispatcher.cpp.
class NothingYet : public std::exception {
public:
    explicit NothingYet(WaitList::Waiting what) : waiting(what) {}
    const char* what() const noexcept override { return "this request waits"; }
    const WaitList::Waiting waiting;
};

// While one lives, handlers on this thread may let their request wait.
class MayWaitForNews {
public:
    MayWaitForNews();
    ~MayWaitForNews();
    MayWaitForNews(const MayWaitForNews&) = delete;
    MayWaitForNews& operator=(const MayWaitForNews&) = delete;
};

}  // namespace keyhold::http
