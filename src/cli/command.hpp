// SPDX-License-Identifier: Apache-2.0
// What a command is, as data. The command line (parse.cpp), the help and the completion scripts are made from this
// table; manual pages can be. Nothing here knows how words are parsed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/settings.hpp"

namespace keyhold::cli {

struct Context;

// What stands behind the name of a parameter.
enum class Takes : std::uint8_t {
    nothing,        // a flag that is there or not
    text,           // one word
    texts,          // one word or more
    number,         // an integer within the parameter's bounds
    existing_file,  // the path of a file that is there
};

// A flag, which begins with dashes ("--days"), or an argument, which does not ("username"). Every flag may be absent.
struct Parameter {
    std::string name;
    std::string help;
    Takes takes = Takes::text;
    bool required = false;
    std::string placeholder = {};  // of the value, in the help: "FILE"; empty: its kind
    std::string otherwise = {};    // the value if it is not given
    std::int64_t least = 0;        // of a number
    std::int64_t most = 0;
    std::vector<std::string> allowed = {};   // the only texts; empty: any
    std::vector<std::string> excludes = {};  // flags that cannot be given beside this one
    std::string answer = {};                 // printed instead of running anything, as --version is
    std::string heading = {};                // of the flags of the program: under which the help lists it

    bool is_flag() const { return name.starts_with('-'); }
};

// Every command has it, without naming it.
const Parameter& help_flag();

// What was given on the command line for each parameter of one command, by its name. Each look-up throws
// std::logic_error for a name that the command does not have, which would pass for one that was not given.
class Values {
public:
    struct Value {
        bool given = false;
        std::string text;
        std::int64_t number = 0;
        std::vector<std::string> texts;
    };

    explicit Values(const std::vector<Parameter>& parameters);
    Values() = default;

    bool given(std::string_view name) const { return find(name).given; }
    const std::string& text(std::string_view name) const { return find(name).text; }
    std::int64_t number(std::string_view name) const { return find(name).number; }
    const std::vector<std::string>& texts(std::string_view name) const { return find(name).texts; }

    // Where the parser puts it; stays at its place while the Values live, also when they are moved.
    Value& at(std::string_view name);

private:
    const Value& find(std::string_view name) const;
    std::map<std::string, Value, std::less<>> values_;
};

using Run = std::function<void(Context& context, const Values& values)>;

// A command, or a group of commands, which has no `run`.
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
