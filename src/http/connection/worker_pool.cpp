// SPDX-License-Identifier: Apache-2.0
#include "http/connection/worker_pool.hpp"

#include <utility>

namespace keyhold::http {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// Of the thread, because password hashing, far below the handler, asks whether anybody still waits
// (base/exceptions.hpp), and the job runs on one thread from start to end.
thread_local std::stop_token gone_of_this_job;

// For a job that waited too long, or that the end came before: the next one may find another server.
constexpr seconds soon{1};

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, QueueLimits limits) : queue_(threads, limits) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void WorkerPool::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

// For an orderly end: it does not keep new jobs from coming.
bool WorkerPool::is_idle_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return idle_.wait_for(lock, time, [this] { return queue_.size() == 0 && queue_.running() == 0; });
}

std::optional<seconds> WorkerPool::refusal(const Payer& payer) {
    const std::lock_guard lock(mutex_);
    // After stop() there is no thread that would ever take a job, so none is let in.
    auto refused = stopping_ ? soon : queue_.refusal(payer, steady_clock::now());
    if (refused) ++refused_;
    return refused;
}

void WorkerPool::submit(const Payer& payer, Job job) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push(payer, std::move(job), steady_clock::now());
    }
    wake_.notify_one();
}

std::stop_token WorkerPool::gone() { return gone_of_this_job; }

PoolCounters WorkerPool::counters() const {
    const std::lock_guard lock(mutex_);
    return {queue_.size(), queue_.running(), done_, refused_};
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || queue_.size() > 0; });
        // Empty only while stopping, when everything that waited was run.
        auto next = queue_.take(steady_clock::now());
        if (!next) return;
        // The job runs without the lock, since it may take seconds.
        lock.unlock();
        const bool is_late = next->is_late;
        gone_of_this_job = std::move(next->item.gone);
        next->item.run(is_late ? std::optional(soon) : std::nullopt);
        gone_of_this_job = {};
        next.reset();  // what it holds goes before the lock is taken
        lock.lock();
        if (is_late)
            ++refused_;
        else
            ++done_;
        queue_.done(steady_clock::now());
        if (queue_.size() == 0 && queue_.running() == 0) idle_.notify_all();
    }
}

}  // namespace keyhold::http
