#include "app/cli.hpp"

#include <algorithm>
#include <ostream>

#include "base/unavailable.hpp"

namespace keyhold::app {
namespace {

// Every setting that is no secret is a flag, before or behind the command.
void add_settings(CLI::App& app, Context& context) {
    app.add_flag("--json", context.json, "Results as JSON");
    app.add_option("--config", context.sources.config_file, "Read this file instead of ./keyhold.toml")
        ->check(CLI::ExistingFile);
    for (const Setting& setting : settings_table()) {
        if (setting.secret) continue;
        std::string flag = "--" + std::string(setting.name);
        std::replace(flag.begin(), flag.end(), '_', '-');
        const std::string name(setting.name);
        app.add_option_function<std::string>(
               flag, [&context, name](const std::string& text) { context.sources.flags[name] = text; },
               std::string(setting.help))
            ->group("Settings");
    }
}

}  // namespace

Exit run_command_line(int argc, const char* const* argv, Context& context) {
    CLI::App app("Example: keyhold dev\n\nAccounts, passwords, JWT bearer tokens, protected routes.", "keyhold");
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    add_settings(app, context);
    add_server_commands(app, context);
    add_user_commands(app, context);
    add_token_commands(app, context);
    add_config_commands(app, context);
    add_hash_commands(app, context);
    add_completion_command(app, context);
    add_version_command(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& help) {
        app.exit(help, context.out, context.err);
    } catch (const CLI::RequiredError&) {
        context.err << app.help() << "\nkeyhold: say which of the commands above you want\n";
        return Exit::usage;
    } catch (const CLI::ParseError& error) {
        app.exit(error, context.out, context.err);
        return Exit::usage;
    } catch (const Unavailable& error) {
        context.fail(Error(Errc::store_unavailable, error.what()));
    } catch (const std::exception& error) {
        context.fail(Error(Errc::internal, error.what()));
    }
    return context.exit;
}

}  // namespace keyhold::app
