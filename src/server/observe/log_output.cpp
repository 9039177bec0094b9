// SPDX-License-Identifier: Apache-2.0
#include "server/observe/log_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <new>
#include <system_error>
#include <utility>

#include "base/thread_name.hpp"
#include "server/process/signals.hpp"

namespace keyhold::server {
namespace {

// Some thousand lines of requests. More would be memory that a reader who is gone for good takes from us.
constexpr std::size_t most_waiting = 1024 * 1024;
// How often a full descriptor is tried again. A pipe takes 64 KiB at once, so this is 3 MB a second.
constexpr std::chrono::milliseconds between_tries{20};
constexpr std::chrono::seconds patience_at_the_end{1};

bool is_socket(int descriptor) {
    struct stat status {};
    return ::fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

bool may_block(int descriptor) {
    struct stat status {};
    return (::fstat(descriptor, &status) == 0 && S_ISFIFO(status.st_mode)) || ::isatty(descriptor) != 0;
}

// The same pipe or terminal once more, with flags of its own (proc(5), /proc/PID/fd): O_NONBLOCK on the descriptor
// that we were given would be there for all processes that share it, and surprise them. -1 for everything else, and
// where that is not allowed, as for the terminal of another user.
int open_once_more(int descriptor) {
    if (!may_block(descriptor)) return -1;
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

}  // namespace

LogOutput::LogOutput(int descriptor, SayDropped say_dropped)
    : descriptor_(descriptor),
      say_dropped_(std::move(say_dropped)),
      own_(open_once_more(descriptor)),
      way_(own_.get() >= 0         ? Way::own
           : is_socket(descriptor) ? Way::socket
           : may_block(descriptor) ? Way::looking
                                   : Way::plain) {}

LogOutput::~LogOutput() {
    flush();
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

// As write(2), but EAGAIN where it would block.
std::ptrdiff_t LogOutput::put_some(std::string_view text) const {
    switch (way_) {
        case Way::plain:
            return ::write(descriptor_, text.data(), text.size());
        case Way::own:
            return ::write(own_.get(), text.data(), text.size());
        case Way::socket:
            return ::send(descriptor_, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        case Way::looking:
            break;
    }
    // poll(2) says POLLOUT of a pipe that takes PIPE_BUF bytes. Only another process that fills it between the two
    // calls could make us wait.
    pollfd room{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    if (::poll(&room, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return ::write(descriptor_, text.data(), text.substr(0, PIPE_BUF).size());
}

// How much of it is written. What cannot be written at all counts as written: nobody reads the log then, and that must
// not stop the server.
std::size_t LogOutput::put(std::string_view text) const {
    std::size_t written = 0;
    while (written < text.size()) {
        const std::ptrdiff_t some = put_some(text.substr(written));
        if (some < 0 && errno == EINTR) continue;
        if (some < 0) return errno == EAGAIN ? written : text.size();
        written += static_cast<std::size_t>(some);
    }
    return written;
}

void LogOutput::keep(std::string line) {
    waiting_bytes_ += line.size();
    waiting_.push_back(std::move(line));
}

// As much of what waits as there is room for. Each line is a write of its own: one of at most PIPE_BUF bytes goes into
// a pipe whole or not at all, whoever else writes there.
void LogOutput::write_out() {
    while (!waiting_.empty()) {
        std::string& line = waiting_.front();
        const std::size_t written = put(line);
        waiting_bytes_ -= written;
        line.erase(0, written);
        if (!line.empty()) break;
        waiting_.pop_front();
    }
    // Half of the room first, or a slow reader would be told after every few lines.
    if (unsaid_ == 0 || waiting_bytes_ > most_waiting / 2) return;
    keep(say_dropped_(std::exchange(unsaid_, 0)));
    write_out();  // that line too, and no further: nothing is unsaid now
}

void LogOutput::write(std::string_view line) {
    const std::lock_guard lock(mutex_);
    write_out();
    if (waiting_.empty()) line.remove_prefix(put(line));
    if (line.empty()) return;
    // After a line that was dropped all are, until that is said: so one sees where they are missing.
    if (unsaid_ > 0 || (!waiting_.empty() && waiting_bytes_ + line.size() > most_waiting)) {
        ++unsaid_;
        ++dropped_;
        return;
    }
    keep(std::string(line));
    if (thread_.joinable()) {
        // It sleeps for good only where nothing waited; otherwise it looks by itself.
        if (waiting_.size() == 1) changed_.notify_all();
        return;
    }
    try {
        const SignalsBlocked in_this_thread;
        thread_ = std::thread([this] { keep_writing(); });
    } catch (const std::system_error&) {
        // No thread can be made now. The next line writes out what waits, or tries once more to make one.
    }
}

void LogOutput::keep_writing() {
    name_thread("log");
    std::unique_lock lock(mutex_);
    while (!ending_) {
        try {
            write_out();
        } catch (const std::bad_alloc&) {
            // The line that says how many were dropped is missing. The next one may find memory again.
        }
        if (waiting_.empty())
            changed_.wait(lock);
        else
            changed_.wait_for(lock, between_tries);
    }
}

void LogOutput::flush() {
    const auto end = std::chrono::steady_clock::now() + patience_at_the_end;
    std::unique_lock lock(mutex_);
    write_out();
    while (!waiting_.empty() && std::chrono::steady_clock::now() < end) {
        changed_.wait_for(lock, between_tries);
        write_out();
    }
}

}  // namespace keyhold::server
