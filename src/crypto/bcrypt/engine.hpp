// SPDX-License-Identifier: Apache-2.0
// The bcrypt engine: compute threads that work on several hashes at once, each.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "crypto/bcrypt/batch.hpp"
#include "crypto/bcrypt/schedule.hpp"
#include "crypto/bcrypt/self_test.hpp"

namespace keyhold::crypto::bcrypt {

struct EngineSettings {
    std::size_t threads = 0;  // 0: as many as there are cores for this process
    std::size_t lanes = 0;    // hashes at once on a thread, up to max_lanes; 0: default_lanes() of lane_count.hpp
    // Asked by compute(), on its caller's thread, for the token that says whether anybody still waits.
    std::function<std::stop_token()> gone = [] { return std::stop_token(); };
    // Hears, on a compute thread, that the self-test failed; the engine has fallen back to libxcrypt then.
    std::function<void(std::string_view)> warn = [](std::string_view) {};
    std::span<const KnownAnswer> known_answers = published_answers();
};

struct EngineCounters {
    std::size_t waiting = 0;      // jobs in the queue
    std::size_t running = 0;      // lanes in use
    std::size_t lanes = 0;        // of all threads
    std::uint64_t hashed = 0;     // since the start
    std::uint64_t abandoned = 0;  // since the start
    bool fallen_back = false;
};

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
    void work(std::size_t thread);
    void fall_back(std::size_t thread);
    void complete(std::vector<Batch::Finished>& finished);

    const EngineSettings settings_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    Schedule schedule_;      // under mutex_
    bool stopping_ = false;  // under mutex_
    std::once_flag started_;
    std::once_flag tested_;
    std::atomic<bool> trusted_ = false;
    std::atomic<bool> fallen_back_ = false;
    std::atomic<std::uint64_t> hashed_ = 0;
    std::atomic<std::uint64_t> abandoned_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace keyhold::crypto::bcrypt
