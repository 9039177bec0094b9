// The program: hands the world to the command line.
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "cli/program.hpp"
#include "cli/run.hpp"
#include "cli/standard_output.hpp"

int main(int argc, char** argv) {
    using namespace keyhold::cli;
    // glibc would give every thread an arena of its own; two keep a server of a dozen threads small.
    ::mallopt(M_ARENA_MAX, 2);
    occupy_standard_descriptors();
    // A reader that goes away is an error of the write, which ends the command in order.
    (void)::signal(SIGPIPE, SIG_IGN);
    StandardOutput buffer(STDOUT_FILENO);
    std::ostream out(&buffer);
    out.exceptions(std::ios::badbit);
    std::cin.tie(&out);  // whoever waits for input has seen what was printed before
    Context context{std::cin, out, std::cerr, {}};
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::size_t equals = std::min(text.find('='), text.size());
        context.sources.environment.emplace_back(text.substr(0, equals),
                                                 text.substr(std::min(equals + 1, text.size())));
    }
    const auto ended = run_command_line(program(), argc, argv, context);
    std::cin.tie(nullptr);
    return static_cast<int>(ended);
}
