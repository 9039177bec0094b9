// The program: hands the world to the command line.
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "app/cli.hpp"

int main(int argc, char** argv) {
    using namespace keyhold::app;
    // glibc would give every thread an arena of its own; two keep a server of a dozen threads small.
    ::mallopt(M_ARENA_MAX, 2);
    Context context{std::cin, std::cout, std::cerr, {}};
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::size_t equals = std::min(text.find('='), text.size());
        context.sources.environment.emplace_back(text.substr(0, equals),
                                                 text.substr(std::min(equals + 1, text.size())));
    }
    return static_cast<int>(run_command_line(argc, argv, context));
}
