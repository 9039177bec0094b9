// SPDX-License-Identifier: Apache-2.0
#include "cli/context.hpp"

#include <termios.h>
#include <unistd.h>

#include <istream>
#include <ostream>

#include "base/command_names.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "server/settings/safety.hpp"

namespace keyhold::cli {
namespace {

// Turns the terminal's echo off while it lives.
class Silence {
public:
    Silence() {
        // Standard input is no terminal: there is nothing to turn off.
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        // What was typed before is thrown away, here and when the echo comes back (termios(3)).
        active_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() {
        if (active_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

private:
    termios before_{};
    bool active_ = false;
};

}  // namespace

std::string_view Context::name() const { return program == nullptr ? "keyhold" : std::string_view(program->name); }

// Prints one error and sets the exit code of its row. With --json it is an object on standard error, so that standard
// output holds results alone.
void Context::fail(const Error& error) {
    exit = error.row().exit;
    std::string text(error.detail());
    for (const FieldError& field : error.fields())
        text += (&field == &error.fields().front() ? ": " : "; ") + field.loc.back().text() + ": " + field.msg;
    name_commands(text, name());
    if (!json) {
        err << name() << ": " << without_controls(text) << '\n';
        return;
    }
    std::string line;
    json::Writer writer(line);
    writer.begin_object();
    writer.member("code", error.row().code);
    writer.member("detail", text);
    writer.end_object();
    err << line << '\n';
}

std::optional<Loaded> Context::settings(Mode mode) {
    auto loaded = server::load_settings(mode, sources);
    if (!loaded) {
        fail(loaded.error());
        return std::nullopt;
    }
    if (auto checked = server::check_settings(loaded->settings); !checked) {
        fail(checked.error());
        return std::nullopt;
    }
    return std::move(*loaded);
}

Result<Secret> Context::read_secret(std::string_view prompt) {
    const bool terminal = ::isatty(STDIN_FILENO) != 0;
    std::string line;
    {
        std::optional<Silence> silence;
        if (terminal) {
            err << prompt << std::flush;
            silence.emplace();
        }
        std::getline(in, line);
    }
    // The line break that was typed was not shown.
    if (terminal) err << '\n';
    // Files and pipes of Windows end lines with CR LF.
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) return Error(errors::validation_failed, "no password came on standard input");
    return Secret(std::move(line));
}

// True without a terminal, because a script has nobody to ask and has --yes or not.
bool Context::can_ask() { return ::isatty(STDIN_FILENO) != 0; }

bool Context::agrees(std::string_view question, std::string_view otherwise) {
    if (!can_ask()) return true;
    err << question << " [y/N] " << std::flush;
    std::string line;
    std::getline(in, line);
    if (line == "y" || line == "Y" || line == "yes") return true;
    err << otherwise << '\n';
    exit = Exit::failed;
    return false;
}

// At a terminal it is asked for twice, as it is not shown while it is typed.
Result<Secret> Context::read_new_password() {
    auto password = read_secret("Password: ");
    // A script gives one line; asking it twice would find no mistake.
    if (!password || ::isatty(STDIN_FILENO) == 0) return password;
    auto again = read_secret("Once more: ");
    if (!again) return again;
    if (password->reveal() != again->reveal()) return Error(errors::validation_failed, "the two passwords differ");
    return password;
}

}  // namespace keyhold::cli
