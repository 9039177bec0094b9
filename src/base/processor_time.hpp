// SPDX-License-Identifier: Apache-2.0
// How long the calling thread was on a processor (clock_gettime(2), CLOCK_THREAD_CPUTIME_ID).
#pragma once

#include <time.h>

#include <chrono>

namespace keyhold {

// The time that this thread spent on a processor. Time of other threads on the same processor is left out; that they
// share its execution units is not.
inline std::chrono::nanoseconds thread_processor_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace keyhold
