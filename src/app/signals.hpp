// The signals that a server obeys.
#pragma once

#include <signal.h>

#include <chrono>
#include <cstdint>

namespace keyhold::app {

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

}  // namespace keyhold::app
