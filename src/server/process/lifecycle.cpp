// SPDX-License-Identifier: Apache-2.0
#include "server/process/lifecycle.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace keyhold::server {
namespace {

using std::chrono::steady_clock;

// "READY=1", "STOPPING=1" ... (sd_notify(3)). A failure is no reason to stop serving, so there is none.
void tell_service_manager(std::string_view state) {
    const char* const variable = std::getenv("NOTIFY_SOCKET");
    const std::string_view path(variable != nullptr ? variable : "");
    sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
    if (path.empty() || path.size() > sizeof name.sun_path) return;
    path.copy(name.sun_path, path.size());
    if (path.front() == '@') name.sun_path[0] = '\0';  // unix(7): the abstract namespace
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    ::sendto(descriptor, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&name),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()));
    ::close(descriptor);
}

// For Type=notify-reload (systemd.service(5)): which RELOADING a READY belongs to.
std::string reloading() {
    const auto now = steady_clock::now().time_since_epoch();
    return "RELOADING=1\nMONOTONIC_USEC=" +
           std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

// For what threads of the pools are at when every request was answered or had its time.
constexpr std::chrono::milliseconds patience_with_work{250};

}  // namespace

Lifecycle::End Lifecycle::run() {
    tell_service_manager("READY=1");
    auto said = signals.wait();
    for (; said == Signals::Said::reload; said = signals.wait()) {
        tell_service_manager(reloading());
        reload();
        tell_service_manager("READY=1");
    }
    tell_service_manager("STOPPING=1");
    if (said == Signals::Said::succeed) log.say(Level::info, "another process serves at our sockets now");
    return stop(said == Signals::Said::stop);
}

Lifecycle::End Lifecycle::stop(bool told) {
    constexpr std::chrono::milliseconds poll_interval{10};
    // Whether we are told once more within that time; by a signal for the first time where a successor came before.
    const auto told_again = [&](steady_clock::duration time) {
        for (const auto end = steady_clock::now() + time; steady_clock::now() < end;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now());
            // SIGHUP and a successor change nothing any more; the wait goes on for what is left.
            if (signals.wait_for(std::max(left, std::chrono::milliseconds(0))) == Signals::Said::stop &&
                std::exchange(told, true))
                return true;
        }
        return false;
    };
    // First /readyz says no, for drain_delay: a load balancer that has not noticed yet still has its connections
    // accepted.
    server.drain();
    if (drain_delay.count() > 0) log.say(Level::info, "draining for " + std::to_string(drain_delay.count()) + " s");
    bool cut = told_again(drain_delay);
    log.say(Level::info, "stopping");
    server.begin_stop();
    while (!cut && !server.finished()) cut = told_again(poll_interval);
    // Hashes are abandoned at once; what waits for a database may wait for long, and nobody waits for it any more.
    const auto patience_ends = steady_clock::now() + patience_with_work;
    while (!cut && server.is_busy() && steady_clock::now() < patience_ends) cut = told_again(poll_interval);
    if (cut) log.say(Level::warning, "told twice: stopping at once, without what is in flight");
    if (cut) return End::cut;
    if (!server.is_busy()) return End::finished;
    log.say(Level::warning, "stopping without what threads still wait for: drain_timeout is over");
    return End::late;
}

}  // namespace keyhold::server
