// keyhold config check|show
#include <algorithm>
#include <iomanip>
#include <ostream>

#include "app/commands/context.hpp"
#include "app/config_check.hpp"
#include "base/json.hpp"

namespace keyhold::app {
namespace {

void show(Context& context, Mode mode) {
    const auto loaded = context.settings(mode);
    if (!loaded) return;
    if (!context.json) {
        for (const Setting& setting : settings_table())
            context.out << std::left << std::setw(28) << setting.name << " = " << std::setw(32)
                        << setting.show(loaded->settings) << " # " << loaded->origins.at(setting.name) << '\n';
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    for (const Setting& setting : settings_table()) {
        out.name(setting.name);
        out.begin_object();
        out.member("value", setting.show(loaded->settings));
        out.member("from", loaded->origins.at(setting.name));
        out.end_object();
    }
    out.end_object();
    context.out << text << '\n';
}

// docs/configuration.md.
void write_page(std::ostream& out) {
    out << "# Configuration\n\n"
           "<!-- made by `keyhold config docs`; the table is in src/server/settings.cpp -->\n\n"
           "Flags win over the environment, the environment over `keyhold.toml` (or `--config FILE`), that over the "
           "defaults. A setting is `--like-this`\n"
           "as a flag, `KEYHOLD_LIKE_THIS` in the environment, `like_this` in the file. An unknown name is refused.\n\n"
           "A relative path in a file is relative to that file, be it a setting of its own, the socket of a `bind` or "
           "within "
           "a `database_url`; in a flag or in the\n"
           "environment it is relative to the working directory. The database and the key file that nobody named lie "
           "in "
           "`state_dir`.\n\n"
           "| setting | also | default | in `keyhold dev` | what it is |\n| --- | --- | --- | --- | --- |\n";
    for (const Setting& setting : settings_table()) {
        const auto code = [](std::string_view text) { return text.empty() ? "" : "`" + std::string(text) + "`"; };
        out << "| " << code(setting.name) << " | " << code(setting.variable) << " | " << code(setting.fallback) << " | "
            << (setting.dev == "=" ? "" : code(setting.dev)) << " | " << setting.help
            << (setting.secret ? " (never a flag)" : "") << (setting.reloadable ? " (reloaded at SIGHUP)" : "")
            << " |\n";
    }
}

void write(json::Writer& out, std::string_view name, const std::vector<std::string>& texts) {
    out.name(name);
    out.begin_array();
    for (const std::string& text : texts) out.value(text);
    out.end_array();
}

// What is quoted may hold anything: one line, and nothing that a terminal obeys.
std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
    return text;
}

void check(Context& context) {
    const ConfigCheck found = check_configuration(context.sources);
    if (!found.problems.empty()) context.exit = Exit::problems_found;
    if (!context.json) {
        for (const std::string& problem : found.problems) context.out << "problem: " << one_line(problem) << '\n';
        for (const std::string& note : found.notes) context.out << "note: " << one_line(note) << '\n';
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

void add_config_commands(CLI::App& app, Context& context) {
    CLI::App* group = add_command(app, "config", "Look at the settings", "keyhold config check");
    group->require_subcommand(1);
    CLI::App* show_command =
        add_command(*group, "show", "Every setting, its value and where that came from", "keyhold config show --dev");
    auto dev = std::make_shared<bool>(false);
    show_command->add_flag("--dev", *dev, "As `keyhold dev` sees them");
    show_command->callback([&context, dev] { show(context, *dev ? Mode::dev : Mode::serve); });
    add_command(*group, "docs", "docs/configuration.md, from the same table",
                "keyhold config docs > docs/configuration.md")
        ->callback([&context] { write_page(context.out); });
    add_command(*group, "check",
                "Try what `keyhold serve` does at its start, and say all that is wrong; exit code 8 if anything is",
                "keyhold config check && keyhold serve")
        ->callback([&context] { check(context); });
}

}  // namespace keyhold::app
