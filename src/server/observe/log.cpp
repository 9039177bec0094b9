// SPDX-License-Identifier: Apache-2.0
// The log: a line for each request and for what the operator should know, as text for a terminal or as JSON for a
// collector of logs.
#include "server/observe/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/command_names.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace keyhold::server {
namespace {

// By Level.
struct LevelRow {
    std::string_view name;
    std::string_view colour;  // ECMA-48 select graphic rendition
};
constexpr std::array level_rows{LevelRow{"info", "\x1b[36m"}, LevelRow{"warning", "\x1b[33m"},
                                LevelRow{"error", "\x1b[31m"}};
const LevelRow& row(Level level) { return level_rows[static_cast<std::size_t>(level)]; }

// A 4xx is the client's fault, but many of them may be an attack; a 5xx is ours.
Level level_of(int status) { return status >= 500 ? Level::error : status >= 400 ? Level::warning : Level::info; }

// The machine's time, not the database's: lines of one machine are ordered by one clock.
std::string now_rfc3339() {
    const auto now = std::chrono::system_clock::now();
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                       milliseconds);
}

}  // namespace

Result<LogFormat> parse_log_format(std::string_view text) {
    if (text == "text") return LogFormat::text;
    if (text == "json") return LogFormat::json;
    if (text == "auto") return ::isatty(STDERR_FILENO) != 0 ? LogFormat::text : LogFormat::json;
    return Error(errors::configuration, "log_format = '" + std::string(text) + "' is not text, json or auto");
}

Log::Log(LogFormat format)
    : format_(format),
      colour_(format == LogFormat::text && ::isatty(STDERR_FILENO) != 0),
      write_([this](std::string_view line) { output_->write(line); }),
      output_(std::make_unique<LogOutput>(STDERR_FILENO, [this](std::uint64_t lines) {
          return line_of(Level::warning,
                         fmt::format("{} lines of the log were dropped: whoever reads it stood still", lines), {}) +
                 '\n';
      })) {}

Log::Log(LogFormat format, Write write) : format_(format), colour_(false), write_(std::move(write)) {}

// Under the lock, so that mute() does not return while a line is being written.
void Log::write(std::string line) {
    line += '\n';
    const std::lock_guard lock(mutex_);
    if (!is_mute_) write_(line);
}

void Log::mute() {
    const std::lock_guard lock(mutex_);
    is_mute_ = true;
}

void Log::flush() {
    if (output_) output_->flush();
}

std::uint64_t Log::dropped() const { return output_ ? output_->dropped() : 0; }

void Log::say(Level level, std::string_view said, std::string_view request_id) {
    std::string text(said);
    name_commands(text, program_);
    write(line_of(level, text, request_id));
}

std::string Log::line_of(Level level, std::string_view text, std::string_view request_id) const {
    if (format_ == LogFormat::text)
        return fmt::format("{}{}{} {}{}", colour_ ? row(level).colour : "", row(level).name, colour_ ? "\x1b[0m" : "",
                           without_controls(text), request_id.empty() ? "" : fmt::format(" ({})", request_id));
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("time", now_rfc3339());
    out.member("level", row(level).name);
    out.member("message", text);
    if (!request_id.empty()) out.member("request_id", request_id);
    out.end_object();
    return line;
}

void Log::event(const store::Event& event) {
    std::string line;
    json::Writer out(line);
    const bool is_text = format_ == LogFormat::text;
    if (is_text) {
        line = fmt::format("{}info{} event {}", colour_ ? row(Level::info).colour : "", colour_ ? "\x1b[0m" : "",
                           event.kind);
    } else {
        out.begin_object();
        out.member("time", now_rfc3339());
        out.member("level", row(Level::info).name);
        out.member("message", "event");
        out.member("kind", event.kind);
        out.member("at", rfc3339(event.at));
    }
    const auto say = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        if (is_text)
            line.append(" ").append(name).append("=").append(without_controls(value));
        else
            out.member(name, value);
    };
    say("id", event.id);
    say("account_id", event.account_id);
    say("actor_id", event.actor_id);
    say("door", event.door);
    say("object", event.object);
    say("reason", event.reason);
    if (is_text) {
        if (event.times != 1) say("times", std::to_string(event.times));
    } else {
        out.member("times", event.times);
        out.member("sequence", event.sequence.value_or(0));
        out.end_object();
    }
    write(std::move(line));
}

// Local time at a terminal, for the person there; UTC in JSON, for machines. The path without its query, which may hold
// a secret.
void Log::request(const http::Exchange& exchange) {
    if (!requests_) return;
    const Level level = level_of(exchange.status);
    const double milliseconds = std::chrono::duration<double, std::milli>(exchange.duration).count();
    if (format_ == LogFormat::text)
        return write(fmt::format("{:%H:%M:%S} {}{}{} {} {} {:.1f} ms", fmt::localtime(std::time(nullptr)),
                                 colour_ ? row(level).colour : "", exchange.status, colour_ ? "\x1b[0m" : "",
                                 exchange.method, exchange.path, milliseconds));
    std::string line;
    json::Writer out(line);
    out.begin_object();
    out.member("time", now_rfc3339());
    out.member("level", row(level).name);
    out.member("message", "request");
    out.member("method", exchange.method);
    out.member("path", exchange.path);
    out.member("status", exchange.status);
    out.member("bytes", static_cast<std::int64_t>(exchange.bytes));
    out.name("ms");
    out.raw(fmt::format("{:.3f}", milliseconds));
    out.member("request_id", exchange.request_id);
    out.member("remote", exchange.remote_address);
    out.end_object();
    write(std::move(line));
}

}  // namespace keyhold::server
