#include "app/signals.hpp"

#include <initializer_list>

namespace keyhold::app {

StopSignals::StopSignals() {
    ::sigemptyset(&set_);
    for (int signal : {SIGINT, SIGTERM}) ::sigaddset(&set_, signal);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    ::signal(SIGPIPE, SIG_IGN);  // a client that goes away is an error code, not the end
    ::signal(SIGXFSZ, SIG_IGN);  // so is a file that may not grow
}

void StopSignals::wait() const {
    int signal = 0;
    ::sigwait(&set_, &signal);
}

}  // namespace keyhold::app
