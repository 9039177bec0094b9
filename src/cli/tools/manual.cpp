// SPDX-License-Identifier: Apache-2.0
// The pages of `keyhold manual` for man(1): one for the program, one for each command, one for the settings. All of it
// is made from the table of commands and that of settings, so that a page cannot name a flag that does not exist.
#include "cli/tools/manual.hpp"

#include <algorithm>
#include <array>

#include "base/errors.hpp"
#include "base/text.hpp"
#include "cli/program.hpp"
#include "cli/tools/roff.hpp"

namespace keyhold::cli {
namespace {

struct Status {
    Exit exit;
    std::string_view meaning;
};
// Every value of Exit, in its order.
constexpr std::array statuses{
    Status{Exit::done, "It was done."},
    Status{Exit::failed, "It failed; standard error says why."},
    Status{Exit::usage, "The command line, or what was typed, is not as it must be."},
    Status{Exit::not_found, "What was named does not exist."},
    Status{Exit::not_allowed, "It is not allowed."},
    Status{Exit::conflict, "Something else is in the way: a name that is taken, a database in use."},
    Status{Exit::unreachable, "The database, or another server, does not answer."},
    Status{Exit::configuration, "The configuration is wrong or unsafe."},
    Status{Exit::problems_found, "A check has found problems."},
};

// "FILE" or "NUMBER": what the command line itself shows (parse.cpp leaves it to CLI11).
std::string placeholder_of(const Parameter& parameter) {
    if (!parameter.placeholder.empty()) return parameter.placeholder;
    switch (parameter.takes) {
        case Takes::nothing:
            return {};
        case Takes::number:
            return "NUMBER";
        case Takes::existing_file:
            return "FILE";
        case Takes::texts:
            return "TEXT ...";
        case Takes::text:
            break;
    }
    return "TEXT";
}

// The sentences below are joined, so each needs its full stop.
std::string as_sentence(std::string_view text) { return std::string(text) + (text.ends_with('.') ? "" : "."); }

// What the table says beside the help: bounds, the value if it is not given, what it excludes.
std::string all_about(const Parameter& parameter) {
    std::string text = as_sentence(parameter.help);
    if (parameter.takes == Takes::number)
        text += " From " + std::to_string(parameter.least) + " to " + std::to_string(parameter.most) + ".";
    if (!parameter.otherwise.empty()) text += " Otherwise: `" + parameter.otherwise + "`.";
    if (!parameter.allowed.empty()) text += " One of `" + joined(parameter.allowed, "`, `") + "`.";
    if (!parameter.excludes.empty()) text += " Not together with `" + joined(parameter.excludes, "`, `") + "`.";
    return text;
}

// `mail_from` stands in [mail] as `from`.
std::string_view in_file(const server::Section& section, const server::Setting& setting) {
    return setting.name.substr(section.name.empty() ? 0 : section.name.size() + 1);
}

// The same for a setting: its name in the file, its defaults, and by what else it can be set.
std::string all_about(const server::Setting& setting) {
    std::string text = std::string(setting.help) + ".";
    if (setting.section != nullptr && !setting.section->is_list && !setting.section->name.empty())
        text.append(" In the file: `")
            .append(in_file(*setting.section, setting))
            .append("` in the table `[")
            .append(setting.section->name)
            .append("]`.");
    if (!setting.fallback.empty()) text += " Otherwise: `" + std::string(setting.fallback) + "`.";
    // "=" stands for "as in `serve`", and "" for a default that is empty there alone.
    if (setting.dev != "=")
        text +=
            setting.dev.empty() ? std::string(" Empty in `dev`.") : " In `dev`: `" + std::string(setting.dev) + "`.";
    if (!setting.variable.empty()) text += " In the environment also `" + std::string(setting.variable) + "`.";
    if (setting.secret) text += " Never a flag.";
    if (setting.reloadable) text += " Read anew at SIGHUP.";
    return text;
}

// "keyhold user add [flags] username"
std::string synopsis(const Command& command, const std::string& path) {
    std::string text = path;
    if (!command.commands.empty()) return text + " COMMAND";
    if (std::ranges::any_of(command.parameters, &Parameter::is_flag)) text += " [FLAGS]";
    // Arguments keep the order in which they are typed; one that may be left out is in brackets.
    for (const Parameter& parameter : command.parameters) {
        if (parameter.is_flag()) continue;
        const std::string word = parameter.name + (parameter.takes == Takes::texts ? " ..." : "");
        text += parameter.required ? " " + word : " [" + word + "]";
    }
    return text;
}

void describe(Roff& page, const Command& command) {
    page.paragraph(as_sentence(command.about));
    for (const Parameter& parameter : command.parameters)
        page.item(parameter.name, parameter.is_flag() ? placeholder_of(parameter) : "", all_about(parameter));
    if (!command.example.empty()) {
        page.paragraph("For example:");
        page.code(command.example);
    }
}

// The commands below `command` at any depth, each with a subsection. A group of commands has no text of its own.
void describe_below(Roff& page, const Command& command, const std::string& path) {
    for (const Command& below : command.commands) {
        const std::string there = path + " " + below.name;
        if (below.commands.empty()) {
            page.subsection(synopsis(below, there));
            describe(page, below);
        }
        describe_below(page, below, there);
    }
}

// "keyhold-user", as git(1) names the pages of its commands.
std::string page_of(const Command& program, const Command& command) { return program.name + "-" + command.name; }

// Makes the pages. A program with commands and settings of its own has pages under its own name. One thread; refers to
// what ManualOf refers to.
class Manual {
public:
    explicit Manual(const ManualOf& of)
        : program_(of.program),
          settings_(of.settings),
          date_(rfc3339(of.date).substr(0, 10)),
          source_(of.source),
          page_of_settings_(program_.name == "keyhold" ? "keyhold.toml" : program_.name + "-settings") {}

