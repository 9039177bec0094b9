// SPDX-License-Identifier: Apache-2.0
// The engine with its threads.
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/exceptions.hpp"
#include "bcrypt_fixtures.hpp"
#include "crypto/bcrypt/engine.hpp"

namespace keyhold::crypto::bcrypt {
namespace {

EngineSettings settings_of(std::size_t threads, std::size_t lanes) {
    EngineSettings settings;
    settings.threads = threads;
    settings.lanes = lanes;
    return settings;
}

// The exception of a future is the failure of a test.
void ask_from_many_threads(Engine& engine, unsigned seed, std::size_t callers, std::size_t questions_each) {
    std::vector<std::future<void>> waiting;
    for (std::size_t caller = 0; caller < callers; ++caller)
        waiting.push_back(std::async(std::launch::async, [&engine, seed, caller, questions_each] {
            Questions questions(seed + static_cast<unsigned>(caller));
            for (std::size_t i = 0; i < questions_each; ++i) {
                const Question question = questions.next();
                EXPECT_EQ(engine.compute(question.ask()), libxcrypt(question));
            }
        }));
    for (auto& one : waiting) one.get();
}

TEST(BcryptEngine, answers_many_threads_as_libxcrypt_does) {
    for (std::size_t lanes = 1; lanes <= max_lanes; ++lanes) {
        Engine engine(settings_of(2, lanes));
        ask_from_many_threads(engine, static_cast<unsigned>(200 + 10 * lanes), 8, 5);
        EXPECT_EQ(engine.counters().hashed, 40U);
        EXPECT_EQ(engine.counters().waiting, 0U);
        EXPECT_EQ(engine.counters().lanes, 2 * lanes);
        EXPECT_FALSE(engine.counters().fallen_back);
    }
}

// Below it, whatever else runs on the machine takes the log-ins' share.
TEST(BcryptEngine, computes_at_the_priority_of_the_process) {
    Engine engine(settings_of(1, 2));
    std::promise<std::pair<int, int>> seen;
    engine.submit({"x", Variant::b, min_cost, {}}, {}, [&](std::optional<Digest>) {
        seen.set_value({sched_getscheduler(0), getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()))});
    });
    EXPECT_EQ(seen.get_future().get(), std::pair(SCHED_OTHER, getpriority(PRIO_PROCESS, 0)));
}

TEST(BcryptEngine, calls_back_without_blocking_who_submits) {
    Engine engine(settings_of(1, 4));
    Questions questions(310);
    const Question question = questions.next();
    std::promise<std::optional<Digest>> answer;
    engine.submit(question.ask(), {}, [&](std::optional<Digest> digest) { answer.set_value(digest); });
    EXPECT_EQ(answer.get_future().get(), libxcrypt(question));
}

TEST(BcryptEngine, drops_a_job_whose_client_has_gone) {
    Engine engine(settings_of(1, 1));
    std::stop_source client;
    std::promise<std::optional<Digest>> answer;
    // Cost 16 would take seconds; the client is gone before the first chunk ends.
    engine.submit({"x", Variant::b, max_cost, {}}, client.get_token(),
                  [&](std::optional<Digest> digest) { answer.set_value(digest); });
    client.request_stop();
    EXPECT_EQ(answer.get_future().get(), std::nullopt);
    EXPECT_EQ(engine.counters().abandoned, 1U);
    ask_from_many_threads(engine, 320, 1, 1);
}

TEST(BcryptEngine, lets_go_of_who_asked_when_the_client_has_gone) {
    std::stop_source leaves;
    EngineSettings settings = settings_of(1, 2);
    settings.gone = [&] { return leaves.get_token(); };
    Engine engine(std::move(settings));
    auto asked = std::async(std::launch::async, [&] { return engine.compute({"x", Variant::b, max_cost, {}}); });
    while (engine.counters().running == 0) std::this_thread::yield();
    leaves.request_stop();
    EXPECT_THROW(asked.get(), Abandoned);
    EXPECT_EQ(engine.counters().running, 0U);
    EXPECT_EQ(engine.counters().abandoned, 1U);
    leaves = std::stop_source();
    ask_from_many_threads(engine, 325, 1, 1);
}

