// How soon the kernel lets a thread run that has been woken.
#pragma once

#include <chrono>

namespace keyhold::http {

// For the calling thread, which wakes often and works for microseconds: asks for `slice` at a time instead of the
// system's 3 ms. Linux 6.12 and newer then let it go before a thread that asked for more, at once, and takes nothing
// from anybody's share (sched_setattr(2), sched_runtime under SCHED_OTHER: 0.1 to 100 ms). Older kernels ignore it.
void ask_for_short_slices(std::chrono::nanoseconds slice) noexcept;

// For the calling thread, which nobody waits for by the millisecond: it gets less of a core that others want too.
void step_back(int niceness) noexcept;

}  // namespace keyhold::http
