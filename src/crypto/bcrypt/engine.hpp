// SPDX-License-Identifier: Apache-2.0
// The bcrypt engine: compute threads that work on several hashes at once, each.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "crypto/bcrypt/batch.hpp"
#include "crypto/bcrypt/lane_choice.hpp"
#include "crypto/bcrypt/schedule.hpp"
#include "crypto/bcrypt/self_test.hpp"

namespace keyhold::crypto::bcrypt {

// Read once, by the constructor. `warn` and `gone` must be good on any thread for as long as the engine lives.
struct EngineSettings {
    std::size_t threads = 0;  // 0: usable_processors() of base/processors.hpp
    std::size_t lanes = 0;    // hashes at once on a thread, up to max_lanes; 0: what lane_choice.hpp finds
    // The part of a processor that each thread takes at most, over 0 to 1: it pauses between chunks for the rest.
    double share = 1;
    // Asked by compute(), on its caller's thread, for the token that says whether anybody still waits.
    std::function<std::stop_token()> gone = [] { return std::stop_token(); };
    // Hears, on a compute thread, that the self-test failed; the engine has fallen back to libxcrypt then.
    std::function<void(std::string_view)> warn = [](std::string_view) {};
    std::span<const KnownAnswer> known_answers = published_answers();
};

// A snapshot for /metrics: each number is right by itself, but they are not read at one moment.
struct EngineCounters {
    std::size_t waiting = 0;      // jobs in the queue
    std::size_t running = 0;      // jobs that threads have, which fill lanes or pause for a few chunks
    std::size_t lanes = 0;        // of all threads, as they run now
    std::size_t most_lanes = 0;   // of all threads, if that were best
    std::uint64_t hashed = 0;     // since the start
    std::uint64_t abandoned = 0;  // since the start
    // Iterations (two key schedules, of which a hash has 2^cost) of all lanes since the start, and the time of compute
    // threads on a processor that they took.
    std::uint64_t iterations = 0;
    std::chrono::nanoseconds processor_time{0};
    double rate = 0;  // iterations per second of a processor, in the last chunks of all threads that computed; 0: none
    bool fallen_back = false;
};

// Owns its threads and the queue before them, which has no bound: whoever submits has to bound what it submits (the
// server's hashing pool does).
class Engine final : public Backend {
public:
    // Throws std::invalid_argument for more than max_lanes lanes.
    explicit Engine(EngineSettings settings = {});
    // Gives up what is not done: completions get nothing, compute() throws.
    ~Engine() override;

    // Starts the threads, which test themselves (10 ms) before they take a job. The first job does it otherwise:
    // who never hashes has no threads.
    void start();

    // Blocks the calling thread, not a core, until the hash is done. Throws Abandoned if EngineSettings::gone was
    // asked to stop before that.
    Digest compute(const Request& request) override;

    // Returns at once; `completion` is called on a compute thread and must be quick (post to an event loop) and not
    // throw. A job whose `gone` has been asked to stop leaves at the end of a chunk (about 3 ms), or never starts.
    void submit(const Request& request, std::stop_token gone, Job::Completion completion);

    EngineCounters counters() const;

private:
    // What a compute thread tells the others.
    // Read by counters() on other threads, so both are atomic.
    struct Figures {
        std::atomic<std::size_t> lanes = 0;
        std::atomic<double> rate = 0;
    };

    // One for each compute thread, as their cores have different neighbours.
    LaneChoice lane_choice() const;
    std::size_t most_lanes() const { return settings_.lanes > 0 ? settings_.lanes : max_lanes; }
    void work(std::size_t thread);
    // Adds a chunk to the counters and to the thread's own mean.
    void measure(std::size_t thread, const Batch::Ran& ran, std::chrono::nanoseconds time);
    // What a thread does when the self-test has failed.
    void fall_back(std::size_t thread);
    // Tells those who wait. Without the lock.
    void complete(std::vector<Batch::Finished>& finished);

    const EngineSettings settings_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Schedule schedule_;      // under mutex_
    bool stopping_ = false;  // under mutex_
    std::once_flag started_;
    // The first thread that gets there tests for all; the others wait for it and then read `trusted_`.
    std::once_flag tested_;
    std::atomic<bool> trusted_ = false;
    std::atomic<bool> fallen_back_ = false;
    std::atomic<std::uint64_t> hashed_ = 0;
    std::atomic<std::uint64_t> abandoned_ = 0;
    std::atomic<std::uint64_t> iterations_ = 0;
    std::atomic<std::int64_t> processor_time_ = 0;  // nanoseconds
    std::vector<Figures> figures_;                  // by thread
    std::vector<std::thread> threads_;
};

}  // namespace keyhold::crypto::bcrypt
