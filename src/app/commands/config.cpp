// keyhold config check|show
#include <iomanip>
#include <ostream>

#include "app/commands/context.hpp"
#include "app/safety.hpp"
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
           "<!-- made by `keyhold config docs`; the table is in src/app/settings.cpp -->\n\n"
           "Flags win over the environment, the environment over `keyhold.toml` (or `--config FILE`), that over the "
           "defaults. A setting is `--like-this`\n"
           "as a flag, `KEYHOLD_LIKE_THIS` in the environment, `like_this` in the file. An unknown name is refused.\n\n"
           "| setting | also | default | in `keyhold dev` | what it is |\n| --- | --- | --- | --- | --- |\n";
    for (const Setting& setting : settings_table()) {
        const auto code = [](std::string_view text) { return text.empty() ? "" : "`" + std::string(text) + "`"; };
        out << "| " << code(setting.name) << " | " << code(setting.variable) << " | " << code(setting.fallback) << " | "
            << (setting.dev == "=" ? "" : code(setting.dev)) << " | " << setting.help
            << (setting.secret ? " (never a flag)" : "") << (setting.reloadable ? " (reloaded at SIGHUP)" : "")
            << " |\n";
    }
}

void check(Context& context) {
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    const auto problems = unsafe_settings(*loaded);
    if (!problems.empty()) context.exit = Exit::problems_found;
    if (!context.json) {
        for (const std::string& problem : problems) context.out << "unsafe: " << problem << '\n';
        context.out << registration_sentence(loaded->settings) << '\n';
        if (problems.empty()) context.out << "good: `keyhold serve` would start with this\n";
        return;
    }
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.name("problems");
    out.begin_array();
    for (const std::string& problem : problems) out.value(problem);
    out.end_array();
    out.member("registration", loaded->settings.registration);
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
    add_command(*group, "check", "Whether `keyhold serve` would start", "keyhold config check && keyhold serve")
        ->callback([&context] { check(context); });
}

}  // namespace keyhold::app