TEST(BcryptEngine, is_free_at_once_when_sixteen_clients_go) {
    std::stop_source leaves;
    Engine engine(settings_of(2, 4));
    std::counting_semaphore<> given_up{0};
    for (int i = 0; i < 16; ++i)
        engine.submit({"x", Variant::b, max_cost, {}}, leaves.get_token(), [&](std::optional<Digest> digest) {
            if (!digest) given_up.release();
        });
    while (engine.counters().running < 8) std::this_thread::yield();
    EXPECT_EQ(engine.counters().waiting, 8U);
    leaves.request_stop();
    // Sixteen hashes of cost 16 would take two cores ten seconds.
    for (int i = 0; i < 16; ++i) EXPECT_TRUE(given_up.try_acquire_for(std::chrono::seconds(5)));
    EXPECT_EQ(engine.counters().running, 0U);
    EXPECT_EQ(engine.counters().waiting, 0U);
    EXPECT_EQ(engine.counters().hashed, 0U);
    ask_from_many_threads(engine, 327, 1, 1);
}

TEST(BcryptEngine, gives_up_what_is_not_done_when_it_ends) {
    std::atomic<int> given_up = 0;
    {
        Engine engine(settings_of(1, 2));
        for (int i = 0; i < 5; ++i)
            engine.submit({"x", Variant::b, max_cost, {}}, {}, [&](std::optional<Digest> digest) {
                if (!digest) ++given_up;
            });
    }
    EXPECT_EQ(given_up, 5);
}

TEST(BcryptEngine, falls_back_to_libxcrypt_and_says_so_once_if_it_fails_its_self_test) {
    const KnownAnswer wrong{"U*V", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"};
    EngineSettings settings = settings_of(2, 1);
    settings.known_answers = {&wrong, 1};
    std::atomic<int> warnings = 0;
    settings.warn = [&](std::string_view text) {
        ++warnings;
        EXPECT_NE(text.find("libxcrypt"), std::string_view::npos);
    };
    Engine engine(std::move(settings));
    ask_from_many_threads(engine, 330, 4, 3);
    EXPECT_EQ(warnings, 1);
    EXPECT_TRUE(engine.counters().fallen_back);
    EXPECT_EQ(engine.counters().lanes, 2U) << "one of each thread";
    EXPECT_EQ(engine.counters().hashed, 12U);
}

// The answers are right on whatever number of lanes it tries, and what it counted is what the hashes are made of.
TEST(BcryptEngine, answers_as_libxcrypt_does_while_it_looks_for_the_best_number_of_lanes) {
    Engine engine(settings_of(2, 0));
    EXPECT_EQ(engine.counters().most_lanes, 2 * max_lanes);
    ask_from_many_threads(engine, 340, 16, 6);
    const EngineCounters counters = engine.counters();
    EXPECT_EQ(counters.hashed, 96U);
    EXPECT_EQ(counters.iterations, 96U << min_cost);
    EXPECT_GT(counters.processor_time.count(), 0);
    EXPECT_GT(counters.rate, 0);
    EXPECT_GE(counters.lanes, 2U);
    EXPECT_LE(counters.lanes, counters.most_lanes);
}

// A lower bound of the time: a busy machine only makes it longer.
TEST(BcryptEngine, takes_no_more_of_a_processor_than_its_share) {
    EngineSettings settings = settings_of(1, 2);
    settings.share = 0.25;
    Engine engine(std::move(settings));
    engine.compute({"x", Variant::b, min_cost, {}});  // the self-test is over
    const auto before = engine.counters().processor_time;
    const auto begin = std::chrono::steady_clock::now();
    engine.compute({"x", Variant::b, 9, {}});
    engine.compute({"x", Variant::b, min_cost, {}});  // begins after the pause for the one before
    const auto time = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(time, 3 * (engine.counters().processor_time - before));
}

TEST(BcryptEngine, refuses_what_it_cannot_do) {
    EngineSettings greedy = settings_of(1, 1);
    for (const double wrong : {0.0, -1.0, 1.1}) {
        greedy.share = wrong;
        EXPECT_THROW(Engine{greedy}, std::invalid_argument);
    }
    EXPECT_THROW(Engine(settings_of(1, max_lanes + 1)), std::invalid_argument);
    Engine engine(settings_of(1, 1));
    EXPECT_THROW(engine.compute({"x", Variant::b, max_cost + 1, {}}), std::invalid_argument);
    EXPECT_THROW(engine.compute({"x", Variant::b, min_cost - 1, {}}), std::invalid_argument);
}

}  // namespace
}  // namespace keyhold::crypto::bcrypt
