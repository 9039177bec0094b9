// SPDX-License-Identifier: Apache-2.0
// Memory that runs out where a test wants it to, and how much of it is taken. On one thread.
#pragma once

#include <cstddef>
#include <optional>

namespace keyhold::http {

// The operator new of the tests (failing_memory.cpp) asks it before each allocation and throws std::bad_alloc in its
// name. What C libraries take by malloc() is not seen.
struct Memory {
    std::optional<std::size_t> fails_after;  // so many more allocations succeed
    bool only_once = true;                   // then there is memory again
    bool has_failed = false;
    std::ptrdiff_t live = 0;  // bytes taken and not given back, both on this thread
};

// One for each thread, so that a test that lets memory run out does not hit the threads of the pools.
inline thread_local Memory memory;

}  // namespace keyhold::http
