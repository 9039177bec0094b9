// SPDX-License-Identifier: Apache-2.0
// What the server says while it runs: coloured text on a terminal, JSON otherwise. Only what is passed in is ever
// written, and nobody passes a secret: requests are logged without query, fields or body.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "http/server.hpp"
#include "server/observe/log_output.hpp"
#include "store/events/event.hpp"

namespace keyhold::server {

enum class Level : std::uint8_t { info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

// "auto" looks at whether standard error is a terminal. Refused: configuration.
Result<LogFormat> parse_log_format(std::string_view text);

// It must outlive every thread that says something; mute() is for a `write` that goes before.
class Log {
public:
    // To standard error, for whose reader nobody waits (log_output.hpp).
    explicit Log(LogFormat format);
    // `write` takes each line, with its line break, on any thread but one at a time. It must not throw.
    using Write = std::function<void(std::string_view line)>;
    Log(LogFormat format, Write write);

    // Any thread; a line is written whole.
    void say(Level level, std::string_view text, std::string_view request_id = {});
    // A line for an answered request, if they are wanted. Any thread.
    void request(const http::Exchange& exchange);
    // A line for something that happened, without what its row says of a person (store::Event::address, device, note):
    // that is erased with the account, and a log keeps its lines. Any thread.
    void event(const store::Event& event);
    // Commands in what is said are those of a program of that name (command_names.hpp). Before other threads say
    // anything.
    void name_commands_after(std::string program) { program_ = std::move(program); }
    void log_requests(bool wanted) { requests_ = wanted; }
    // No line is written from now on, and none is being written when this returns: what `write` refers to may go.
    void mute();
    // Waits until what was said is written, a second at most: for whoever ends the process without destructors.
    void flush();
    // Lines that were dropped because the reader of standard error stood still. Any thread.
    std::uint64_t dropped() const;

private:
    std::string line_of(Level level, std::string_view text, std::string_view request_id) const;
    void write(std::string line);

    const LogFormat format_;
    const bool colour_;
    const Write write_;
    std::string program_ = "keyhold";
    std::atomic<bool> requests_ = true;
    std::mutex mutex_;  // of what write_ writes to, and of what follows
    bool is_mute_ = false;
    // Null where `write` was given. The last member, so that it goes first: its thread makes lines of what is above.
    const std::unique_ptr<LogOutput> output_;
};

}  // namespace keyhold::server
