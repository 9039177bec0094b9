// SPDX-License-Identifier: Apache-2.0
// How far a long command has come, on standard error: a bar that is drawn over itself on a terminal, a line now and
// then in a log.
#include "cli/tools/progress.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ostream>

namespace keyhold::cli {

using namespace std::chrono_literals;

namespace {

// In characters.
constexpr std::int64_t bar_width = 30;

// "42 s", "3:07 min" or "1:20 h".
std::string duration(double seconds) {
    const auto whole = std::llround(seconds);
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
    return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

}  // namespace

Progress::Progress(std::ostream& err, std::string_view what)
    : err_(err),
      what_(what),
      terminal_(::isatty(STDERR_FILENO) != 0),
      started_(SteadyClock::now()),
      // Nothing is drawn for what is done within a second.
      next_(started_ + 1s) {}

// Ends the line of the bar, so that what is printed next begins a new one.
Progress::~Progress() {
    if (drawn_ && terminal_) err_ << '\n';
}

// Cheap enough to be called for every record: it only looks at the clock.
void Progress::show(std::int64_t count, std::int64_t position, std::int64_t total) {
    const auto now = SteadyClock::now();
    if (now < next_) return;
    // A terminal is drawn five times a second; a log gets a line every five seconds, so that it stays short.
    next_ = now + (terminal_ ? 200ms : 5'000ms);
    draw(count, position, total, now);
}

void Progress::draw(std::int64_t count, std::int64_t position, std::int64_t total, SteadyClock::time_point now) {
    drawn_ = true;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    std::string line = fmt::format("{} {}, {:.0f}/s", count, what_, static_cast<double>(count) / seconds);
    // Without a total, or before the first step, no share and no remaining time can be said.
    if (total > 0 && position > 0) {
        const double done = std::min(1.0, static_cast<double>(position) / static_cast<double>(total));
        const auto filled = static_cast<std::int64_t>(done * static_cast<double>(bar_width));
        line = fmt::format("[{:#<{}}{:.<{}}] {:3.0f} %  {}, {} left", "", filled, "", bar_width - filled, 100 * done,
                           line, duration(seconds / done - seconds));
    }
    if (terminal_)
        // Clears what a longer line before has left (ECMA-48, EL).
        err_ << '\r' << line << "\x1b[K" << std::flush;
    else
        err_ << line << '\n' << std::flush;
}

}  // namespace keyhold::cli
