// SPDX-License-Identifier: Apache-2.0
#include "base/scheduling.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace keyhold {

namespace {

// struct sched_attr of <linux/sched/types.h>, which glibc 2.36 does not declare and <sched.h> collides with.
struct Attributes {
    std::uint32_t size = sizeof(Attributes);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;  // nanoseconds; the slice under SCHED_OTHER
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
};
static_assert(sizeof(Attributes) == 48);  // SCHED_ATTR_SIZE_VER0

}  // namespace

void ask_for_slices(std::chrono::nanoseconds slice) noexcept {
    Attributes attributes;
    // sched_setattr(2) sets all of it at once, so what shall stay is read before.
    attributes.nice = getpriority(PRIO_PROCESS, 0);
    attributes.runtime = static_cast<std::uint64_t>(slice.count());
    syscall(SYS_sched_setattr, 0, &attributes, 0);  // refused or unknown: as before
}

}  // namespace keyhold
