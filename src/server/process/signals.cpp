// SPDX-License-Identifier: Apache-2.0
#include "server/process/signals.hpp"

#include <unistd.h>

#include <initializer_list>

namespace keyhold::server {
namespace {

Signals::Said meaning_of(int signal) {
    if (signal == SIGHUP) return Signals::Said::reload;
    return signal == SIGUSR2 ? Signals::Said::succeed : Signals::Said::stop;
}

}  // namespace

Signals::Signals() {
    ::sigemptyset(&set_);
    // SIGUSR2 is ours: say_that_another_serves() sends it, so that the thread that waits for signals hears of a
    // successor as well.
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) ::sigaddset(&set_, signal);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    (void)::signal(SIGPIPE, SIG_IGN);  // a client that goes away is an error code, not the end
    (void)::signal(SIGXFSZ, SIG_IGN);  // so is a file that may not grow
}

// To the process: the thread that waits in sigwait() takes it, as all others block it.
void Signals::say_that_another_serves() { ::kill(::getpid(), SIGUSR2); }

Signals::Said Signals::wait() const {
    int signal = 0;
    ::sigwait(&set_, &signal);
    return meaning_of(signal);
}

Signals::Said Signals::wait_for(std::chrono::milliseconds time) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timespec patience{seconds.count(), std::chrono::nanoseconds(time - seconds).count()};
    const int signal = ::sigtimedwait(&set_, nullptr, &patience);
    return signal > 0 ? meaning_of(signal) : Said::nothing;
}

SignalsBlocked::SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    // What a thread does wrong itself cannot wait: the result is undefined if these are blocked (sigprocmask(2)).
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) ::sigdelset(&all, fault);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace keyhold::server
