// keyhold dev | serve
#include "app/safety.hpp"
#include "app/serve.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"

namespace keyhold::cli {
namespace {

using enum app::Topic;

Run in_mode(Mode mode) {
    return [mode](Context& context, const Values&) {
        const auto loaded = context.settings(mode);
        if (!loaded) return;
        if (mode == Mode::serve)
            for (const std::string& problem : app::unsafe_settings(*loaded))
                context.fail(Error(Errc::configuration, problem));
        if (context.exit != Exit::done) return;
        auto served = app::serve(mode, context.sources, loaded->settings, context.err);
        if (!served) context.fail(served.error());
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
