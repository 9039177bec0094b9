// SPDX-License-Identifier: Apache-2.0
// The operating system's randomness.
#pragma once

#include "base/random.hpp"

namespace keyhold::crypto {

// Has no state, so any number of them may exist and be shared by all threads.
class SystemRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override;  // throws std::runtime_error if there is none
};

}  // namespace keyhold::crypto
