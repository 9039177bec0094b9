// SPDX-License-Identifier: Apache-2.0
#include "cli/run.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/caller.hpp"
#include "base/exceptions.hpp"
#include "base/text.hpp"
#include "cli/parse.hpp"
#include "cli/program.hpp"
#include "cli/standard_output.hpp"
#include "server/nearest.hpp"
#include "server/settings/safety.hpp"

namespace keyhold::cli {
namespace {

// Names and ids may begin with a dash, as one key id in 64 does. CLI11 would read -Q30 as options of one letter, of
// which there is none but -h: such words go behind "--", where every word is a value.
std::vector<const char*> with_values_last(const Command& program, int argc, const char* const* argv) {
    std::vector<const char*> words;
    std::vector<const char*> values{"--"};
    for (int i = 0; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--") {
            values.insert(values.end(), argv + i + 1, argv + argc);
            break;
        }
        const bool is_value = i > 0 && word.size() > 2 && word[0] == '-' && word[1] != '-';
        (is_value && !takes_a_value(program, argv[i - 1]) ? values : words).push_back(argv[i]);
    }
    if (values.size() > 1) words.insert(words.end(), values.begin(), values.end());
    return words;
}

// `keyhold help user add` is `keyhold user add --help`.
void turn_help_around(const Command& program, std::vector<const char*>& words) {
    std::size_t first = 1;
    // Flags that may stand anywhere, with their values, may come before "help".
    while (first < words.size() && words[first][0] == '-') first += takes_a_value(program, words[first]) ? 2U : 1U;
    if (first >= words.size() || std::string_view(words[first]) != "help") return;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(first));
    words.push_back("--help");
}

// The command that the words name, and of them the first that should name one and does not.
// The same walk as CLI11's, made before it: its complaint about an unknown command names none of ours.
struct Named {
    const Command* command;
    std::string path;  // "keyhold user"
    std::string_view unknown;
    std::string_view unknown_flag;  // the first that no command has: the word behind it may be its value
};

// The flags that may stand behind a command.
std::vector<std::string_view> flags_behind(const Command& program, const Command& command) {
    std::vector<std::string_view> flags{help_flag().name};
    for (const Command* of : {&program, &command})
        for (const Parameter& parameter : of->parameters)
            if (parameter.is_flag()) flags.push_back(parameter.name);
    return flags;
}

// Whether the command or one below it has the flag, as the flags of a command may stand before its name.
bool is_flag_anywhere(const Command& command, std::string_view flag) {
    return flag == help_flag().name ||
           std::ranges::find(command.parameters, flag, &Parameter::name) != command.parameters.end() ||
           std::ranges::any_of(command.commands, [&](const Command& one) { return is_flag_anywhere(one, flag); });
}

// Walks over the words from the left and stops at the first that is no command where one is needed.
Named named_by(const Command& program, const std::vector<const char*>& words) {
    Named named{&program, program.name, {}, {}};
    for (std::size_t i = 1; i < words.size() && named.unknown.empty(); ++i) {
        const std::string_view word = words[i];
        if (word == "--" || named.command->commands.empty()) break;
        if (word.starts_with('-')) {
            const std::string_view flag = word.substr(0, word.find('='));
            if (named.unknown_flag.empty() && flag.starts_with("--") && !is_flag_anywhere(program, flag))
                named.unknown_flag = flag;
            // --flag=value is one word.
            if (word.find('=') == word.npos && takes_a_value(program, word)) ++i;
            continue;
        }
        if (const Command* found = named.command->find(word)) {
            named.command = found;
            named.path.append(" ").append(word);
        } else {
            named.unknown = word;
        }
    }
    return named;
}

std::string asks_back(std::string_view near) {
    return near.empty() ? std::string() : ": did you mean " + std::string(near) + "?";
}

// Names the nearest flag: in `--confg x` the mistake is the flag and not the word behind it.
void say_that_it_was_not_expected(const Command& program, const Named& named, std::ostream& err) {
    err << program.name << ": this word was not expected: " << without_controls(named.unknown_flag)
        << asks_back(server::nearest(named.unknown_flag, flags_behind(program, *named.command))) << "\nRun `"
        << named.path << " --help` for what there is.\n";
}

