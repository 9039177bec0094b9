// SPDX-License-Identifier: Apache-2.0
// What a thread is called in `top -H` and in debuggers: for those that work while nobody asks.
#pragma once

#include <pthread.h>

namespace keyhold {

// Of the calling thread; 15 characters at most. Threads that it starts are called the same until they say otherwise.
// A longer name is refused by the system, and the thread keeps the one that it has.
inline void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

}  // namespace keyhold
