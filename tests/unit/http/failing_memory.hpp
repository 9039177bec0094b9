// SPDX-License-Identifier: Apache-2.0
// Memory that runs out where a test wants it to, and how much of it is taken. On one thread.
#pragma once

#include <cstddef>
#include <optional>

namespace keyhold::http {

struct Memory {
    std::optional<std::size_t> fails_after;  // so many more allocations succeed
    bool only_once = true;                   // then there is memory again
    bool has_failed = false;
    std::ptrdiff_t live = 0;  // bytes taken and not given back, both on this thread
};

inline thread_local Memory memory;

}  // namespace keyhold::http
