// SPDX-License-Identifier: Apache-2.0
// The kernel: up to six bcrypt computations, interleaved on one core.
//
// A Blowfish round needs the one before it: the core waits most of the time. The rounds of several lanes have
// nothing to do with each other, so written side by side in plain C++ they fill the waits.
// docs/password-hashing.md has the figures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "crypto/bcrypt/bcrypt.hpp"

namespace keyhold::crypto::bcrypt {

// Six times 4 KiB of state is what a first-level cache of 32 KiB still holds, and registers end there too.
inline constexpr std::size_t max_lanes = 6;

// The state of max_lanes computations; lanes 0 to n - 1 are run together. One thread at a time. Wiped at the end.
// The state is about 25 KiB, aligned to a page, and stands on the heap.
class Lanes {
public:
    Lanes();
    ~Lanes();

    // Sets `lane` up for `request` and does the key schedule that salt and password share (EksBlowfishSetup).
    // Copies what it needs of `request`, which may go afterwards.
    void start(std::size_t lane, const Request& request);

    // `iterations` of the 2^cost of EksBlowfishSetup (two key schedules each) in lanes 0 to `count` - 1, all in
    // step. About 60 us per iteration for one lane.
    void run(std::size_t count, std::uint32_t iterations);

    // Encrypts bcrypt's text with the state of `lane` and wipes it. 2^cost iterations must have been run.
    Digest finish(std::size_t lane);

    void move(std::size_t from, std::size_t to);  // wipes `from`
    void wipe(std::size_t lane);

    // Whether nothing of a computation is left in `lane`; for the tests.
    bool is_wiped(std::size_t lane) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace keyhold::crypto::bcrypt
