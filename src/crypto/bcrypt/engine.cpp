// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/engine.hpp"

#include <string.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>

#include "base/exceptions.hpp"
#include "base/processor_time.hpp"
#include "base/processors.hpp"
#include "base/scheduling.hpp"
#include "base/thread_name.hpp"
#include "crypto/bcrypt/lane_count.hpp"
#include "crypto/bcrypt/libxcrypt.hpp"

namespace keyhold::crypto::bcrypt {

namespace {

// About 2 ms alone and 3 ms with all lanes: how long a job waits for the running ones, and how long an abandoned
// one goes on.
constexpr std::uint32_t chunk = 32;

// Compute threads have normal priority, so that other programs leave them their share; whoever asked the kernel for
// less at a time goes before them when he wakes (docs/decisions/0059-what-refusing-costs.md).
// Short ones all the same, as a share that is used up at once holds up the I/O threads beside other programs
// (docs/decisions/0125-yields-beside-others.md).
constexpr std::chrono::microseconds slice{100};

// Throws std::invalid_argument for what is out of range.
EngineSettings completed(EngineSettings settings) {
    if (settings.threads == 0) settings.threads = usable_processors();
    if (!(settings.share > 0 && settings.share <= 1)) throw std::invalid_argument("a share is over 0 to 1");
    if (settings.lanes > max_lanes) throw std::invalid_argument("a bcrypt thread has 1 to 6 lanes");
    return settings;
}

}  // namespace

Engine::Engine(EngineSettings settings)
    : settings_(completed(std::move(settings))), schedule_(settings_.threads), figures_(settings_.threads) {
    for (Figures& of_thread : figures_) of_thread.lanes = lane_choice().lanes();
}

// What the caches hold is where the search begins.
LaneChoice Engine::lane_choice() const {
    return settings_.lanes > 0 ? LaneChoice::fixed(settings_.lanes) : LaneChoice::measured(default_lanes(), max_lanes);
}

// Once; the first who needs a hash does it if nobody did.
void Engine::start() {
    std::call_once(started_, [this] {
        for (std::size_t i = 0; i < settings_.threads; ++i)
            threads_.emplace_back([this, i] {
                name_thread("keyhold-hashing");
                work(i);
            });
    });
}

Engine::~Engine() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    // On the thread that destroys the engine, since the compute threads are gone by then.
    for (const auto& job : schedule_.clear()) job->complete(std::nullopt);
}

Digest Engine::compute(const Request& request) {
    // Shared, as set_value() may still be running when get() returns.
    auto promise = std::make_shared<std::promise<std::optional<Digest>>>();
    auto future = promise->get_future();
    const std::stop_token gone = settings_.gone();
    submit(request, gone, [promise](std::optional<Digest> digest) { promise->set_value(digest); });
    const std::optional<Digest> digest = future.get();
    if (digest) return *digest;
    // Both end with nothing computed: the client's leaving is told apart from the engine's end by the token alone.
    if (gone.stop_requested()) throw Abandoned("nobody waits for this hash");
    throw std::runtime_error("the bcrypt engine is stopping");
}

void Engine::submit(const Request& request, std::stop_token gone, Job::Completion completion) {
    if (request.cost < min_cost || request.cost > max_cost) throw std::invalid_argument("the bcrypt cost is 4 to 16");
    auto job = std::make_unique<Job>(request, std::move(gone), std::move(completion));
    {
        const std::lock_guard lock(mutex_);
        schedule_.add(std::move(job));
    }
    start();
    // All of them: whose turn it is, Schedule::take() decides.
    wake_.notify_all();
}

EngineCounters Engine::counters() const {
    EngineCounters counters;
    std::size_t measured = 0;
    for (const Figures& of_thread : figures_) {
        counters.lanes += of_thread.lanes;
        counters.rate += of_thread.rate;
        measured += of_thread.rate > 0 ? 1U : 0U;
    }
    // The mean of the threads that have measured something, for the sum would say more about their number than about
    // the processor.
    if (measured > 0) counters.rate /= static_cast<double>(measured);
    counters.most_lanes = settings_.threads * most_lanes();
    counters.hashed = hashed_;
    counters.abandoned = abandoned_;
    counters.iterations = iterations_;
    counters.processor_time = std::chrono::nanoseconds(processor_time_);
    counters.fallen_back = fallen_back_;
    const std::lock_guard lock(mutex_);
    counters.waiting = schedule_.waiting();
    counters.running = schedule_.running();
    return counters;
}

