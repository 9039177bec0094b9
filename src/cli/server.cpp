// SPDX-License-Identifier: Apache-2.0
// keyhold dev | serve: the server as a program, with its signals, its greeting and its exit codes.
#include <cstdlib>
#include <ostream>
#include <sstream>

#include "base/command_names.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/banner.hpp"
#include "server/jobs/mail_client.hpp"
#include "server/listening.hpp"
#include "server/observe/log.hpp"
#include "server/process/lifecycle.hpp"
#include "server/process/memory.hpp"
#include "server/process/signals.hpp"
#include "server/server.hpp"
#include "server/settings/issuer.hpp"
#include "server/settings/safety.hpp"

namespace keyhold::cli {
namespace {

using server::Level;
using server::Lifecycle;
using server::Loaded;
using server::Log;
using server::Options;
using server::Server;
using server::Signals;

// Once the server answers, so that whoever reads an address can use it.
void greet(Context& context, Mode mode, Server& server, Log& log) {
    const Settings& settings = server.settings();
    const std::string first = words_of_first_administrator(settings, server.components(), server.where());
    if (mode == Mode::dev) {
        std::ostringstream banner;
        show_banner(banner, context.own_version, settings, server.keys(), server.components().clock.now(),
                    server.where(), server.where_admin());
        if (is_terminal()) banner << first;
        std::string text = banner.str();
        name_commands(text, context.name());
        context.err << text << std::flush;
        return;
    }
    log.say(Level::info, "listening on " + server.where() + "; " +
                             std::to_string(server.components().engine.counters().lanes) + " log-ins at once, " +
                             (settings.hashing_queue > 0 ? std::to_string(settings.hashing_queue) + " may wait"
                                                         : "a second's may wait") +
                             "; administration: " + server.where_admin());
    log.say(Level::info, server::registration_sentence(settings));
    if (const auto sentence = server::sentence_without_mail(settings); !sentence.empty())
        log.say(Level::info, sentence);
    if (const auto sentence = server::doubt_about_issuer(settings); !sentence.empty())
        log.say(Level::warning, sentence);
    if (is_terminal())
        context.err << first << std::flush;
    else if (!first.empty())
        log.say(Level::info, first);
}

// At SIGHUP: with settings that are wrong or unsafe everything stays as it is, and the log says why.
void reload(Mode mode, const Sources& sources, Server& server, Log& log) try {
    const Result<Loaded> loaded = server::load_settings(mode, sources);
    const Result<> done = loaded ? server.reload(*loaded) : Result<>(loaded.error());
    if (!done) log.say(Level::error, "not reloaded, all stays as it was: " + std::string(done.error().detail()));
} catch (const std::exception& error) {
    log.say(Level::error, std::string("not all was reloaded: ") + error.what());
}

// The whole life of the server: from opening it to its last answer. The order of the steps matters and is explained at
// each.
Result<> run(Context& context, Mode mode, Loaded loaded) {
    // First of all: threads that are made from here on inherit the blocked signals.
    const Signals signals;
    // Not in `dev`, where somebody may want to debug.
    if (mode == Mode::serve) server::forbid_core_dumps();
    const std::string& wanted = loaded.settings.log_format;
    auto format = server::parse_log_format(mode == Mode::dev && wanted == "auto" ? "text" : wanted);
    if (!format) return std::move(format).error();
    Log log(*format);
    log.name_commands_after(std::string(context.name()));

    Options options{.mode = mode,
                    .loaded = std::move(loaded),
                    .environment = context.sources.environment,
                    .succeeded = Signals::say_that_another_serves,
                    .program = std::string(context.name())};
    if (context.prepare) context.prepare(options, log);
    // First, so that whoever is refused here has made no files.
    auto listening = server::Listening::open(options.loaded.settings, mode, options.environment, log);
    if (!listening) return std::move(listening).error();
    auto opened = Server::open(std::move(options), log);
    if (!opened) return std::move(opened).error();
    Server& serving = **opened;
    if (auto started = serving.start(std::move(*listening)); !started) return started;
    greet(context, mode, serving, log);
    server::let_go_of_startup_code();
    server::let_go_of_dictionary();  // it judged the secrets of the settings
    Lifecycle lifecycle{signals, serving, log, std::chrono::seconds(serving.settings().drain_delay),
                        [&] { reload(mode, context.sources, serving, log); }};
    const Lifecycle::End end = lifecycle.run();
    if (end != Lifecycle::End::finished) {
        // Destructors would wait for threads that may be stuck. That of the log would write out what its reader has
        // not taken yet.
        log.flush();
        std::_Exit(static_cast<int>(end == Lifecycle::End::cut ? Exit::failed : Exit::done));
    }
    return {};
}

using enum server::Topic;

// Settings that are unsafe stop `serve`; `dev` starts with them and warns.
Run in_mode(Mode mode) {
    return [mode](Context& context, const Values&) {
        auto loaded = context.settings(mode);
        if (!loaded) return;
        if (mode == Mode::serve)
            // All of them are told, and then it does not start.
            for (const std::string& problem : server::unsafe_settings(*loaded))
                context.fail(Error(errors::configuration, problem));
        if (context.exit != Exit::done) return;
        if (auto served = run(context, mode, *std::move(loaded)); !served) context.fail(served.error());
    };
}

}  // namespace

Command dev_command() {
    return {.name = "dev",
            .about = "Start at once, for trying out: no configuration, an SQLite file here",
            .example = "keyhold dev",
            .reads = {server, database, keys, sessions, passwords},
            .run = in_mode(Mode::dev)};
}

Command serve_command() {
    return {.name = "serve",
            .about = "Start for production: refuses what is unsafe",
            .example = "keyhold serve --bind 0.0.0.0:8000",
            .reads = {server, database, keys, sessions, passwords},
            .run = in_mode(Mode::serve)};
}

}  // namespace keyhold::cli
