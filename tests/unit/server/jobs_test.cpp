// SPDX-License-Identifier: Apache-2.0
#include "server/jobs/jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <optional>

#include "server/library/testing.hpp"

namespace keyhold::server {
namespace {

using namespace std::chrono_literals;

void fail(std::string_view name, std::string_view what) { ADD_FAILURE() << name << ": " << what; }

TEST(JobsTest, a_job_that_has_more_to_do_is_called_again_at_once) {
    std::promise<int> done;
    int calls = 0;
    const auto count_to_five = [&] {
        if (++calls == 5) done.set_value(calls);
        return calls < 5;
    };
    const Jobs jobs({{"counting", count_to_five, Jobs::First::at_once}}, fail, 1h);
    EXPECT_EQ(done.get_future().get(), 5);
}

// A database of its own, and a clock to turn.
struct World {
    TestFolder folder;
    TestClock clock{Time{std::chrono::seconds(1'800'000'000)}};
    Loaded loaded = test_settings(folder, {}).value();
    std::unique_ptr<Components> components = Components::open(loaded.settings, 4, [](std::string_view) {},
                                                              {.make = store::Make::what_is_missing, .clock = &clock})
                                                 .value();
};

// A day's worth of them is some hundred megabytes from one address.
TEST(JobsTest, what_strangers_may_leave_is_gone_minutes_after_it_is_over) {
    World world;
    auto& [folder, clock, loaded, components] = world;
    store::AuthorizationStore& store = *components->stores.authorizations;
    const Time end = clock.now() + 600s;
    store.push({.digest = "r1", .client_id = "app", .parameters = "state=x", .expires_at = end});
    ASSERT_TRUE(store.add_device({.digest = "d1", .user_code_digest = "u1", .client_id = "app", .expires_at = end}));
    ASSERT_TRUE(store.use_assertion({"a1", end}));
    auto jobs = jobs_of_each_minute(*components, nullptr, 60s, [](std::string_view) {});
    const auto found = std::ranges::find(jobs, "old authorization codes", &Jobs::Job::name);
    ASSERT_NE(found, jobs.end());
    clock.set(end + 60s);
    EXPECT_FALSE(found->run_part());
    EXPECT_FALSE(store.use_assertion({"a1", end})) << "the clock of another node may be behind";
    EXPECT_TRUE(store.find_device("d1")) << "it is told that its code expired";
    clock.set(end + 180s);
    EXPECT_FALSE(found->run_part());
    EXPECT_TRUE(store.use_assertion({"a1", end})) << "it is gone";
    EXPECT_FALSE(store.find_device("d1"));
    EXPECT_FALSE(store.take_pushed("r1"));
}

// Each invented name leaves a row (docs/threat-model.md).
TEST(JobsTest, of_failed_log_ins_a_hundred_thousand_rows_are_kept) {
    World world;
    auto& [folder, clock, loaded, components] = world;
    store::Database& database = *components->stores.database;
    const auto rows = [&] {
        std::int64_t found = 0;
        database.use(store::Intent::read, [&](store::Connection& connection) {
            connection.prepare({"SELECT COUNT(*) FROM keyhold_failures", "", "i"})->run({}, [&](const auto& row) {
                found = row.integer(0);
            });
            return true;
        });
        return found;
    };
    database.write([&](store::Connection& connection) {
        return connection
            .prepare({"INSERT INTO keyhold_failures (subject, failures, address, locked_until, forgotten_at, settled) "
                      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 101200) "
                      "SELECT 's' || i, 1, '', 0, 1900000000, 1 FROM n",
                      "", ""})
            ->run({});
    });
    ASSERT_EQ(rows(), 101'200);
    auto jobs = jobs_of_each_minute(*components, nullptr, 60s, [](std::string_view) {});
    const auto found = std::ranges::find(jobs, "failed log-ins", &Jobs::Job::name);
    ASSERT_NE(found, jobs.end());
    int parts = 1;
    while (found->run_part()) ++parts;
    EXPECT_EQ(rows(), 100'000);
    EXPECT_EQ(parts, 3) << "none so large that a log-in would have to wait for it";
}

TEST(JobsTest, a_stop_waits_for_one_part_of_a_job_that_never_ends) {
    std::promise<void> begun;
    bool is_first = true;
    const auto never_ends = [&] {
        if (is_first) begun.set_value();
        is_first = false;
        return true;
    };
    std::optional<Jobs> jobs;
    jobs.emplace(std::vector<Jobs::Job>{{"endless", never_ends, Jobs::First::at_once}}, fail, 1h);
    begun.get_future().get();
    jobs.reset();  // or the test never ends either
}

TEST(JobsTest, what_a_job_throws_is_told_and_the_next_one_runs) {
    std::promise<std::string> told;
    std::promise<void> ran;
    const auto tell = [&](std::string_view name, std::string_view what) {
        told.set_value(std::string(name) + ": " + std::string(what));
    };
    const Jobs jobs({{"bad", [] { throw std::runtime_error("no disk"); }, Jobs::First::at_once},
                     {"good", [&] { ran.set_value(); }, Jobs::First::at_once}},
                    tell, 1h);
    EXPECT_EQ(told.get_future().get(), "bad: no disk");
    ran.get_future().get();
}

}  // namespace
}  // namespace keyhold::server
