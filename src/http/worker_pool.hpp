// A fixed number of threads with a bounded queue, for work that would hold up an I/O thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace keyhold::http {

struct PoolCounters {
    std::size_t waiting = 0;    // jobs in the queue
    std::size_t running = 0;    // threads at work
    std::uint64_t done = 0;     // since the start
    std::uint64_t refused = 0;  // since the start
};

class WorkerPool {
public:
    // At most `queue` jobs wait while `threads` run. `niceness` is added to the threads' own (nice(2)), so that what is
    // not urgent does not hold up the I/O threads when hundreds come at once.
    WorkerPool(std::size_t threads, std::size_t queue, int niceness = 0);
    ~WorkerPool() { stop(); }

    // Takes no more jobs, runs what waits, and returns when the last one is done. May be called again.
    void stop();

    struct Job {
        std::function<void()> run;  // must not throw
        std::stop_token gone;       // asked to stop when nobody waits for the result any more
    };

    // Keeps a place in the queue for one job; false if all are taken. A single atomic step, so that turning somebody
    // away costs nothing but the answer.
    bool reserve();
    // First come, first served. Only after reserve() said true, and before stop().
    void submit(Job job);

    // For what runs in a job: whether anybody still waits for its result. On any other thread: nobody has gone.
    static std::stop_token gone();

    PoolCounters counters() const;

private:
    void work();

    const std::size_t queue_limit_;
    std::atomic<std::size_t> places_taken_ = 0;  // jobs in the queue, and those that are about to be
    std::atomic<std::size_t> running_ = 0;
    std::atomic<std::uint64_t> done_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;
    std::atomic<bool> stopping_ = false;
    std::vector<std::thread> threads_;
};

// Which thread runs a handler.
enum class On : std::uint8_t {
    // At once, on the connection's thread, from memory. One that comes to need the database begins anew as
    // `looking_up` (base/waiting.hpp), so it does nothing before that which must not be done twice.
    io,
    hashing,     // where passwords are hashed: a quarter of a second
    storing,     // where the disk is waited for: milliseconds
    looking_up,  // where the database is asked: less than a millisecond, unless it is slow
};

// The pools behind On. A pool that is full answers 503.
struct WorkerPools {
    WorkerPool hashing;
    WorkerPool storing;
    WorkerPool looking_up;  // apart from `storing`, so that look-ups in a slow database do not keep log-outs waiting

    // Not for On::io.
    WorkerPool& of(On on) {
        switch (on) {
            case On::hashing:
                return hashing;
            case On::storing:
                return storing;
            default:
                return looking_up;
        }
    }
    void stop() {
        hashing.stop();
        storing.stop();
        looking_up.stop();
    }
};

}  // namespace keyhold::http
