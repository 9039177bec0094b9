// SPDX-License-Identifier: Apache-2.0
#include "http/connection/worker_pool.hpp"

#include <gtest/gtest.h>

#include <future>
#include <semaphore>
#include <vector>

namespace keyhold::http {
namespace {

using Refused = std::optional<std::chrono::seconds>;

// A pool of one thread that is at work until release() is called.
class BusyPool : public testing::Test {
protected:
    BusyPool() {
        EXPECT_FALSE(pool_.refusal({}));
        pool_.submit({}, {[this](Refused) {
                              started_.release();
                              gate_.acquire();
                          },
                          {}});
        started_.acquire();
    }
    ~BusyPool() override { release(); }

    void release() {
        gate_.release();
        pool_.stop();
    }
    void submit(std::function<void()> run, std::stop_token gone = {}, const Payer& payer = {}) {
        ASSERT_FALSE(pool_.refusal(payer));
        pool_.submit(payer, {[this, run = std::move(run)](Refused refused) {
                                 if (refused)
                                     refused_.push_back(*refused);
                                 else
                                     run();
                             },
                             std::move(gone)});
    }

    std::counting_semaphore<> started_{0}, gate_{0};
    std::vector<std::chrono::seconds> refused_;
    WorkerPool pool_{1, 2};
};

TEST_F(BusyPool, refuses_when_its_queue_is_full_and_takes_jobs_again_when_it_is_not) {
    submit([] {});
    submit([] {});
    EXPECT_TRUE(pool_.refusal({}));
    gate_.release();
    while (pool_.counters().waiting > 0) std::this_thread::yield();
    std::promise<void> done;
    submit([&] { done.set_value(); });
    done.get_future().get();
}

TEST(WorkerPool, serves_one_of_each_network_in_turn) {
    WorkerPool pool(1, 10);
    std::counting_semaphore<> started{0}, gate{0};
    std::vector<char> order;
    const auto submit = [&](std::string_view address, char what) {
        pool.submit({IpAddress::parse(address).value(), {}}, {[&order, what](Refused) { order.push_back(what); }, {}});
    };
    pool.submit({}, {[&](Refused) {
                         started.release();
                         gate.acquire();
                     },
                     {}});
    started.acquire();
    submit("192.0.2.1", 'a');
    submit("192.0.2.1", 'a');
    submit("192.0.2.2", 'b');
    gate.release();
    pool.stop();
    EXPECT_EQ(order, (std::vector{'a', 'b', 'a'}));
}

TEST_F(BusyPool, serves_first_who_came_first) {
    std::vector<int> order;
    submit([&] { order.push_back(1); });
    submit([&] { order.push_back(2); });
    release();
    EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST_F(BusyPool, tells_a_job_whether_its_client_has_gone_and_nobody_else) {
    std::stop_source leaves, stays;
    std::vector<bool> gone;
    submit([&] { gone.push_back(WorkerPool::gone().stop_requested()); }, leaves.get_token());
    submit([&] { gone.push_back(WorkerPool::gone().stop_requested()); }, stays.get_token());
    leaves.request_stop();
    EXPECT_FALSE(WorkerPool::gone().stop_possible());
    release();
    EXPECT_EQ(gone, (std::vector{true, false}));
}

TEST_F(BusyPool, counts_what_waits_runs_is_done_and_was_refused) {
    submit([] {});
    submit([] {});
    EXPECT_TRUE(pool_.refusal({}));
    EXPECT_TRUE(pool_.refusal({}));
    PoolCounters counters = pool_.counters();
    EXPECT_EQ(counters.waiting, 2U);
    EXPECT_EQ(counters.running, 1U);
    EXPECT_EQ(counters.done, 0U);
    EXPECT_EQ(counters.refused, 2U);
    release();
    counters = pool_.counters();
    EXPECT_EQ(counters.waiting, 0U);
    EXPECT_EQ(counters.running, 0U);
    EXPECT_EQ(counters.done, 3U);
    EXPECT_EQ(counters.refused, 2U);
}

TEST_F(BusyPool, runs_what_waits_before_it_stops_and_takes_nothing_afterwards) {
    bool ran = false;
    submit([&] { ran = true; });
    release();
    EXPECT_TRUE(ran);
    EXPECT_TRUE(pool_.refusal({}));
}

}  // namespace
}  // namespace keyhold::http
