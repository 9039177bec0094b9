// SPDX-License-Identifier: Apache-2.0
// How much of the machine this process may take: the processors that it may run on (sched_setaffinity(2)), and the
// quota of its control groups (the kernel's Documentation/admin-guide/cgroup-v2.rst, cpu.max), which a container has.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace keyhold {

// The least quota of the process's control group and those above it, in processors: 0.5 is half the time of one. Empty
// if there is none. The older interface (cpu.cfs_quota_us) is read too. `root` is another one for tests alone.
std::optional<double> processor_quota(const std::filesystem::path& root = "/");

// The processors that there are for this process, at most its quota; more than 0.
double processors();

// How many threads that compute fit: processors(), rounded up.
std::size_t usable_processors();

}  // namespace keyhold
