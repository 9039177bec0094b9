// SPDX-License-Identifier: Apache-2.0
// How soon the kernel lets a thread run that has been woken.
#pragma once

#include <chrono>

namespace keyhold {

// For the calling thread: asks for `slice` at a time instead of the system's 3 ms. Linux 6.12 and newer then let who
// asked for less go before who asked for more, at once, and take nothing from anybody's share (sched_setattr(2),
// sched_runtime under SCHED_OTHER: 0.1 to 100 ms). Whoever wakes often and works for microseconds asks for little;
// whoever computes without end too, where others wait in his group of processes. Older kernels ignore it.
void ask_for_slices(std::chrono::nanoseconds slice) noexcept;

}  // namespace keyhold
