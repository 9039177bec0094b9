#include "http/worker_pool.hpp"

#include <utility>

#include "http/scheduling.hpp"

namespace keyhold::http {
namespace {

thread_local std::stop_token gone_of_this_job;

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue, int niceness) : queue_limit_(queue) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i)
        threads_.emplace_back([this, niceness] {
            step_back(niceness);
            work();
        });
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

bool WorkerPool::reserve() {
    std::size_t taken = places_taken_;
    while (taken < queue_limit_ && !stopping_)
        if (places_taken_.compare_exchange_weak(taken, taken + 1)) return true;
    ++refused_;
    return false;
}

void WorkerPool::submit(Job job) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(job));
    }
    wake_.notify_one();
}

std::stop_token WorkerPool::gone() { return gone_of_this_job; }

PoolCounters WorkerPool::counters() const { return {places_taken_, running_, done_, refused_}; }

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        Job job = std::move(queue_.front());
        queue_.pop_front();
        --places_taken_;
        ++running_;
        lock.unlock();
        gone_of_this_job = std::move(job.gone);
        job.run();
        gone_of_this_job = {};
        job.run = nullptr;
        --running_;
        ++done_;
        lock.lock();
    }
}

}  // namespace keyhold::http
