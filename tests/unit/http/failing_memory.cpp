// SPDX-License-Identifier: Apache-2.0
#include "failing_memory.hpp"

#include <malloc.h>

#include <cstdlib>
#include <new>

using keyhold::http::memory;

void* operator new(std::size_t size) {
    if (memory.fails_after) {
        if (*memory.fails_after == 0) {
            if (memory.only_once) memory.fails_after.reset();
            memory.has_failed = true;
            throw std::bad_alloc();
        }
        --*memory.fails_after;
    }
    void* const place = std::malloc(size == 0 ? 1 : size);
    if (place == nullptr) throw std::bad_alloc();
    memory.live += static_cast<std::ptrdiff_t>(::malloc_usable_size(place));
    return place;
}

void operator delete(void* place) noexcept {
    if (place != nullptr) memory.live -= static_cast<std::ptrdiff_t>(::malloc_usable_size(place));
    std::free(place);
}

void operator delete(void* place, std::size_t) noexcept { ::operator delete(place); }
