// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/engine.hpp"

#include <string.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>

#include "base/abandoned.hpp"
#include "base/scheduling.hpp"
#include "crypto/bcrypt/lane_count.hpp"
#include "crypto/bcrypt/libxcrypt.hpp"

namespace keyhold::crypto::bcrypt {

namespace {

// About 2 ms alone and 3 ms with all lanes: how long a job waits for the running ones, and how long an abandoned
// one goes on.
constexpr std::uint32_t chunk = 32;

// Compute threads have normal priority, so that other programs leave them their share; whoever asked the kernel for
// less at a time goes before them when he wakes (docs/decisions/0059-what-refusing-costs.md).
constexpr std::chrono::milliseconds slice{20};

EngineSettings completed(EngineSettings settings) {
    if (settings.threads == 0) settings.threads = std::max(1U, std::thread::hardware_concurrency());
    if (settings.lanes == 0) settings.lanes = default_lanes();
    if (settings.lanes > max_lanes) throw std::invalid_argument("a bcrypt thread has 1 to 6 lanes");
    return settings;
}

}  // namespace

Engine::Engine(EngineSettings settings)
    : settings_(completed(std::move(settings))), schedule_(settings_.threads, settings_.lanes) {}

void Engine::start() {
    std::call_once(started_, [this] {
        for (std::size_t i = 0; i < settings_.threads; ++i) threads_.emplace_back([this, i] { work(i); });
    });
}

Engine::~Engine() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
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
    const std::lock_guard lock(mutex_);
    return {schedule_.waiting(), schedule_.running(), settings_.threads * settings_.lanes, hashed_,
            abandoned_,          fallen_back_};
}

void Engine::work(std::size_t thread) {
    ask_for_slices(slice);
    std::call_once(tested_, [this] {
        trusted_ = passes_self_test(settings_.known_answers, settings_.lanes);
        fallen_back_ = !trusted_;
        if (!trusted_)
            settings_.warn("the bcrypt engine failed its self-test: hashing with libxcrypt, three times slower");
    });
    if (!trusted_) return fall_back(thread);

    Batch batch;
    std::vector<Batch::Finished> finished;
    std::vector<std::unique_ptr<Job>> joining;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        while (auto job = schedule_.take(thread)) joining.push_back(std::move(job));
        if (joining.empty() && batch.size() == 0) {
            wake_.wait(lock);
            continue;
        }
        lock.unlock();
        for (auto& job : joining) batch.join(std::move(job));
        joining.clear();
        batch.run(chunk, finished);
        lock.lock();
        if (finished.empty()) continue;
        schedule_.finished(thread, finished.size());
        lock.unlock();
        complete(finished);
        lock.lock();
    }
    lock.unlock();
    batch.abandon(finished);
    complete(finished);
}

// The engine without its kernel: one job at a time on each thread.
void Engine::fall_back(std::size_t thread) {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        auto job = schedule_.take(thread);
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

void Engine::complete(std::vector<Batch::Finished>& finished) {
    for (Batch::Finished& one : finished) {
        ++(one.digest ? hashed_ : abandoned_);
        one.job->complete(one.digest);
        if (one.digest) explicit_bzero(one.digest->data(), one.digest->size());
    }
    finished.clear();
}

}  // namespace keyhold::crypto::bcrypt
