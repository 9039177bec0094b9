// SPDX-License-Identifier: Apache-2.0
#include "cli/command.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/integer.hpp"
#include "cli/context.hpp"

namespace keyhold {

Values::Values(const std::vector<Parameter>& parameters) {
    // Every parameter has a value from the start, so that a command may ask for each by its name.
    for (const Parameter& parameter : parameters) {
        Value& value = values_[parameter.name];
        value.text = parameter.otherwise;
        value.number = parse_integer<std::int64_t>(parameter.otherwise).value_or(0);
    }
}

// Asking for a name that is not in the command's table is a bug in the command, and not a mistake on the command line.
Values::Value& Values::at(std::string_view name) {
    const auto found = values_.find(name);
    if (found == values_.end()) throw std::logic_error("the command has no parameter " + std::string(name));
    return found->second;
}

const Values::Value& Values::find(std::string_view name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) throw std::logic_error("the command has no parameter " + std::string(name));
    return found->second;
}

}  // namespace keyhold

namespace keyhold::cli {

// CLI11 makes this flag itself; this row is for the help and for completions.
const Parameter& help_flag() {
    static const Parameter flag{.name = "--help", .help = "Print this help message and exit", .takes = Takes::nothing};
    return flag;
}

// For commands that need settings and no parameters. If the settings are wrong, the error was printed by then.
Run with_settings(server::Mode mode, void (*action)(Context& context, const server::Settings& settings)) {
    return [mode, action](Context& context, const Values&) {
        if (const auto loaded = context.settings(mode)) action(context, loaded->settings);
    };
}

// Null if there is no such command below this one.
const Command* Command::find(std::string_view word) const {
    const auto found = std::ranges::find(commands, word, &Command::name);
    return found == commands.end() ? nullptr : &*found;
}

// Whether the word behind `flag` is its value and no command. Unknown flags count as taking none.
bool takes_a_value(const Command& command, std::string_view flag) {
    if (!flag.starts_with('-')) return false;
    const auto found = std::ranges::find(command.parameters, flag, &Parameter::name);
    if (found != command.parameters.end()) return found->takes != Takes::nothing;
    // Flags of a command may stand before its name, so those below are asked too.
    return std::ranges::any_of(command.commands, [&](const Command& one) { return takes_a_value(one, flag); });
}

}  // namespace keyhold::cli
