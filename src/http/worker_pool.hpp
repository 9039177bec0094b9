// A fixed number of threads with a bounded queue, for work that would hold up an I/O thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace keyhold::http {

class WorkerPool {
public:
    // At most `queue` jobs wait while `threads` run.
    WorkerPool(std::size_t threads, std::size_t queue);
    ~WorkerPool() { stop(); }

    // Takes no more jobs, runs what waits, and returns when the last one is done. May be called again.
    void stop();

    // First come, first served. False if the queue is full; then the job is dropped unrun. Jobs must not throw.
    bool try_submit(std::function<void()> job);

private:
    void work();

    const std::size_t queue_limit_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

// Which thread runs a handler.
enum class On : std::uint8_t {
    io,       // at once, on the connection's thread: nothing that waits longer than a look-up
    hashing,  // where passwords are hashed: a quarter of a second
    storing,  // where the disk is waited for: milliseconds
};

// The pools behind On. A pool that is full answers 503.
struct WorkerPools {
    WorkerPool hashing;
    WorkerPool storing;

    // Not for On::io.
    WorkerPool& of(On on) { return on == On::hashing ? hashing : storing; }
    void stop() {
        hashing.stop();
        storing.stop();
    }
};

}  // namespace keyhold::http
