// SPDX-License-Identifier: Apache-2.0
// Where the lines of the log go: to a descriptor whose reader may stand still, which must hold up no request.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/descriptor.hpp"

namespace keyhold::server {

// A line is written by whoever says it, at once, as long as that does not block: it is where it belongs when write()
// returns. When a pipe, a terminal or a socket is full, its lines wait in memory, in their order, and a thread writes
// them out as soon as there is room. That thread is only made when it is needed.
class LogOutput {
public:
    // Makes the line, with its line break, which says that so many were lost. Any thread; it must not throw.
    using SayDropped = std::function<std::string(std::uint64_t lines)>;
    // The descriptor has to stay open and the same. Its flags are left alone, as other processes may share them.
    LogOutput(int descriptor, SayDropped say_dropped);
    LogOutput(const LogOutput&) = delete;
    LogOutput& operator=(const LogOutput&) = delete;
    // Waits for what is left as flush() does.
    ~LogOutput();

    // A line with its line break. Any thread; never waits for a reader.
    void write(std::string_view line);
    // Waits until all is written out, a second at most. Any thread.
    void flush();
    // Lines that found no room in memory. Any thread.
    std::uint64_t dropped() const { return dropped_; }

private:
    std::size_t put(std::string_view text) const;
    std::ptrdiff_t put_some(std::string_view text) const;
    void write_out();
    void keep(std::string line);
    void keep_writing();

    const int descriptor_;
    const SayDropped say_dropped_;
    enum class Way : std::uint8_t {
        plain,    // it does not block, as a file
        socket,   // send(2) says for each call that it shall not block
        own,      // a pipe or a terminal that we have opened once more, in own_, so as not to block
        looking,  // one that we may not open: it is asked for room before each write
    };
    const Descriptor own_;
    const Way way_;

    std::mutex mutex_;  // of all that follows
    std::condition_variable changed_;
    std::deque<std::string> waiting_;  // of the first one perhaps only the rest
    std::size_t waiting_bytes_ = 0;
    std::uint64_t unsaid_ = 0;  // lines that were dropped, and no line says so yet
    std::atomic<std::uint64_t> dropped_ = 0;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace keyhold::server
