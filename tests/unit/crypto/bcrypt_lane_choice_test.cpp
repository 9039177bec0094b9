// SPDX-License-Identifier: Apache-2.0
// The choice of lanes on processors that are tables: what so many lanes compute, as docs/password-hashing.md has it
// from measurements, and what a chunk is off by.
#include "crypto/bcrypt/lane_choice.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace keyhold::crypto::bcrypt {
namespace {

using Rates = std::array<double, 6>;  // of 1 to 6 lanes, against one of libxcrypt

// An AMD EPYC of the Zen 3 generation, with its core to itself and with strangers on the other hardware thread.
constexpr Rates alone{1.04, 1.95, 2.65, 3.20, 3.36, 3.42};
constexpr Rates shared{1.03, 1.85, 2.1, 2.3, 2.2, 2.2};
// Where the cache holds three.
constexpr Rates small{1.0, 1.8, 2.4, 2.1, 1.9, 1.7};

class Core {
public:
    Core(LaneChoice choice, double noise, unsigned seed) : choice_(choice), noise_(noise), random_(seed) {}

    // So many chunks of 32 iterations while `jobs` wait or run. What was computed, in units of one lane of libxcrypt in
    // the time of a processor that it took.
    double run(std::size_t chunks, std::size_t jobs, const Rates& rates) {
        double computed = 0, time = 0;
        for (std::size_t i = 0; i < chunks; ++i) {
            const std::size_t lanes = choice_.next(std::min(jobs, choice_.room()));
            EXPECT_GE(lanes, 1U);
            EXPECT_LE(lanes, rates.size());
            // A chunk may take longer by what else the machine does: never less.
            const double seconds =
                static_cast<double>(lanes) / rates[lanes - 1] * (1 + noise_ * std::abs(normal_(random_)));
            choice_.ran(lanes, 32 * lanes, std::chrono::nanoseconds(static_cast<std::int64_t>(1e6 * seconds)));
            computed += static_cast<double>(lanes);
            time += seconds;
        }
        return computed / time;
    }
    const LaneChoice& choice() const { return choice_; }

private:
    LaneChoice choice_;
    const double noise_;
    std::normal_distribution<double> normal_;
    std::mt19937 random_;
};

std::size_t best(const Rates& rates) {
    return static_cast<std::size_t>(std::ranges::max_element(rates) - rates.begin()) + 1;
}

TEST(BcryptLaneChoice, begins_with_what_the_caches_hold) {
    EXPECT_EQ(LaneChoice::measured(4, 6).lanes(), 4U);
    LaneChoice choice = LaneChoice::measured(4, 6);
    EXPECT_EQ(choice.next(9), 4U);
}

TEST(BcryptLaneChoice, goes_where_most_is_computed_from_wherever_it_begins) {
    for (const Rates& rates : {alone, shared, small})
        for (std::size_t first = 1; first <= rates.size(); ++first) {
            Core core(LaneChoice::measured(first, rates.size()), 0, 1);
            core.run(2000, 100, rates);  // 6 s
            // Numbers that differ by less than two in a hundred are as good as each other.
            EXPECT_GE(rates[core.choice().lanes() - 1], 0.98 * rates[best(rates) - 1]) << "from " << first;
        }
}

TEST(BcryptLaneChoice, is_never_two_in_a_hundred_below_what_it_began_with) {
    for (const double noise : {0.0, 0.02, 0.05, 0.2})
        for (const Rates& rates : {alone, shared, small})
            for (std::size_t first = 1; first <= rates.size(); ++first) {
                Core fixed(LaneChoice::fixed(first), noise, 2),
                    measured(LaneChoice::measured(first, rates.size()), noise, 2);
                EXPECT_GE(measured.run(20'000, 100, rates), 0.98 * fixed.run(20'000, 100, rates))
                    << "from " << first << ", noise " << noise;
            }
}

TEST(BcryptLaneChoice, follows_neighbours_that_come_and_go_every_two_seconds) {
    Core measured(LaneChoice::measured(4, 6), 0.02, 3);
    std::vector<std::size_t> chosen;
    for (int times = 0; times < 10; ++times) {
        measured.run(700, 100, alone);
        chosen.push_back(measured.choice().lanes());
        measured.run(700, 100, shared);
        chosen.push_back(measured.choice().lanes());
    }
    for (std::size_t i = 0; i < chosen.size(); ++i)
        EXPECT_GE((i % 2 == 0 ? alone : shared)[chosen[i] - 1], 0.94 * (i % 2 == 0 ? alone[5] : shared[3])) << i;
}

// One log-in has a processor to itself, and nobody pauses for the sake of a measurement.
TEST(BcryptLaneChoice, lets_all_run_where_there_are_fewer_jobs_than_lanes) {
    LaneChoice choice = LaneChoice::measured(4, 6);
    for (int i = 0; i < 1000; ++i) {
        const auto jobs = static_cast<std::size_t>(i % 3 + 1);
        EXPECT_EQ(choice.next(jobs), jobs);
        choice.ran(jobs, 32 * jobs, std::chrono::milliseconds(2));
    }
    EXPECT_EQ(choice.lanes(), 4U);
}

TEST(BcryptLaneChoice, tries_nothing_where_the_number_is_fixed) {
    LaneChoice choice = LaneChoice::fixed(3);
    EXPECT_EQ(choice.room(), 3U);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(choice.next(9), 3U);
        choice.ran(3, 96, std::chrono::milliseconds(2));
    }
}

TEST(BcryptLaneChoice, makes_room_for_two_more_up_to_the_most_that_there_are) {
    EXPECT_EQ(LaneChoice::measured(3, 6).room(), 5U);
    EXPECT_EQ(LaneChoice::measured(5, 6).room(), 6U);
    EXPECT_EQ(LaneChoice::measured(6, 6).room(), 6U);
}

// A clock that stands still, or goes back, measures nothing.
TEST(BcryptLaneChoice, learns_nothing_from_a_chunk_without_time) {
    LaneChoice choice = LaneChoice::measured(4, 6);
    for (int i = 0; i < 1000; ++i) {
        const std::size_t lanes = choice.next(9);
        choice.ran(lanes, 32 * lanes, std::chrono::nanoseconds(i % 2 == 0 ? 0 : -1));
    }
    EXPECT_EQ(choice.lanes(), 4U);
}

}  // namespace
}  // namespace keyhold::crypto::bcrypt
