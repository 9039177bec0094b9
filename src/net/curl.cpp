// SPDX-License-Identifier: Apache-2.0
#include "net/curl.hpp"

namespace keyhold::net {

NoSigpipe::NoSigpipe() {
    sigset_t pending;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    was_pending_ = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
}

NoSigpipe::~NoSigpipe() {
    constexpr timespec now{0, 0};
    // One that was pending before was meant for the program, and stays.
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace keyhold::net
