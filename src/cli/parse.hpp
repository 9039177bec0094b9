// SPDX-License-Identifier: Apache-2.0
// The words of a command line, parsed by the table of commands. parse.cpp is the only file that includes CLI11.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace keyhold::cli {

// What the words ask for: a command to run, or something to print instead.
struct Parsed {
    const Command* command = nullptr;  // of the program that was given; null if there is none to run
    Values values;                     // of the command
    Values everywhere;                 // of the program

    std::string answer;     // for standard output: the help or the version that was asked for
    std::string complaint;  // what is wrong with the words
    std::string usage;      // the help that stands before a complaint of something that is missing
};

// `words` begin with the name of the program. Throws what CLI11 throws of a table that is wrong in itself.
Parsed parse(const Command& program, const std::vector<const char*>& words);

}  // namespace keyhold::cli