    // Section 1, keyhold(1): a list of the commands, and what is true of all of them.
    ManualPage of_program() const {
        Roff page({program_.name, "1", date_, source_});
        begin(page, program_.name, program_.about, {program_.name + " [FLAGS] COMMAND"});
        page.section("DESCRIPTION");
        page.paragraph("It is one program with many commands. `" + program_.name +
                       " help COMMAND` says what a command does, and each has a page of its own.");
        page.section("COMMANDS");
        for (const Command& command : program_.commands)
            page.item(command.name, command.commands.empty() ? "" : "COMMAND", as_sentence(command.summary()));
        page.section("OPTIONS");
        page.paragraph("They may stand before or behind the command. Each setting of " + page_of_settings_ +
                       "(5) that is no secret is a flag too, as `--like-this`.");
        // Flags of settings have a page of their own and are left out here, because there are more than a hundred.
        for (const Parameter& flag : program_.parameters)
            if (flag.heading == everywhere) page.item(flag.name, placeholder_of(flag), all_about(flag));
        page.section("ENVIRONMENT");
        page.item("KEYHOLD_LIKE_THIS", "",
                  "The setting `like_this`. Flags win over the environment, the "
                  "environment over the file.");
        for (const server::Setting& setting : settings_.rows_with_flags())
            if (!setting.variable.empty())
                page.item(setting.variable, "", "The setting `" + std::string(setting.name) + "`.");
        page.section("FILES");
        page.item("keyhold.toml", "", "The settings, in the working directory; `--config` names another one.");
        page.section("EXIT STATUS");
        for (const Status& status : statuses)
            page.item(std::to_string(static_cast<int>(status.exit)), "", status.meaning);
        page.section("EXAMPLES");
        page.paragraph("A server for trying out, with an SQLite database in the working directory:");
        page.code(program_.example);
        end(page, {});
        return {program_.name, "1", page.text()};
    }

