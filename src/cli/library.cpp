// SPDX-License-Identifier: Apache-2.0
// keyhold::Server::run(): a program's main().
#include <malloc.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/run.hpp"
#include "cli/standard_output.hpp"
#include "server/program.hpp"

namespace keyhold {

int Server::run(int argc, char** argv) {
    using namespace cli;
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
    context.prepare = [this](server::Options& options, server::Log& log) {
        Program::add_to(*this, options);
        hooks_.on_failure([&log](std::string_view what) {
            log.say(server::Level::error, std::string("a hook has thrown: ").append(what));
        });
    };
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::size_t equals = std::min(text.find('='), text.size());
        context.sources.environment.emplace_back(text.substr(0, equals),
                                                 text.substr(std::min(equals + 1, text.size())));
    }
    // Keyhold itself has no version of its own here.
    const bool is_made_of_us = !version_.empty();
    if (is_made_of_us) context.own_version = name_ + " " + version_;
    const std::string path = argc > 0 ? argv[0] : "";
    const auto ended = run_command_line(
        is_made_of_us ? program_called(path.substr(path.rfind('/') + 1), context.own_version) : program(), argc, argv,
        context);
    std::cin.tie(nullptr);
    return static_cast<int>(ended);
}

}  // namespace keyhold
