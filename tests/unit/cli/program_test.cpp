// SPDX-License-Identifier: Apache-2.0
// The table of commands, walked as those do that make help, completion and manuals of it.
#include "cli/program.hpp"

#include <gtest/gtest.h>

#include <set>

namespace keyhold::cli {
namespace {

// Calls visit(path, command) for each command and group below; the path is "user add".
template <class Visit>
void walk(const Command& command, const std::string& path, const Visit& visit) {
    for (const Command& below : command.commands) {
        const std::string there = path.empty() ? below.name : path + " " + below.name;
        visit(there, below);
        walk(below, there, visit);
    }
}

TEST(Program, each_command_says_what_it_does_and_shows_an_example_of_itself) {
    std::size_t commands = 0;
    walk(program(), "", [&](const std::string& path, const Command& command) {
        EXPECT_FALSE(command.summary().empty()) << path;
        EXPECT_NE(command.example.find("keyhold " + path), std::string::npos) << path << ": " << command.example;
        ++commands;
    });
    EXPECT_GT(commands, 40U);
}

TEST(Program, a_command_runs_and_a_group_has_commands) {
    walk(program(), "", [](const std::string& path, const Command& command) {
        if (path == "help") return;  // becomes --help before it is parsed
        EXPECT_NE(static_cast<bool>(command.run), !command.commands.empty()) << path;
    });
}

TEST(Program, no_two_commands_of_a_group_have_one_name) {
    const auto check = [](const std::string& path, const Command& command) {
        std::set<std::string> names;
        for (const Command& below : command.commands)
            EXPECT_TRUE(names.insert(below.name).second) << path << below.name;
    };
    check("", program());
    walk(program(), "", check);
}

// Where a command has a flag of the name of a setting, the setting cannot be given behind it.
TEST(Program, a_flag_of_a_command_is_no_setting_but_for_two_of_keys_and_tokens_that_are_not_of_the_server) {
    std::set<std::string> anywhere{help_flag().name};
    for (const Parameter& flag : program().parameters) EXPECT_TRUE(anywhere.insert(flag.name).second) << flag.name;
    std::set<std::string> hidden;
    walk(program(), "", [&](const std::string& path, const Command& command) {
        std::set<std::string> names;
        for (const Parameter& parameter : command.parameters) {
            EXPECT_TRUE(names.insert(parameter.name).second) << path << ' ' << parameter.name;
            if (anywhere.contains(parameter.name)) hidden.insert(path + " " + parameter.name);
        }
    });
    EXPECT_EQ(hidden, (std::set<std::string>{"key import --algorithm", "token verify --audience"}));
}

TEST(Program, a_parameter_that_is_not_given_has_a_value_that_it_may_have) {
    walk(program(), "", [](const std::string& path, const Command& command) {
        const Values values(command.parameters);
        for (const Parameter& parameter : command.parameters) {
            if (parameter.takes != Takes::number) continue;
            EXPECT_LE(parameter.least, values.number(parameter.name)) << path << ' ' << parameter.name;
            EXPECT_GE(parameter.most, values.number(parameter.name)) << path << ' ' << parameter.name;
        }
    });
}

TEST(Program, an_argument_stands_before_the_flags_and_says_whether_it_is_needed) {
    walk(program(), "", [](const std::string& path, const Command& command) {
        for (std::size_t i = 1; i < command.parameters.size(); ++i)
            EXPECT_FALSE(!command.parameters[i].is_flag() && command.parameters[i - 1].is_flag()) << path;
        for (const Parameter& parameter : command.parameters)
            EXPECT_FALSE(parameter.is_flag() && parameter.required) << path << ' ' << parameter.name;
    });
}

TEST(Program, no_secret_is_a_flag) {
    for (const Parameter& flag : program().parameters) EXPECT_NE(flag.name, "--secret-key");
    EXPECT_TRUE(takes_a_value(program(), "--secret-key-file"));
}

TEST(Program, a_value_follows_some_flags) {
    const Command whole = program();
    EXPECT_TRUE(takes_a_value(whole, "--config"));
    EXPECT_TRUE(takes_a_value(whole, "--days"));  // of `user invite`
    EXPECT_FALSE(takes_a_value(whole, "--json"));
    EXPECT_FALSE(takes_a_value(whole, "--yes"));
    EXPECT_FALSE(takes_a_value(whole, "username"));  // an argument
}

}  // namespace
}  // namespace keyhold::cli
