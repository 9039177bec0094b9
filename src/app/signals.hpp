// The signals that a server obeys.
#pragma once

#include <signal.h>

namespace keyhold::app {

// Blocks them in this thread and in all that it starts from now on; then waits for one.
class StopSignals {
public:
    StopSignals();
    void wait() const;

private:
    sigset_t set_{};
};

}  // namespace keyhold::app
