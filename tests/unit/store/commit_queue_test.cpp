// SPDX-License-Identifier: Apache-2.0
// What becomes of works that share a transaction when one of them fails, and when the commit does.
#include "store/database/commit_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include "store/database/link.hpp"

namespace keyhold::store {

namespace {

struct Outcome {
    std::map<const CommitQueue::Work*, int> attempts;
    std::atomic<int> done = 0, unknown = 0, failed = 0;
    std::size_t largest = 0;  // batch
};

// Eight works at once, again until some of them shared a transaction, which `ending` ends. The works themselves are
// never run: they would need a database.
void run_together(Outcome& outcome, const std::function<void(std::span<const CommitQueue::Work* const>)>& ending) {
    constexpr int people = 8;
    for (int round = 0; round < 1'000 && outcome.largest < 2; ++round) {
        std::atomic<int> arrived = 0;
        outcome.attempts.clear();
        CommitQueue queue([&](std::span<const CommitQueue::Work* const> works) {
            while (arrived < people) std::this_thread::yield();  // so that the next batch is not of one
            outcome.largest = std::max(outcome.largest, works.size());
            for (const CommitQueue::Work* const work : works) ++outcome.attempts[work];
            ending(works);
        });
        std::vector<std::jthread> threads;
        for (int i = 0; i < people; ++i)
            threads.emplace_back([&] {
                const CommitQueue::Work work = [](Connection&) {};
                ++arrived;
                try {
                    queue.run(work);
                    ++outcome.done;
                } catch (const CommitUnknown&) {
                    ++outcome.unknown;
                } catch (const std::runtime_error&) {
                    ++outcome.failed;
                }
            });
    }
    ASSERT_GT(outcome.largest, 1u) << "nobody shared a transaction";
}

}  // namespace

TEST(CommitQueue, a_commit_that_failed_is_unknown_to_all_and_nobody_is_run_again) {
    Outcome outcome;
    run_together(outcome, [](auto) { throw CommitUnknown("the connection is gone"); });
    for (const auto& [work, attempts] : outcome.attempts) EXPECT_EQ(attempts, 1);
    EXPECT_EQ(outcome.done + outcome.failed, 0);
    EXPECT_GT(outcome.unknown, 0);
}

TEST(CommitQueue, when_a_work_fails_the_others_are_done_without_it) {
    Outcome outcome;
    const CommitQueue::Work* bad = nullptr;
    run_together(outcome, [&](std::span<const CommitQueue::Work* const> works) {
        if (works.size() > 1 && bad == nullptr) bad = works.front();
        if (std::ranges::find(works, bad) != works.end()) throw std::runtime_error("not unique");
    });
    EXPECT_EQ(outcome.failed, 1);
    EXPECT_EQ(outcome.unknown, 0);
    EXPECT_EQ(outcome.attempts[bad], 2) << "with the others, and alone";
}

// Whoever is not told would wait for ever, and whoever is told too early would have what he waits on taken away.
TEST(CommitQueue, everybody_is_told_once_and_one_commits_at_a_time) {
    constexpr int people = 16, times = 500;
    std::atomic<int> committing = 0, together = 0, run = 0, told = 0;
    CommitQueue queue([&](std::span<const CommitQueue::Work* const> works) {
        if (++committing > 1) ++together;
        run += static_cast<int>(works.size());
        --committing;
    });
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < people; ++i)
            threads.emplace_back([&] {
                for (int time = 0; time < times; ++time) {
                    queue.run([](Connection&) {});
                    ++told;
                }
            });
    }
    EXPECT_EQ(together, 0);
    EXPECT_EQ(run, people * times);
    EXPECT_EQ(told, people * times);
}

}  // namespace keyhold::store