// Names the nearest command, as a typing mistake is the usual reason.
void say_that_there_is_no(const Command& program, const Named& named, std::ostream& err) {
    std::vector<std::string_view> names;
    for (const Command& one : named.command->commands) names.push_back(one.name);
    const std::string word = without_controls(named.unknown);
    err << program.name << ": there is no command '" << word << '\'' << asks_back(server::nearest(named.unknown, names))
        << "\nRun `" << named.path << " --help` for what there is.\n";
}

// ": did you mean --bind?" if a word of the complaint is nearly a flag of the command or a setting, and none itself:
// then the complaint is about its value.
std::string nearest_flag(std::string_view complaint, const Command& program, const Command& command) {
    const std::size_t flag = complaint.find("--");
    if (flag == complaint.npos) return {};
    const std::string_view name = complaint.substr(flag, complaint.find_first_of(" =:", flag) - flag);
    const std::vector<std::string_view> flags = flags_behind(program, command);
    if (std::ranges::find(flags, name) != flags.end()) return {};
    return asks_back(server::nearest(name, flags));
}

// --json, --config and the settings, which belong to no command.
void take_what_may_stand_anywhere(Context& context, const Values& values) {
    context.json = values.given("--json");
    context.sources.config_file = values.text("--config");
    for (const server::Setting& setting : context.sources.table->rows_with_flags()) {
        if (setting.secret) continue;
        const std::string flag = flag_of(setting.name);
        // Only what was given: a default must not win over the environment and the file.
        if (values.given(flag)) context.sources.flags[std::string(setting.name)] = values.text(flag);
    }
}

std::string name_of_whoever_runs_us() {
    // For events: the login name of the user whose number runs this.
    const passwd* const known = ::getpwuid(::getuid());
    return known != nullptr ? known->pw_name : "uid " + std::to_string(::getuid());
}

// Parses the words and runs the command. Mistakes on the command line print one sentence and set Exit::usage; what the
// command throws goes on to the caller.
void parse_and_run(const Command& program, int argc, const char* const* argv, Context& context) {
    auto words = with_values_last(program, argc, argv);
    turn_help_around(program, words);
    const Named named = named_by(program, words);
    if (!named.unknown.empty()) {
        context.exit = Exit::usage;
        if (!named.unknown_flag.empty()) return say_that_it_was_not_expected(program, named, context.err);
        return say_that_there_is_no(program, named, context.err);
    }
    const Parsed parsed = parse(program, words);
    if (!parsed.complaint.empty()) {
        context.exit = Exit::usage;
        // Something is missing, perhaps only because the flag was misspelt.
        if (!parsed.usage.empty() && !named.unknown_flag.empty())
            return say_that_it_was_not_expected(program, named, context.err);
        if (!parsed.usage.empty()) {
            context.err << parsed.usage << '\n' << program.name << ": " << parsed.complaint << '\n';
            return;
        }
        context.err << program.name << ": " << parsed.complaint
                    << nearest_flag(parsed.complaint, program, *named.command) << "\nRun `" << named.path
                    << " --help` for what there is.\n";
        return;
    }
    context.out << parsed.answer;
    if (parsed.command == nullptr || !parsed.command->run) return;
    take_what_may_stand_anywhere(context, parsed.everywhere);
    const auto url = context.sources.flags.find("database_url");
    if (url != context.sources.flags.end())
        if (auto problem = server::problem_with_flag_of_database(url->second); !problem.empty())
            return context.fail(Error(errors::configuration, std::move(problem)));
    const std::string how = named.path + ", by " + name_of_whoever_runs_us();
    // Events of this thread say that a command did it, and who gave it.
    Caller caller{.door = Door::command, .device = how};
    const Calling in_its_name(caller);
    parsed.command->run(context, parsed.values);
}

}  // namespace

Exit run_command_line(const Command& program, int argc, const char* const* argv, Context& context) {
    context.program = &program;
    try {
        // Two layers: the inner one may print what it caught, which may find that standard output is gone.
        try {
            parse_and_run(program, argc, argv, context);
        } catch (const OutputLost&) {
            throw;
        } catch (const Unavailable& error) {
            context.fail(Error(errors::store_unavailable, error.what()));
        } catch (const std::exception& error) {
            context.fail(Error(errors::internal, error.what()));
        }
        context.out.rdbuf()->pubsync();  // flush() of a stream that failed before would not say why
    } catch (const OutputLost& lost) {
        context.exit = Exit::failed;
        if (!lost.is_broken_pipe()) context.fail(Error(errors::internal, lost.what()));
    }
    return context.exit;
}

}  // namespace keyhold::cli
