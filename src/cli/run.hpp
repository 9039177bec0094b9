// SPDX-License-Identifier: Apache-2.0
// The command line as a whole: from the words to the exit code.
#pragma once

#include "cli/command.hpp"
#include "cli/context.hpp"

namespace keyhold::cli {

// Parses, runs the command of the program and returns how it ended. Never throws: what is broken is one line on
// context.err.
Exit run_command_line(const Command& program, int argc, const char* const* argv, Context& context);

}  // namespace keyhold::cli
