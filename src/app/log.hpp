// What the server says while it runs, on standard error: coloured text on a terminal, JSON otherwise. Only what
// is passed in is ever written, and nobody passes a secret: requests are logged without query, fields or body.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "http/server.hpp"

namespace keyhold::app {

enum class Level : std::uint8_t { info, warning, error };
enum class LogFormat : std::uint8_t { text, json };

// "auto" looks at whether standard error is a terminal. Refused: configuration.
Result<LogFormat> parse_log_format(std::string_view text);

class Log {
public:
    explicit Log(LogFormat format);

    // Any thread; a line is written whole.
    void say(Level level, std::string_view text, std::string_view request_id = {});
    void request(const http::Exchange& exchange);
    void log_requests(bool wanted) { requests_ = wanted; }

private:
    void write(std::string line);

    const LogFormat format_;
    const bool colour_;
    std::atomic<bool> requests_ = true;
    std::mutex mutex_;  // of the file, not of anything here
};

}  // namespace keyhold::app
