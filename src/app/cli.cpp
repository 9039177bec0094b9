#include "app/cli.hpp"

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "app/standard_output.hpp"
#include "base/unavailable.hpp"
#include "server/nearest.hpp"

namespace keyhold::app {
namespace {

// Which settings a command looks at, by its first word; what has no row looks at none.
struct Reads {
    std::string_view command;
    std::vector<Topic> topics;
};
using enum Topic;
const std::array reads_table{
    Reads{"dev", {server, database, keys, sessions, passwords}},
    Reads{"serve", {server, database, keys, sessions, passwords}},
    Reads{"config", {server, database, keys, sessions, passwords}},
    Reads{"user", {database, passwords}},
    Reads{"import", {database}},
    Reads{"adopt", {database, keys}},
    Reads{"backup", {database, keys}},
    Reads{"session", {database, sessions}},
    Reads{"key", {database, keys}},
    Reads{"token", {database, keys}},
    Reads{"db", {database, keys}},
    Reads{"hash", {passwords}},
};

struct Heading {
    Topic topic;
    std::string text;
};
const std::array headings{
    Heading{server, "Settings of the server"},    Heading{database, "Settings of the database"},
    Heading{keys, "Settings of keys and tokens"}, Heading{sessions, "Settings of sessions"},
    Heading{passwords, "Settings of passwords"},
};
constexpr const char* everywhere = "Everywhere";

const std::string& heading_of(Topic topic) { return std::ranges::find(headings, topic, &Heading::topic)->text; }

std::string flag_of(std::string_view setting) {
    std::string flag = "--" + std::string(setting);
    std::replace(flag.begin(), flag.end(), '_', '-');
    return flag;
}

// Help begins with an example (an App has no place for one but its footer) and ends with the settings that the command
// looks at, which CLI11 knows as options of the program.
class Help final : public CLI::Formatter {
public:
    std::string make_description(const CLI::App* app) const override {
        return "Example: " + app->get_footer() + "\n\n" + CLI::Formatter::make_description(app);
    }
    std::string make_footer(const CLI::App* app) const override {
        const CLI::App* command = app;
        if (command->get_parent() == nullptr) return {};
        while (command->get_parent()->get_parent() != nullptr) command = command->get_parent();
        const CLI::App& program = *command->get_parent();
        std::string text = make_group(everywhere, false, options_of(program, everywhere));
        const auto* const row = std::ranges::find(reads_table, command->get_name(), &Reads::command);
        if (row == reads_table.end() || !app->get_subcommands({}).empty()) return text;
        for (const Topic topic : row->topics)
            text += make_group(heading_of(topic), false, options_of(program, heading_of(topic)));
        return text +
               "\nEach is also KEYHOLD_... in the environment and a line of keyhold.toml: docs/configuration.md\n";
    }

private:
    static std::vector<const CLI::Option*> options_of(const CLI::App& program, const std::string& group) {
        return program.get_options([&](const CLI::Option* option) { return option->get_group() == group; });
    }
};

// Every setting that is no secret is a flag, before or behind the command.
void add_settings(CLI::App& app, Context& context) {
    app.add_flag("--json", context.json, "Results as JSON")->group(everywhere);
    app.add_option("--config", context.sources.config_file, "Read this file instead of ./keyhold.toml")
        ->check(CLI::ExistingFile)
        ->group(everywhere);
    for (const Setting& setting : settings_table()) {
        if (setting.secret) continue;
        const std::string name(setting.name);
        app.add_option_function<std::string>(
               flag_of(name), [&context, name](const std::string& text) { context.sources.flags[name] = text; },
               std::string(setting.help))
            ->group(heading_of(setting.topic));
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

// The command that the words name, and of them the first that should name one and does not.
struct Named {
    const CLI::App* command;
    std::string path;  // "keyhold user"
    std::string_view unknown;
};

Named named_by(const CLI::App& app, const std::vector<const char*>& words) {
    Named named{&app, app.get_name(), {}};
    for (std::size_t i = 1; i < words.size() && named.unknown.empty(); ++i) {
        const std::string_view word = words[i];
        const auto commands = named.command->get_subcommands({});
        if (word == "--" || commands.empty()) break;
        if (word.starts_with('-')) {
            if (word.find('=') == word.npos && takes_a_value(app, words[i])) ++i;
            continue;
        }
        const auto found = std::ranges::find(commands, word, [](const CLI::App* one) { return one->get_name(); });
        if (found == commands.end()) {
            named.unknown = word;
        } else {
            named.command = *found;
            named.path.append(" ").append(word);
        }
    }
    return named;
}

// `keyhold help user add` is `keyhold user add --help`.
void turn_help_around(const CLI::App& app, std::vector<const char*>& words) {
    std::size_t first = 1;
    while (first < words.size() && words[first][0] == '-') first += takes_a_value(app, words[first]) ? 2U : 1U;
    if (first >= words.size() || std::string_view(words[first]) != "help") return;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(first));
    words.push_back("--help");
}

std::string asks_back(std::string_view near) {
    return near.empty() ? std::string() : ": did you mean " + std::string(near) + "?";
}

void say_that_there_is_no(const Named& named, std::ostream& err) {
    std::vector<std::string> names;
    for (const CLI::App* one : named.command->get_subcommands({})) names.push_back(one->get_name());
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    // What cannot be a word of ours may be something that a terminal obeys.
    std::string word(named.unknown);
    std::ranges::replace_if(
        word, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
    err << "keyhold: there is no command '" << word << '\'' << asks_back(nearest(named.unknown, candidates))
        << "\nRun `" << named.path << " --help` for what there is.\n";
}

// ": did you mean --bind?" if a word of the complaint is nearly a flag of the command or a setting.
std::string nearest_flag(std::string_view complaint, const CLI::App& app, const CLI::App& command) {
    const std::size_t flag = complaint.find("--");
    if (flag == complaint.npos) return {};
    const std::string_view name = complaint.substr(flag, complaint.find_first_of(" =", flag) - flag);
    std::vector<std::string> flags;
    for (const CLI::App* of : {&app, &command})
        for (const CLI::Option* option : of->get_options())
            for (const std::string& known : option->get_lnames()) flags.push_back("--" + known);
    const std::vector<std::string_view> candidates(flags.begin(), flags.end());
    return asks_back(nearest(name, candidates));
}

void add_commands(CLI::App& app, Context& context) {
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
    // Only so that it is listed and completed: turn_help_around() does the work.
    add_command(app, "help", "What a command does and which flags it has", "keyhold help user add");
}

// As CLI11 goes through the words it calls the command.
void parse_and_run(int argc, const char* const* argv, Context& context) {
    CLI::App app("Accounts, passwords, JWT bearer tokens, protected routes.", "keyhold");
    app.formatter(std::make_shared<Help>());
    app.footer("keyhold dev");
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    app.set_version_flag("--version", version_line(), "What `keyhold version` says")->group(everywhere);
    add_settings(app, context);
    add_commands(app, context);
    auto words = with_values_last(app, argc, argv);
    turn_help_around(app, words);
    const Named named = named_by(app, words);
    if (!named.unknown.empty()) {
        context.exit = Exit::usage;
        return say_that_there_is_no(named, context.err);
    }
    try {
        app.parse(static_cast<int>(words.size()), words.data());
    } catch (const CLI::Success& help) {
        app.exit(help, context.out, context.err);
    } catch (const CLI::RequiredError& error) {
        context.err << app.help() << "\nkeyhold: " << error.what() << '\n';
        context.exit = Exit::usage;
    } catch (const CLI::ParseError& error) {
        context.err << "keyhold: " << error.what() << nearest_flag(error.what(), app, *named.command) << "\nRun `"
                    << named.path << " --help` for what there is.\n";
        context.exit = Exit::usage;
    } catch (const OutputLost&) {
        throw;
    } catch (const Unavailable& error) {
        context.fail(Error(Errc::store_unavailable, error.what()));
    } catch (const std::exception& error) {
        context.fail(Error(Errc::internal, error.what()));
    }
}

}  // namespace

Exit run_command_line(int argc, const char* const* argv, Context& context) {
    try {
        parse_and_run(argc, argv, context);
        context.out.rdbuf()->pubsync();  // flush() of a stream that failed before would not say why
    } catch (const OutputLost& lost) {
        context.exit = Exit::failed;
        if (!lost.is_broken_pipe()) context.fail(Error(Errc::internal, lost.what()));
    }
    return context.exit;
}

}  // namespace keyhold::app
