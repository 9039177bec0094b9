// SPDX-License-Identifier: Apache-2.0
// A fixed number of threads with a bounded, fair queue, for work that would hold up an I/O thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "http/connection/fair_queue.hpp"
#include "http/on.hpp"

namespace keyhold::http {

struct PoolCounters {
    std::size_t waiting = 0;    // jobs in the queue
    std::size_t running = 0;    // threads at work
    std::uint64_t done = 0;     // since the start
    std::uint64_t refused = 0;  // since the start
};

// Any thread may submit, ask and count. Threads start in the constructor and end in stop(); each runs one job at a
// time.
class WorkerPool {
public:
    // While `threads` run, others wait in a queue with these limits.
    WorkerPool(std::size_t threads, QueueLimits limits);
    // At most `queue` of each kind wait, however long that takes.
    WorkerPool(std::size_t threads, std::size_t queue) : WorkerPool(threads, QueueLimits{.places = queue}) {}
    ~WorkerPool() { stop(); }

    // Takes no more jobs, runs what waits, and returns when the last one is done. May be called again.
    void stop();
    // Whether nothing runs or waits; waits for that, for so long at most.
    bool is_idle_within(std::chrono::milliseconds time);

    // `run` is called once, on a thread of the pool, and must not throw. With a time it is to
    // refuse what it is about, as that has waited too long: the client shall come back after that time.
    struct Job {
        std::function<void(std::optional<std::chrono::seconds> refused)> run;
        std::stop_token gone;  // asked to stop when nobody waits for the result any more
    };

    // If what the payer sends now has to be refused: how long it should stay away. Counts the refusal.
    std::optional<std::chrono::seconds> refusal(const Payer& payer);
    // Only after refusal() said nothing, and before stop(). Two threads that ask at the same time may both be let in.
    void submit(const Payer& payer, Job job);

    // For what runs in a job: whether anybody still waits for its result. On any other thread: nobody has gone.
    static std::stop_token gone();

    // For /metrics: of one moment, as they are read under the lock.
    PoolCounters counters() const;

private:
    // What each thread of the pool does until stop().
    void work();

    mutable std::mutex mutex_;
    // Threads that have nothing to do wait for `wake_`, is_idle_within() waits for `idle_`.
    std::condition_variable wake_;
    std::condition_variable idle_;
    FairQueue<Job> queue_;    // under mutex_
    bool stopping_ = false;   // under mutex_
    std::uint64_t done_ = 0;  // under mutex_
    std::atomic<std::uint64_t> refused_ = 0;
    std::vector<std::thread> threads_;
};

// The pools behind On. A pool that is full answers 503.
// Apart from each other, because a log-in takes a quarter of a second of a core and a look-up less than a millisecond
// of waiting: in one queue the first would hold up the second.
struct WorkerPools {
    WorkerPool hashing;
    WorkerPool storing;
    WorkerPool looking_up;  // apart from `storing`, so that look-ups in a slow database do not keep log-outs waiting
    WorkerPool own{0, 0};   // of the program's handlers; no thread where it has none

    // Not for On::io.
    WorkerPool& of(On on) {
        switch (on) {
            case On::hashing:
                return hashing;
            case On::storing:
                return storing;
            case On::pool:
                return own;
            default:
                return looking_up;
        }
    }
    // Of each: up to so long.
    bool are_idle_within(std::chrono::milliseconds time) {
        return hashing.is_idle_within(time) && storing.is_idle_within(time) && looking_up.is_idle_within(time) &&
               own.is_idle_within(time);
    }
    void stop() {
        hashing.stop();
        storing.stop();
        looking_up.stop();
        own.stop();
    }
};

}  // namespace keyhold::http
