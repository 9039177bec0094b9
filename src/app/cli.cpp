#include "app/cli.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/unavailable.hpp"

namespace keyhold::app {
namespace {

// Help begins with an example; an App has no place for one but its footer.
class ExampleFirst final : public CLI::Formatter {
public:
    std::string make_description(const CLI::App* app) const override {
        return "Example: " + app->get_footer() + "\n\n" + CLI::Formatter::make_description(app);
    }
    std::string make_footer(const CLI::App*) const override { return {}; }
};

// ": did you mean --bind?" if a word of the complaint is nearly a flag.
std::string did_you_mean(std::string_view complaint) {
    const std::size_t flag = complaint.find("--");
    if (flag == complaint.npos) return {};
    std::string name(complaint.substr(flag + 2, complaint.find_first_of(" =", flag) - flag - 2));
    std::replace(name.begin(), name.end(), '-', '_');
    std::string near(closest_setting(name));
    std::replace(near.begin(), near.end(), '_', '-');
    return near.empty() ? "" : ": did you mean --" + near + "?";
}

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

bool takes_a_value(const CLI::App& app, const std::string& flag) {
    if (const CLI::Option* option = app.get_option_no_throw(flag)) return option->get_items_expected_min() > 0;
    const auto commands = app.get_subcommands({});
    return std::any_of(commands.begin(), commands.end(),
                       [&](const CLI::App* one) { return takes_a_value(*one, flag); });
}

// Names and ids may begin with a dash, as one key id in 64 does. CLI11 would read -Q30 as options of one letter, of
// which there is none but -h: such words go behind "--", where every word is a value.
std::vector<const char*> with_values_last(const CLI::App& app, int argc, const char* const* argv) {
    std::vector<const char*> words;
    std::vector<const char*> values{"--"};
    for (int i = 0; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--") {
            values.insert(values.end(), argv + i + 1, argv + argc);
            break;
        }
        const bool is_value = i > 0 && word.size() > 2 && word[0] == '-' && word[1] != '-';
        (is_value && !takes_a_value(app, argv[i - 1]) ? values : words).push_back(argv[i]);
    }
    if (values.size() > 1) words.insert(words.end(), values.begin(), values.end());
    return words;
}

}  // namespace

Exit run_command_line(int argc, const char* const* argv, Context& context) {
    CLI::App app("Accounts, passwords, JWT bearer tokens, protected routes.", "keyhold");
    app.formatter(std::make_shared<ExampleFirst>());
    app.footer("keyhold dev");
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    add_settings(app, context);
    add_server_commands(app, context);
    add_user_commands(app, context);
    add_import_commands(app, context);
    add_adopt_command(app, context);
    add_backup_commands(app, context);
    add_session_commands(app, context);
    add_key_commands(app, context);
    add_token_commands(app, context);
    add_db_commands(app, context);
    add_config_commands(app, context);
    add_hash_commands(app, context);
    add_completion_command(app, context);
    add_version_command(app, context);
    try {
        const auto words = with_values_last(app, argc, argv);
        app.parse(static_cast<int>(words.size()), words.data());
    } catch (const CLI::Success& help) {
        app.exit(help, context.out, context.err);
    } catch (const CLI::RequiredError& error) {
        context.err << app.help() << "\nkeyhold: " << error.what() << '\n';
        return Exit::usage;
    } catch (const CLI::ParseError& error) {
        context.err << "keyhold: " << error.what() << did_you_mean(error.what())
                    << "\nRun it with --help for what there is.\n";
        return Exit::usage;
    } catch (const Unavailable& error) {
        context.fail(Error(Errc::store_unavailable, error.what()));
    } catch (const std::exception& error) {
        context.fail(Error(Errc::internal, error.what()));
    }
    return context.exit;
}

}  // namespace keyhold::app
