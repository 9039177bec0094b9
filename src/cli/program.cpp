// SPDX-License-Identifier: Apache-2.0
#include "cli/program.hpp"

#include <algorithm>
#include <array>

#include "base/command_names.hpp"
#include "cli/commands/client.hpp"
#include "cli/commands/mail.hpp"
#include "cli/commands/proxy.hpp"

namespace keyhold::cli {
namespace {

using enum server::Topic;

// Flags of settings are grouped in the help by what they are about.
struct Heading {
    server::Topic topic;
    std::string text;
};
const std::array headings{
    Heading{server, "Settings of the server"},    Heading{database, "Settings of the database"},
    Heading{keys, "Settings of keys and tokens"}, Heading{sessions, "Settings of sessions"},
    Heading{passwords, "Settings of passwords"},
};

// Every setting that is no secret is a flag, before or behind the command.
// Secrets are no flags, as command lines can be read by every user of the machine.
std::vector<Parameter> flags_that_may_stand_anywhere(const server::SettingsTable& table) {
    std::vector<Parameter> flags{
        {.name = "--version",
         .help = "What `keyhold version` says",
         .takes = Takes::nothing,
         .answer = version_line(),
         .heading = everywhere},
        {.name = "--json", .help = "Results as JSON", .takes = Takes::nothing, .heading = everywhere},
        {.name = "--config",
         .help = "Read this file instead of ./keyhold.toml",
         .placeholder = "FILE",
         .heading = everywhere},
    };
    for (const server::Setting& setting : table.rows_with_flags())
        if (!setting.secret)
            flags.push_back({.name = flag_of(setting.name),
                             .help = std::string(setting.help),
                             .heading = heading_of(setting.topic)});
    return flags;
}

// Only so that it is listed and completed: `keyhold help user add` becomes `keyhold user add --help` (run.cpp).
Command help_command() {
    return {.name = "help", .about = "What a command does and which flags it has", .example = "keyhold help user add"};
}

}  // namespace

// Every topic has a row, so this always finds one.
const std::string& heading_of(server::Topic topic) { return std::ranges::find(headings, topic, &Heading::topic)->text; }

// "database_url" -> "--database-url".
std::string flag_of(std::string_view setting) {
    std::string flag = "--" + std::string(setting);
    std::ranges::replace(flag, '_', '-');
    return flag;
}

// The order of the help: what one needs first comes first.
Command program(const server::SettingsTable& table) {
    return {.name = "keyhold",
            .about = "Accounts, passwords, JWT bearer tokens, protected routes.",
            .example = "keyhold dev",
            .parameters = flags_that_may_stand_anywhere(table),
            .commands = {dev_command(),        serve_command(),  test_command(),    user_command(),   role_command(),
                         client_command(),     import_command(), adopt_command(),   doctor_command(), backup_command(),
                         session_command(),    event_command(),  mail_command(),    outbox_command(), proxy_command(),
                         key_command(),        token_command(),  db_command(),      config_command(), hash_command(),
                         completion_command(), man_command(),    version_command(), help_command()}};
}

namespace {

// "keyhold config check && keyhold serve" -> "notes config check && notes serve".
void call_in_texts(Command& command, const std::string& name) {
    name_commands(command.example, name, "keyhold ");
    name_commands(command.about, name);
    for (Parameter& parameter : command.parameters) name_commands(parameter.help, name);
    for (Command& one : command.commands) call_in_texts(one, name);
}

}  // namespace

// The same commands for a program that is made of Keyhold and has a name of its own, which stands in every text and
// example.
Command program_called(const std::string& name, std::string_view own_version, const server::SettingsTable& table) {
    Command all = program(table);
    all.name = name;
    call_in_texts(all, name);
    for (Parameter& parameter : all.parameters)
        if (parameter.name == "--version") parameter.answer = version_line(own_version);
    return all;
}

}  // namespace keyhold::cli
