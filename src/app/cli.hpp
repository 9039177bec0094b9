// The command line: keyhold dev | serve | user | token | config | completion | version.
#pragma once

#include "app/commands/context.hpp"

namespace keyhold::app {

// Parses, runs the command and returns how it ended. Never throws: what is broken is one line on context.err.
Exit run_command_line(int argc, const char* const* argv, Context& context);

}  // namespace keyhold::app
