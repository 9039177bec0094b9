// SPDX-License-Identifier: Apache-2.0
// What the kernel counts for this process (proc(5)).
#pragma once

#include <cstdint>

namespace keyhold::server {

struct ProcessStats {
    double cpu_seconds = 0;
    double start_time = 0;  // seconds since 1970
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t most_descriptors = 0;
    std::uint64_t threads = 0;
};

// What cannot be read is 0.
ProcessStats process_stats();

}  // namespace keyhold::server
