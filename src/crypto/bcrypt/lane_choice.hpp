// SPDX-License-Identifier: Apache-2.0
// How many lanes a compute thread runs: found by trying, chunk by chunk, which number computes most here and now.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace keyhold::crypto::bcrypt {

// The best number of lanes depends on the caches of the processor and on what a neighbour does on the other hardware
// thread of the core, which changes within seconds (docs/decisions/0110-lanes-by-measure.md). So one chunk now and then
// runs with one or two lanes more or less, and is held against the chunks before and after it, which met the same
// neighbours. Where that was better in the median of several tries, it is the number from then on. Tries may cost one
// part in a hundred of what is computed.
//
// No thread, no clock, no lock: what happens depends on the calls alone. One thread at a time.
class LaneChoice {
public:
    // Begins with `first`; tries 1 to `most`. Where both are the same number, nothing is tried.
    static LaneChoice measured(std::size_t first, std::size_t most) { return {first, most, Tries::yes}; }
    static LaneChoice fixed(std::size_t lanes) { return {lanes, lanes, Tries::no}; }

    // The number that is best as far as we know.
    std::size_t lanes() const { return lanes_; }

    // How many jobs the thread may hold while others wait: those that pause make it possible to try more lanes.
    std::size_t room() const { return tries_ == Tries::yes ? std::min(most_, lanes_ + farthest) : lanes_; }

    // How many of `jobs` are to run in the next chunk: all of them up to lanes(), and sometimes some more or less.
    std::size_t next(std::size_t jobs);

    // What that chunk gave: iterations of all its lanes together, and the time of the thread on a processor.
    void ran(std::size_t lanes, std::uint64_t iterations, std::chrono::nanoseconds time);

private:
    enum class Tries : std::uint8_t { no, yes };
    LaneChoice(std::size_t first, std::size_t most, Tries tries) : most_(most), lanes_(first), tries_(tries) {}

    // What another number gave, of what lanes() gave right before and after it.
    class Ratios {
    public:
        void add(double ratio);
        void clear() { count_ = 0; }
        bool are_better() const;  // the median clearly, and nearly all of them
        double median() const;    // of the latest

    private:
        static constexpr std::size_t size = 9;
        std::array<double, size> ratios_{};
        std::size_t count_ = 0;
    };

    // The numbers that are tried, in turn: how far they are from lanes(). Two, because three numbers may be equally
    // good with a better one behind them.
    static constexpr std::array steps{-1, 1, -2, 2};
    static constexpr std::size_t farthest = 2;

    // The next number that is worth a try with so many jobs; empty: none is possible.
    std::optional<std::size_t> candidate(std::size_t jobs);
    // One more ratio of a number to lanes(): counts what it cost, and takes the number over if it is clearly better.
    void decide(std::size_t tried, double ratio);

    const std::size_t most_;
    std::size_t lanes_;
    const Tries tries_;
    std::array<Ratios, steps.size()> ratios_;
    std::size_t turn_ = 0;          // of steps
    std::optional<double> before_;  // the rate of the last chunk, if it ran on lanes() lanes
    struct Try {
        std::size_t lanes;
        std::optional<double> rate;  // once it was run
    };
    std::optional<Try> trying_;
    double budget_ = 0;       // chunks that tries may cost
    unsigned since_try_ = 0;  // chunks
};

}  // namespace keyhold::crypto::bcrypt
