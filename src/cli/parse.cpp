// SPDX-License-Identifier: Apache-2.0
#include "cli/parse.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <list>
#include <memory>
#include <span>
#include <sstream>
#include <string_view>

#include "cli/program.hpp"

namespace keyhold::cli {
namespace {

// Help begins with an example (an App has no place for one but its footer) and ends with the settings that the command
// looks at, which CLI11 knows as options of the program.
// `program` has to outlive it.
class Help final : public CLI::Formatter {
public:
    explicit Help(const Command& program) : program_(program) { column_width(34); }

    std::string make_description(const CLI::App* app) const override {
        return "Example: " + app->get_footer() + "\n\n" + CLI::Formatter::make_description(app);
    }
    std::string make_footer(const CLI::App* app) const override {
        const CLI::App* command = app;
        if (command->get_parent() == nullptr) return {};
        // The command right below the program, in whose row `reads` stands.
        while (command->get_parent()->get_parent() != nullptr) command = command->get_parent();
        const CLI::App& program = *command->get_parent();
        std::string text = make_group(everywhere, false, options_of(program, everywhere));
        const Command* const row = program_.find(command->get_name());
        if (row == nullptr || row->reads.empty() || !app->get_subcommands({}).empty()) return text;
        for (const server::Topic topic : row->reads)
            text += make_group(heading_of(topic), false, options_of(program, heading_of(topic)));
        return text +
               "\nEach is also KEYHOLD_... in the environment and a line of keyhold.toml: docs/configuration.md\n";
    }

private:
    static std::vector<const CLI::Option*> options_of(const CLI::App& program, const std::string& group) {
        return program.get_options([&](const CLI::Option* option) { return option->get_group() == group; });
    }
    const Command& program_;
};

// CLI11 checks the bounds and shows the default in the help.
CLI::Option* add_number(CLI::App& app, const Parameter& parameter, std::int64_t& value) {
    return app.add_option(parameter.name, value, parameter.help)
        ->check(CLI::Range(parameter.least, parameter.most))
        ->capture_default_str();
}

// Makes an option or an argument of one row; CLI11 writes what is typed into `value`.
CLI::Option* add(CLI::App& app, const Parameter& parameter, Values::Value& value) {
    // A flag with an answer prints it and ends, as --version does.
    if (!parameter.answer.empty()) return app.set_version_flag(parameter.name, parameter.answer, parameter.help);
    switch (parameter.takes) {
        case Takes::nothing:
            return app.add_flag(parameter.name, value.given, parameter.help);
        case Takes::texts:
            return app.add_option(parameter.name, value.texts, parameter.help);
        case Takes::number:
            return add_number(app, parameter, value.number);
        case Takes::existing_file:
            return app.add_option(parameter.name, value.text, parameter.help)->check(CLI::ExistingFile);
        case Takes::text:
            break;
    }
    return app.add_option(parameter.name, value.text, parameter.help);
}

// A command as CLI11 has it, and where its values go.
struct Built {
    const Command& command;
    CLI::App& app;
    Values values{command.parameters};

    void add_parameters() {
        for (const Parameter& parameter : command.parameters) {
            CLI::Option* option = add(app, parameter, values.at(parameter.name));
            option->required(parameter.required);
            if (!parameter.placeholder.empty()) option->type_name(parameter.placeholder);
            if (!parameter.allowed.empty()) option->check(CLI::IsMember(parameter.allowed));
            if (!parameter.heading.empty()) option->group(parameter.heading);
        }
        // In a second walk, as a flag may exclude one that comes later in the table.
        for (const Parameter& parameter : command.parameters)
            for (const std::string& other : parameter.excludes)
                app.get_option(parameter.name)->excludes(app.get_option(other));
    }
    // A value may be the default, so whether it was typed is kept beside it.
    void note_what_was_given() {
        for (const Parameter& parameter : command.parameters)
            values.at(parameter.name).given = app.get_option(parameter.name)->count() > 0;
    }
};

// A list, because CLI11 keeps the addresses of the values.
using Tree = std::list<Built>;  // the program is the first

// Of commands that no word names CLI11 hears their names alone: their parameters are a seventh of the time of a start.
void build(Tree& tree, const Command& command, CLI::App& app, std::span<const char* const> words) {
    tree.push_back({command, app});
    tree.back().add_parameters();
    if (!command.commands.empty()) app.require_subcommand(1);
    for (const Command& below : command.commands) {
        CLI::App* child = app.add_subcommand(below.name, below.about);
        child->footer(below.example);  // where Help finds it
        child->fallthrough();          // --json and the settings may stand behind the command
        if (std::ranges::any_of(words, [&](std::string_view word) { return word == below.name; }))
            build(tree, below, *child, words);
    }
}

// The command that was named, by its deepest word.
Built& selected(Tree& tree) {
    const CLI::App* app = &tree.front().app;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return *std::ranges::find(tree, app, [](const Built& built) { return &built.app; });
}

// CLI11 has the words the other way round.
std::string sentence_about(const std::vector<std::string>& not_expected) {
    std::string sentence = not_expected.size() > 1 ? "these words were not expected:" : "this word was not expected:";
    for (const std::string& word : not_expected) sentence.append(" ").append(word);
    return sentence;
}

// "--bind: 1 required TEXT missing" is no sentence.
std::string sentence_about(const CLI::ArgumentMismatch& error) {
    const std::string_view text = error.what();
    const std::size_t colon = text.find(": ");
    const bool has_none = text.ends_with(" missing") && colon != text.npos;
    return has_none ? std::string(text.substr(0, colon)) + " needs a value" : std::string(text);
}

}  // namespace

// Every kind of CLI11's exceptions ends here; the commands see values that were checked by their rows.
Parsed parse(const Command& program, const std::vector<const char*>& words) {
    CLI::App app(program.about, program.name);
    app.formatter(std::make_shared<Help>(program));
    app.footer(program.example);
    Tree tree;
    build(tree, program, app, words);
    Parsed parsed;
    try {
        app.parse(static_cast<int>(words.size()), words.data());
        // --help and --version are thrown too.
    } catch (const CLI::Success& asked_for) {
        std::ostringstream out;
        std::ostringstream err;
        app.exit(asked_for, out, err);
        parsed.answer = out.str();
        return parsed;
    } catch (const CLI::RequiredError& error) {
        parsed.usage = app.help();
        parsed.complaint = error.what();
        return parsed;
    } catch (const CLI::ExtrasError&) {
        parsed.complaint = sentence_about(app.remaining(true));
        return parsed;
    } catch (const CLI::ArgumentMismatch& error) {
        parsed.complaint = sentence_about(error);
        return parsed;
    } catch (const CLI::ParseError& error) {
        parsed.complaint = error.what();
        return parsed;
    }
    Built& command = selected(tree);
    // The command and the program: flags that may stand anywhere belong to the program.
    for (Built* built : {&command, &tree.front()}) built->note_what_was_given();
    parsed.command = &command.command;
    parsed.values = std::move(command.values);
    parsed.everywhere = std::move(tree.front().values);
    return parsed;
}

}  // namespace keyhold::cli
