// SPDX-License-Identifier: Apache-2.0
// What a command is, as data. The command line (parse.cpp), the help and the completion scripts are made from this
// table; manual pages can be. Nothing here knows how words are parsed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "keyhold/command.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::cli {

struct Context;

// What programs with commands of their own see of a command too.
using keyhold::Parameter;
using keyhold::Takes;
using keyhold::Values;

// Every command has it, without naming it.
const Parameter& help_flag();

using Run = std::function<void(Context& context, const Values& values)>;

// Of a command that wants to know the settings and nothing else of its command line.
Run with_settings(server::Mode mode, void (*action)(Context& context, const server::Settings& settings));

// A command, or a group of commands, which has no `run`.
// Plain data: copied and changed freely, as a program that is made of Keyhold renames it.
struct Command {
    std::string name;     // one word: "add" of `keyhold user add`
    std::string about;    // its first line says all in short
    std::string example;  // its help begins with it
    std::vector<server::Topic> reads =
        {};  // of a command that is in no group, and of a group: settings that it looks at
    std::vector<Parameter> parameters = {};
    Run run = {};
    std::vector<Command> commands = {};

    const Command* find(std::string_view word) const;  // of its commands; null if there is none
    std::string_view summary() const { return std::string_view(about).substr(0, about.find('\n')); }
};

// Whether a value follows the flag, in this command or in one below it.
bool takes_a_value(const Command& command, std::string_view flag);

}  // namespace keyhold::cli
