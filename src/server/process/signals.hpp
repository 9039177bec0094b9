// SPDX-License-Identifier: Apache-2.0
// The signals that a program obeys which is a server, and none of which a thread of the server takes.
#pragma once

#include <signal.h>

#include <chrono>
#include <cstdint>

namespace keyhold::server {

// One for the whole process, made before its threads are.
class Signals {
public:
    // Blocks them in this thread and in all that it starts from now on.
    Signals();

    enum class Said : std::uint8_t {
        stop,
        reload,
        succeed,  // another process serves at our sockets
        nothing,
    };
    Said wait() const;
    Said wait_for(std::chrono::milliseconds time) const;  // `nothing` when the time is over

    // For Said::succeed, from any thread.
    static void say_that_another_serves();

private:
    sigset_t set_{};
};

// While it lives, threads that this thread starts take no signals, for good: handlers of the program around us run on
// its own threads, and a client that goes away is an error code (SIGPIPE) whatever the program does about that signal.
// What a thread raises by a fault of its own (SIGSEGV ...) still ends it.
class SignalsBlocked {
public:
    SignalsBlocked();
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked();

private:
    sigset_t before_{};
};

}  // namespace keyhold::server
