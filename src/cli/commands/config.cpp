// SPDX-License-Identifier: Apache-2.0
// keyhold config check|show|docs|template
#include <iomanip>
#include <ostream>

#include "base/integer.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"
#include "cli/tools/config_check.hpp"

namespace keyhold::cli {
namespace {

using enum Topic;
using server::key_of;
using server::Section;
using server::Setting;

// Every setting with its value and where the value comes from: a flag, a variable, a file or the default.
void show_settings(Context& context, Mode mode) {
    const auto loaded = context.settings(mode);
    if (!loaded) return;
    if (!context.json) {
        // Secrets are "(set)" or empty in it.
        for (const server::ShownSetting& line : server::shown_settings(*loaded))
            context.out << std::left << std::setw(28) << line.name << " = " << std::setw(32) << line.value << " # "
                        << line.from << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    for (const server::ShownSetting& line : server::shown_settings(*loaded)) {
        out.name(line.name);
        out.begin_object();
        out.member("value", line.value);
        out.member("from", line.from);
        out.end_object();
    }
    out.end_object();
    context.out << text << '\n';
}

// One row of a Markdown table; `name` is as it stands in the file, with its section.
void write_row(std::ostream& out, const Setting& setting, const std::string& name) {
    const auto code = [](std::string_view text) { return text.empty() ? "" : "`" + std::string(text) + "`"; };
    out << "| " << code(name) << " | " << code(setting.variable) << " | " << code(setting.fallback) << " | "
        << (setting.dev == "=" ? "" : code(setting.dev)) << " | " << setting.help
        << (setting.secret ? " (never a flag)" : "") << (setting.reloadable ? " (reloaded at SIGHUP)" : "") << " |\n";
}

// docs/configuration.md.
// Compared with the file by a test, so that the page cannot fall behind the table.
void write_page(std::ostream& out, const server::SettingsTable& table) {
    out << "# Configuration\n\n"
           "<!-- made by `keyhold config docs`; the rows are in src/server/settings/settings.cpp and beside the "
           "features that "
           "src/server/settings/sections.cpp lists -->\n\n"
           "Flags win over the environment, the environment over `keyhold.toml` (or `--config FILE`), that over the "
           "defaults. A setting is `--like-this`\n"
           "as a flag, `KEYHOLD_LIKE_THIS` in the environment, `like_this` in the file. An unknown name is refused.\n\n"
           "A relative path in a file is relative to that file, be it a setting of its own, the socket of a `bind` or "
           "within a `database_url`; in a flag or in the\n"
           "environment it is relative to the working directory. The database and the key file that nobody named lie "
           "in `state_dir`.\n\n"
           "| setting | also | default | in `keyhold dev` | what it is |\n| --- | --- | --- | --- | --- |\n";
    for (const Setting& setting : table.rows_with_flags())
        // First the settings without a section, which stand at the top of keyhold.toml.
        if (setting.section == nullptr || setting.section->name.empty())
            write_row(out, setting, std::string(setting.name));
    for (const Section* section : table.sections()) {
        if (section->name.empty()) continue;
        const std::string name(section->name);
        out << "\n## " << (section->is_list ? "[[" + name + "]]" : "[" + name + "]") << "\n\n" << section->about;
        if (section->is_list)
            out << " As many tables as there are; neither flags nor variables.";
        else
            out << " As a flag and in the environment the section's name stands before the setting's: `--" << name
                << "-...`, `KEYHOLD_" << ascii_upper(name) << "_...`.";
        out << "\n\n| setting | also | default | in `keyhold dev` | what it is |\n| --- | --- | --- | --- | --- |\n";
        for (const Setting& setting : section->rows) write_row(out, setting, key_of(*section, setting));
    }
}

// A row of keyhold.toml with its default, as a comment.
void write_commented(std::ostream& out, const Setting& setting, const std::string& name) {
    const std::string_view value = setting.fallback;
    // Numbers and booleans stand in TOML without quotes.
    const bool is_bare = parse_integer<std::int64_t>(value) || value == "true" || value == "false";
    out << "\n# " << setting.help << (setting.reloadable ? " (reloaded at SIGHUP)" : "") << ".\n# " << name << " = "
        << (is_bare ? "" : "\"") << value << (is_bare ? "" : "\"") << '\n';
}

// A keyhold.toml to begin with.
// Every line of it is a comment, so that the unchanged file changes nothing and later defaults still apply.
void write_template(std::ostream& out, const server::SettingsTable& table) {
    out << "# The settings of Keyhold: keyhold.toml(5). Flags and the environment win over this file; relative paths "
           "are "
           "relative to it.\n"
           "# `keyhold config check` tries all of it.\n";
    for (const Setting& setting : table.rows_with_flags())
        if (setting.section == nullptr || setting.section->name.empty())
            write_commented(out, setting, std::string(setting.name));
    for (const Section* section : table.sections()) {
        if (section->name.empty()) continue;
        const std::string name(section->name);
        out << "\n# " << section->about << (section->is_list ? "\n# [[" + name + "]]\n" : "\n# [" + name + "]\n");
        for (const Setting& setting : section->rows) write_commented(out, setting, key_of(*section, setting));
    }
}

// An array of texts under this name.
void write(json::Writer& out, std::string_view name, const std::vector<std::string>& texts) {
    out.name(name);
    out.begin_array();
    for (const std::string& text : texts) out.value(text);
    out.end_array();
}

// Exit code problems_found if `keyhold serve` would not start; notes alone leave it 0.
void check_settings(Context& context) {
    const ConfigCheck found = check_configuration(context.sources);
    if (!found.problems.empty()) context.exit = Exit::problems_found;
    if (!context.json) {
        for (const std::string& problem : found.problems)
            context.out << "problem: " << without_controls(problem) << '\n';
        for (const std::string& note : found.notes) context.out << "note: " << without_controls(note) << '\n';
        if (found.problems.empty()) context.out << "good: `keyhold serve` would start with this\n";
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    write(out, "problems", found.problems);
    write(out, "notes", found.notes);
    out.end_object();
    context.out << text << '\n';
}

}  // namespace

Command config_command() {
    return {
        .name = "config",
        .about = "Look at the settings",
        .example = "keyhold config check",
        .reads = {server, database, keys, sessions, passwords},
        .commands = {
            {.name = "show",
             .about = "Every setting, its value and where that came from",
             .example = "keyhold config show --dev",
             .parameters = {{.name = "--dev", .help = "As `keyhold dev` sees them", .takes = Takes::nothing}},
             .run =
                 [](Context& context, const Values& values) {
                     show_settings(context, values.given("--dev") ? Mode::dev : Mode::serve);
                 }},
            {.name = "docs",
             .about = "docs/configuration.md, from the same table",
             .example = "keyhold config docs > docs/configuration.md",
             .run = [](Context& context, const Values&) { write_page(context.out, *context.sources.table); }},
            {.name = "template",
             .about = "A keyhold.toml with every setting and its default, each as a comment",
             .example = "keyhold config template > keyhold.toml",
             .run = [](Context& context, const Values&) { write_template(context.out, *context.sources.table); }},
            {.name = "check",
             .about =
                 "Try what `keyhold serve` does at its start, and say all that is wrong; exit code 8 if anything is",
             .example = "keyhold config check && keyhold serve",
             .run = [](Context& context, const Values&) { check_settings(context); }},
        }};
}

}  // namespace keyhold::cli