void Engine::measure(std::size_t thread, const Batch::Ran& ran, std::chrono::nanoseconds time) {
    const std::uint64_t iterations = ran.lanes * std::uint64_t{ran.iterations};
    iterations_ += iterations;
    processor_time_ += time.count();
    if (iterations == 0 || time.count() <= 0) return;
    // The mean of about the last 32 chunks, a tenth of a second.
    const double rate = 1e9 * static_cast<double>(iterations) / static_cast<double>(time.count());
    // One thread writes each element, so load and store need not be one operation.
    std::atomic<double>& mean = figures_[thread].rate;
    mean = mean > 0 ? mean + (rate - mean) / 32 : rate;
}

void Engine::work(std::size_t thread) {
    ask_for_slices(slice);
    std::call_once(tested_, [this] {
        // With the answers of the settings, so that tests can make it fail.
        trusted_ = passes_self_test(settings_.known_answers, most_lanes());
        fallen_back_ = !trusted_;
        if (!trusted_)
            settings_.warn("the bcrypt engine failed its self-test: hashing with libxcrypt, three times slower");
    });
    if (!trusted_) return fall_back(thread);

    Batch batch;
    LaneChoice choice = lane_choice();
    // Both vectors live as long as the thread, so that a chunk allocates nothing.
    std::vector<Batch::Finished> finished;
    std::vector<std::unique_ptr<Job>> joining;
    // A job that pauses beside a full thread waits there instead of in the queue, so only where others wait behind it.
    const auto room = [&] { return schedule_.waiting() > settings_.threads ? choice.room() : choice.lanes(); };
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        // Under the lock only pointers move. Setting up a lane copies 4 KiB and is done without it, below.
        while (auto job = schedule_.take(thread, room())) joining.push_back(std::move(job));
        // Without wait_for: whatever could change this (a job, the end) wakes the thread.
        if (joining.empty() && batch.size() == 0) {
            wake_.wait(lock);
            continue;
        }
        lock.unlock();
        for (auto& job : joining) batch.join(std::move(job));
        joining.clear();
        const std::chrono::nanoseconds begin = thread_processor_time();
        const Batch::Ran ran = batch.run(chunk, finished, choice.next(batch.size()));
        const std::chrono::nanoseconds time = thread_processor_time() - begin;
        // A short chunk, at the end of a hash, tells little about the speed.
        if (ran.iterations >= chunk / 2) choice.ran(ran.lanes, ran.lanes * std::uint64_t{ran.iterations}, time);
        measure(thread, ran, time);
        figures_[thread].lanes = choice.lanes();
        lock.lock();
        // The schedule learns it under the lock; completions run without it, as they may submit the next job.
        if (!finished.empty()) {
            schedule_.finished(thread, finished.size());
            lock.unlock();
            complete(finished);
            lock.lock();
        }
        // A quota that was used up would stop the I/O threads too, for what is left of its period.
        if (settings_.share < 1) wake_.wait_for(lock, time * (1 / settings_.share - 1), [&] { return stopping_; });
    }
    lock.unlock();
    batch.abandon(finished);
    complete(finished);
}

// The engine without its kernel: one job at a time on each thread.
void Engine::fall_back(std::size_t thread) {
    figures_[thread].lanes = 1;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        auto job = schedule_.take(thread, 1);
        if (!job) {
            wake_.wait(lock);
            continue;
        }
        lock.unlock();
        std::vector<Batch::Finished> finished(1);
        if (!job->is_abandoned()) finished[0].digest = compute_with_libxcrypt(job->request());
        finished[0].job = std::move(job);
        lock.lock();
        schedule_.finished(thread, 1);
        lock.unlock();
        complete(finished);
        lock.lock();
    }
}

// A digest is what a password is checked against, so it is wiped when it was handed over.
void Engine::complete(std::vector<Batch::Finished>& finished) {
    for (Batch::Finished& one : finished) {
        ++(one.digest ? hashed_ : abandoned_);
        one.job->complete(one.digest);
        if (one.digest) explicit_bzero(one.digest->data(), one.digest->size());
    }
    finished.clear();
}

}  // namespace keyhold::crypto::bcrypt
