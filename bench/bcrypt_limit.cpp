// SPDX-License-Identifier: Apache-2.0
// bcrypt_limit ROUNDS: the kernel on 1 to 6 lanes, in turn, beside what a core could do at most: a line for each number
// of lanes. Every round measures all of them and the clock within a tenth of a second, so that a neighbour on the other
// hardware thread shows in one lane too. Pin it to a core.
//
// The limit: g++ 12.2 makes 15 instructions of a Blowfish round of one lane, 5 of them loads
// (docs/password-hashing.md). Zen 3 and Golden Cove begin 6 instructions in a cycle, 3 of them loads, so no order of
// them takes less than 2.5 cycles.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/processor_time.hpp"
#include "crypto/bcrypt/lanes.hpp"

namespace {

using namespace keyhold;
using crypto::bcrypt::Lanes;
using crypto::bcrypt::max_lanes;

constexpr std::uint32_t iterations = 32;
// An iteration expands the key twice; each time 521 blocks are encrypted, in 16 rounds.
constexpr double rounds_of_iteration = 2 * 521 * 16;
constexpr double instructions = 15, loads = 5, issued = 6, loaded = 3;

template <class Work>
double seconds(const Work& work) {
    const auto begin = thread_processor_time();
    work();
    return std::chrono::duration<double>(thread_processor_time() - begin).count();
}

// In GHz: no processor that we know multiplies in less than 3 cycles, and each waits for the one before.
double clock_rate() {
    constexpr int times = 100'000;
    std::uint64_t product = 3;
    const double time = seconds([&] {
        for (int i = 0; i < times; ++i)
            asm volatile("imul %0, %0\n imul %0, %0\n imul %0, %0\n imul %0, %0" : "+r"(product));
    });
    return 3 * 4 * times / time / 1e9;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 9;
    if (rounds < 1) return 2;
    Lanes lanes;
    for (std::size_t lane = 0; lane < max_lanes; ++lane) lanes.start(lane, {"measurement", {}, 12, {}});
    std::vector<double> clocks;
    std::array<std::vector<double>, max_lanes> nanoseconds, of_one;
    for (int round = 0; round < rounds; ++round) {
        clocks.push_back(clock_rate());
        for (std::size_t count = 1; count <= max_lanes; ++count) {
            const double time = seconds([&] { lanes.run(count, iterations); });
            nanoseconds[count - 1].push_back(1e9 * time /
                                             (rounds_of_iteration * iterations * static_cast<double>(count)));
            of_one[count - 1].push_back(nanoseconds[0].back() / nanoseconds[count - 1].back());
        }
    }
    const double clock = median(clocks), least = std::max(instructions / issued, loads / loaded);
    for (std::size_t i = 0; i < max_lanes; ++i) {
        const double middle = median(nanoseconds[i]);
        const auto [low, high] = std::ranges::minmax(nanoseconds[i]);
        std::printf("RESULT lanes=%zu ns=%.3f low=%.3f high=%.3f of_one=%.2f cycles=%.2f of_limit=%.2f clock=%.2f\n",
                    i + 1, middle, low, high, median(of_one[i]), middle * clock, least / (middle * clock), clock);
    }
}