    // Section 1, keyhold-user(1): one command, or a group with all commands below it.
    ManualPage of_command(const Command& command) const {
        const std::string name = page_of(program_, command);
        const std::string path = program_.name + " " + command.name;
        Roff page({name, "1", date_, source_});
        std::vector<std::string> lines;
        if (command.commands.empty()) lines.push_back(synopsis(command, path));
        for (const Command& below : command.commands) lines.push_back(synopsis(below, path + " " + below.name));
        begin(page, name, command.summary(), lines);
        page.section("DESCRIPTION");
        describe(page, command);
        if (!command.commands.empty()) {
            page.section("COMMANDS");
            describe_below(page, command, path);
        }
        if (!command.reads.empty()) {
            page.section("SETTINGS");
            std::string names;
            // `reads` names topics; the page lists every setting of those topics.
            for (const server::Setting& setting : settings_.rows_with_flags())
                if (std::ranges::find(command.reads, setting.topic) != command.reads.end())
                    names.append(names.empty() ? "`" : ", `").append(setting.name).append("`");
            page.paragraph("It looks at " + names + ".");
        }
        page.section("EXIT STATUS");
        page.paragraph("0 if it was done; " + program_.name + "(1) lists the others.");
        end(page, name);
        return {name, "1", page.text()};
    }

    // Section 5, keyhold.toml(5): every setting, and the tables of the file that are lists.
    ManualPage of_settings() const {
        Roff page({page_of_settings_, "5", date_, source_});
        begin(page, page_of_settings_, "the settings of " + program_.name,
              {"./keyhold.toml", "/etc/keyhold/keyhold.toml"});
        page.section("DESCRIPTION");
        page.paragraph(
            "A file in TOML with one setting on a line. Each is also a flag, `--like-this`, unless it is a secret, and "
            "`KEYHOLD_LIKE_THIS` in the environment. Flags win over the environment, the environment over the file, "
            "that over the defaults. An unknown name is refused.\n"
            "A relative path in the file is relative to that file. `" +
            program_.name + " config check` tries all of it; `" + program_.name +
            " config show` says where each value comes from.");
        page.section("SETTINGS");
        for (const server::Setting& setting : settings_.rows_with_flags())
            page.item(setting.name, "", all_about(setting));
        for (const server::Section* section : settings_.sections()) {
            if (!section->is_list) continue;
            page.section("TABLES [[" + std::string(section->name) + "]]");
            page.paragraph(std::string(section->about) + " As many tables as there are; neither flags nor variables.");
            for (const server::Setting& setting : section->rows)
                page.item(in_file(*section, setting), "", all_about(setting));
        }
        end(page, page_of_settings_);
        return {page_of_settings_, "5", page.text()};
    }

private:
    // NAME and SYNOPSIS, in the order of man-pages(7). NAME has one line without a full stop, which whatis(1) shows.
    void begin(Roff& page, std::string_view name, std::string_view about, const std::vector<std::string>& lines) const {
        page.section("NAME");
        std::string summary(about.substr(0, about.find('\n')));
        if (summary.ends_with('.')) summary.pop_back();
        page.name(name, summary);
        page.section("SYNOPSIS");
        for (const std::string& line : lines) page.code(line);
    }
    // SEE ALSO: the program's page lists the pages of all commands, a command's page only that of the program. `own` is
    // the page that is written, empty for the program's.
    void end(Roff& page, std::string_view own) const {
        page.section("SEE ALSO");
        std::vector<std::array<std::string, 2>> others;
        if (own != program_.name && !own.empty()) others.push_back({program_.name, "1"});
        if (own.empty())
            for (const Command& command : program_.commands)
                if (command.run || !command.commands.empty()) others.push_back({page_of(program_, command), "1"});
        if (own != page_of_settings_) others.push_back({page_of_settings_, "5"});
        for (const auto& other : others) page.see_also(other[0], other[1], &other == &others.back());
    }

    const Command& program_;
    const server::SettingsTable& settings_;
    const std::string date_, source_, page_of_settings_;
};

}  // namespace

std::vector<ManualPage> manual(const ManualOf& of) {
    const Manual made(of);
    std::vector<ManualPage> pages{made.of_program()};
    for (const Command& command : of.program.commands)
        // Only what can be run, or leads to something that can.
        if (command.run || !command.commands.empty()) pages.push_back(made.of_command(command));
    pages.push_back(made.of_settings());
    return pages;
}

}  // namespace keyhold::cli
