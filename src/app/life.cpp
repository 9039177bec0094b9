#include "app/life.hpp"

#include <algorithm>
#include <utility>

#include "app/service_manager.hpp"

namespace keyhold::app {
namespace {

using std::chrono::steady_clock;

// For Type=notify-reload (systemd.service(5)): which RELOADING a READY belongs to.
std::string reloading() {
    const auto now = steady_clock::now().time_since_epoch();
    return "RELOADING=1\nMONOTONIC_USEC=" +
           std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

// For what threads of the pools are at when every request was answered or had its time.
constexpr std::chrono::milliseconds patience_with_work{250};

bool is_busy(const http::WorkerPools& pools) {
    const auto has_work = [](const http::PoolCounters& counters) { return counters.waiting + counters.running > 0; };
    return has_work(pools.hashing.counters()) || has_work(pools.storing.counters());
}

}  // namespace

Life::End Life::run() {
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

Life::End Life::stop(bool told) {
    constexpr std::chrono::milliseconds glance{10};
    // Whether we are told once more within that time; by a signal for the first time where a successor came before.
    const auto told_again = [&](steady_clock::duration time) {
        for (const auto end = steady_clock::now() + time; steady_clock::now() < end;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - steady_clock::now());
            if (signals.wait_for(std::max(left, std::chrono::milliseconds(0))) == Signals::Said::stop &&
                std::exchange(told, true))
                return true;
        }
        return false;
    };
    health.drain();
    server.drain();
    if (drain_delay.count() > 0) log.say(Level::info, "draining for " + std::to_string(drain_delay.count()) + " s");
    bool cut = told_again(drain_delay);
    log.say(Level::info, "stopping");
    before_stop();
    server.stop();
    while (!cut && !server.finished()) cut = told_again(glance);
    // Hashes are abandoned at once; what waits for a database may wait for long, and nobody waits for it any more.
    const auto patience_ends = steady_clock::now() + patience_with_work;
    while (!cut && is_busy(pools) && steady_clock::now() < patience_ends) cut = told_again(glance);
    if (cut) log.say(Level::warning, "told twice: stopping at once, without what is in flight");
    if (cut) return End::cut;
    if (!is_busy(pools)) return End::finished;
    log.say(Level::warning, "stopping without what threads still wait for: drain_timeout is over");
    return End::late;
}

}  // namespace keyhold::app
