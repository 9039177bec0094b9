// SPDX-License-Identifier: Apache-2.0
// The one place where tests in C++ let time go by (tests/test_waiting.py): until something can be seen.
#pragma once

#include <chrono>
#include <thread>

#include "base/clock.hpp"

namespace keyhold::store {

// A slow machine takes its time; a right answer comes early.
template <class Condition>
bool comes_true(Condition condition, std::chrono::seconds patience = std::chrono::seconds(20)) {
    for (const auto end = BootClock::now() + patience; BootClock::now() < end;
         std::this_thread::sleep_for(std::chrono::milliseconds(5)))
        if (condition()) return true;
    return false;
}

}  // namespace keyhold::store
