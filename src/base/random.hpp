// SPDX-License-Identifier: Apache-2.0
// Where randomness comes from; crypto/random.hpp has the real one.
#pragma once

#include <span>

namespace keyhold {

// Throws rather than give what can be guessed; there is nothing that a caller could do instead.
class Random {
public:
    virtual ~Random() = default;
    // Fills with unpredictable bytes, or throws. Any thread.
    virtual void fill(std::span<unsigned char> bytes) = 0;
};

}  // namespace keyhold
