// SPDX-License-Identifier: Apache-2.0
// What every command is given, and the few things that all of them do alike.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string_view>

#include "base/errors.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "server/settings/settings.hpp"
#include "store/schema/program_schema.hpp"

namespace keyhold::server {
struct Options;
class Log;
}  // namespace keyhold::server

namespace keyhold::cli {

struct Command;

using server::Loaded;
using server::Mode;
using server::Settings;
using server::Sources;

// Results go to `out`, talk to `err`. A command sets `exit`.
// One for each run of a command line, on one thread.
struct Context {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    Sources sources;                   // the flags and the file are filled in from the command line
    bool json = false;                 // --json
    std::string own_version = {};      // "notes 1.0.0" of a program that is made of Keyhold; empty: Keyhold itself
    const Command* program = nullptr;  // all that the program can do: help, completion and manual are made of it
    Exit exit = Exit::done;
    // What the program around us adds to a server before it is opened; may be empty.
    std::function<void(server::Options&, server::Log&)> prepare = {};
    // The tables that it has beside ours.
    store::ProgramSchema own_schema = {};

    // "keyhold", or what a program that is made of it is called.
    std::string_view name() const;

    // One line on err (or a JSON object with --json), and the exit code of the error's row.
    void fail(const Error& error);

    // The settings, or fail() and empty. Commands that only look after data use Mode::dev: its rules are the
    // relaxed ones.
    std::optional<Loaded> settings(Mode mode);

    // A password: asked for twice on a terminal without showing it, otherwise one line of `in`. Never argv.
    // Refused: validation_failed if there is none or the two differ.
    Result<Secret> read_new_password();
    // `prompt` is only shown at a terminal. Refused: validation_failed, if the line is empty.
    Result<Secret> read_secret(std::string_view prompt);

    // Whether somebody sits at a terminal who can be asked.
    static bool can_ask();
    // Whether a person at a terminal says yes to the question. Where nobody sits, as in a script, nobody is asked.
    // False: the person has read what was left as it is ("Nothing was changed."), and the exit code says so.
    bool agrees(std::string_view question, std::string_view otherwise = "Nothing was changed.");
};

}  // namespace keyhold::cli
