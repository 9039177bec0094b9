// What every command is given, and the few things that all of them do alike.
#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <string>
#include <string_view>

#include "base/errors.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "server/settings.hpp"

namespace keyhold::app {

using namespace server;  // settings, keys and files are what commands are about

// Results go to `out`, talk to `err`. A command's callback sets `exit`.
struct Context {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    Sources sources;    // flags are filled in while the command line is parsed
    bool json = false;  // --json
    Exit exit = Exit::done;

    // One line on err (or a JSON object with --json), and the exit code of the error's row.
    void fail(const Error& error);

    // The settings, or fail() and empty. Commands that only look after data use Mode::dev: its rules are the
    // relaxed ones.
    std::optional<Loaded> settings(Mode mode);

    // A password: asked for twice on a terminal without showing it, otherwise one line of `in`. Never argv.
    // Refused: validation_failed if there is none or the two differ.
    Result<Secret> read_new_password();
    Result<Secret> read_secret(std::string_view prompt);

    // Whether a person at a terminal says yes to the question. Where nobody sits, as in a script, nobody is asked.
    bool agrees(std::string_view question);
};

// A subcommand whose help begins with an example.
// --active-column, --disabled-column and --everybody-may-log-in: who may log in at another application.
void add_who_may_options(CLI::App& command, std::vector<std::string>& active, std::vector<std::string>& disabled,
                         bool& everybody);

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& about, const std::string& example);

// Each adds its group to the program. `context` must outlive the parsing.
void add_server_commands(CLI::App& app, Context& context);  // dev, serve
void add_user_commands(CLI::App& app, Context& context);
void add_export_command(CLI::App& user_group, Context& context);
void add_invite_command(CLI::App& user_group, Context& context);
void add_adopt_command(CLI::App& app, Context& context);
void add_backup_commands(CLI::App& app, Context& context);
void add_import_commands(CLI::App& app, Context& context);
void add_session_commands(CLI::App& app, Context& context);
void add_key_commands(CLI::App& app, Context& context);
void add_token_commands(CLI::App& app, Context& context);
void add_db_commands(CLI::App& app, Context& context);
void add_config_commands(CLI::App& app, Context& context);
void add_hash_commands(CLI::App& app, Context& context);
void add_completion_command(CLI::App& app, Context& context);
void add_version_command(CLI::App& app, Context& context);

std::string version_line();  // what this program is and was built with

}  // namespace keyhold::app
