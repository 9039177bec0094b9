// SPDX-License-Identifier: Apache-2.0
// keyhold::Server::run(): a program's main().
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <stdexcept>

#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/run.hpp"
#include "cli/standard_output.hpp"
#include "server/program.hpp"

namespace keyhold {
namespace {

// The program's server, opened for one of its own commands: as relaxed as those that look after data, and making
// nothing.
// Refused: as Server::open().
Result<> open_for_command(Server& program, cli::Context& context) {
    auto loaded = server::load_settings(Mode::dev, context.sources);
    if (!loaded) return std::move(loaded).error();
    const auto log = std::make_shared<server::Log>(
        server::LogFormat::text, [&context](std::string_view line) { context.err << line << std::flush; });
    server::Options options{.mode = Mode::dev, .loaded = std::move(loaded).value(), .make = store::Make::nothing};
    Program::add_to(program, options);
    auto opened = server::Server::open(std::move(options), *log);
    if (!opened) return std::move(opened).error();
    Program::opened(program, log, std::move(opened).value());
    return {};
}

// A command of the program as one of ours, with the flags that may stand anywhere and the settings of database and
// keys.
cli::Command as_ours(Server& program, const Command& own) {
    const auto run = [&program, run = own.run](cli::Context& context, const Values& values) {
        CommandLine line{context.in,   context.out, context.err,
                         context.json, values,      [&] { return open_for_command(program, context); }};
        context.exit = static_cast<Exit>(run(line));
        // Whether it was opened or not.
        Program::close(program);
    };
    return {.name = own.name,
            .about = own.about,
            .example = own.example,
            .reads = {server::Topic::database, server::Topic::keys},
            .parameters = own.parameters,
            .run = run};
}

// A name that can be typed and completed without quotes.
bool is_word(std::string_view name) {
    return !name.empty() && name.front() != '-' &&
           std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '-'; });
}

}  // namespace

Server& Server::command(Command one) {
    ask_whether_it_is_open("command()");
    if (!is_word(one.name)) throw std::logic_error("the command '" + one.name + "' is no word of a-z, 0-9 and -");
    // A command of the program never hides one of ours, whose help people know.
    if (cli::program().find(one.name) != nullptr ||
        std::ranges::find(commands_, one.name, &Command::name) != commands_.end())
        throw std::logic_error("there is a command " + one.name + " already");
    if (!one.run) throw std::logic_error("the command " + one.name + " does nothing");
    commands_.push_back(std::move(one));
    return *this;
}

// The whole life of the process. What belongs to the process and not to a server (signals, streams, environment, the
// name of the program) is looked at here and nowhere below.
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
        options.opened = [this](server::Server& serving) { Program::serves(*this, &serving); };
        hooks_->on_failure([&log](std::string_view what) {
            log.say(server::Level::error, std::string("a hook has thrown: ").append(what));
        });
    };
    // Read once, here: nothing below looks at the environment.
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text(*variable);
        const std::size_t equals = std::min(text.find('='), text.size());
        context.sources.environment.emplace_back(text.substr(0, equals),
                                                 text.substr(std::min(equals + 1, text.size())));
    }
    context.own_schema = Program::own_schema(*this);
    context.sources.table = Program::settings_table(*this);
    const server::SettingsTable& table = *context.sources.table;
    // Keyhold itself is the server that nobody gave a name or a version.
    const bool is_made_of_us = !version_.empty() || name_ != Server().name();
    if (is_made_of_us) context.own_version = version_.empty() ? name_ : name_ + " " + version_;
    // Called by another name, as a link or a package may have it, its texts use that name.
    const std::string path = argc > 0 ? argv[0] : "";
    cli::Command all =
        is_made_of_us ? program_called(path.substr(path.rfind('/') + 1), context.own_version, table) : program(table);
    for (const auto& own : commands_) all.commands.push_back(as_ours(*this, own));
    const auto ended = run_command_line(all, argc, argv, context);
    Program::serves(*this, nullptr);  // it is gone
    // `out` goes before std::cin does.
    std::cin.tie(nullptr);
    return static_cast<int>(ended);
}

}  // namespace keyhold
