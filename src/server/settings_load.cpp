// SPDX-License-Identifier: Apache-2.0
// Puts the sources of the settings one over the other.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string_view>
#include <toml.hpp>

#include "domain/unicode.hpp"
#include "server/files.hpp"
#include "server/settings.hpp"

namespace keyhold::server {
namespace {

struct Text {
    std::string text, origin;
    std::size_t line = 0;  // of the configuration file
};
using Texts = std::map<std::string_view, Text>;  // by setting
using Findings = std::vector<Error>;

Error wrong(std::string what) { return Error(errors::configuration, std::move(what)); }

std::string did_you_mean(std::string_view name) {
    const std::string_view near = closest_setting(name);
    return near.empty() ? "" : ": did you mean '" + std::string(near) + "'?";
}

const Setting* find_setting(std::string_view name) {
    for (const Setting& setting : settings_table())
        if (setting.name == name) return &setting;
    return nullptr;
}

// A TOML value as one would write it on the command line; empty for a table, a date and the like.
std::optional<std::string> text_of(const toml::value& value) {
    if (value.is_string()) return value.as_string().str;
    if (value.is_integer()) return std::to_string(value.as_integer());
    if (value.is_boolean()) return value.as_boolean() ? "true" : "false";
    if (!value.is_array()) return std::nullopt;
    std::string text;
    for (const auto& item : value.as_array()) {
        const auto item_text = text_of(item);
        if (!item_text) return std::nullopt;
        text += (text.empty() ? "" : ",") + *item_text;
    }
    return text;
}

Error not_toml(const std::string& path, std::size_t line) {
    return Error(errors::configuration, path + " is not TOML: look at line " + std::to_string(line));
}

// The first line that is not UTF-8, as all of TOML must be. toml11 3.7.1 reads past the end of its copy of such a
// string.
std::optional<std::size_t> first_line_not_utf8(std::string_view text) {
    for (std::size_t line = 1, begin = 0; begin <= text.size(); ++line) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (!domain::count_characters(text.substr(begin, end - begin))) return line;
        begin = end + 1;
    }
    return std::nullopt;
}

// "keyhold.toml:3": where somebody has to look.
std::string place_of(const std::string& path, std::size_t line) {
    return line == 0 ? path : path + ":" + std::to_string(line);
}

void read_file(const std::string& path, Texts& texts, Findings& findings) {
    auto content = read_text_file(path);
    if (!content) return findings.push_back(content.error());
    if (const auto line = first_line_not_utf8(content->reveal())) return findings.push_back(not_toml(path, *line));
    toml::value document;
    try {
        std::istringstream stream{std::string(content->reveal())};
        document = toml::parse(stream, path);
    } catch (const toml::exception& error) {  // its what() repeats the line, which may hold a secret
        return findings.push_back(not_toml(path, error.location().line()));
    }
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    for (const auto& [name, value] : document.as_table()) {
        const Setting* setting = find_setting(name);
        const std::string place = place_of(path, value.location().line());
        auto text = text_of(value);
        if (setting == nullptr) {
            findings.push_back(wrong("unknown setting '" + name + "' in " + place + did_you_mean(name)));
        } else if (!text) {
            findings.push_back(wrong("'" + name + "' in " + place + " is of the wrong type"));
        } else {
            if (setting->in_folder != nullptr && !folder.empty()) text = setting->in_folder(*text, folder);
            texts[setting->name] = {std::move(*text), path, value.location().line()};
        }
    }
}

// systemd.exec(5): where a service has several folders for its state they are separated by colons.
std::string_view first_folder(std::string_view variable, std::string_view text) {
    return variable == "STATE_DIRECTORY" ? text.substr(0, text.find(':')) : text;
}

void read_environment(const Sources& sources, Texts& texts, Findings& findings) {
    for (const auto& [variable, text] : sources.environment) {
        const std::string_view name = setting_of_variable(variable);
        if (!name.empty()) {
            texts[name] = {std::string(first_folder(variable, text)), variable};
            continue;
        }
        constexpr std::string_view prefix = "KEYHOLD_";
        if (!variable.starts_with(prefix)) continue;
        std::string lower = variable.substr(prefix.size());
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        std::string near(closest_setting(lower));
        std::transform(near.begin(), near.end(), near.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        findings.push_back(wrong("unknown setting in the environment, " + variable +
                                 (near.empty() ? "" : ": did you mean '" + std::string(prefix) + near + "'?")));
    }
}

std::string_view default_of(const Setting& setting, Mode mode) {
    return mode == Mode::dev && setting.dev != "=" ? setting.dev : setting.fallback;
}

void set(const Setting& setting, const Text& text, Mode mode, Loaded& loaded, Findings& findings) {
    loaded.origins[setting.name] = text.origin;
    if (text.line != 0) loaded.lines[setting.name] = text.line;
    const auto done = setting.set(loaded.settings, text.text);
    if (done) return;
    findings.push_back(wrong(std::string(setting.name) + (setting.secret ? "" : " = '" + text.text + "'") + " (from " +
                             place_of(text.origin, text.line) + ") " + std::string(done.error().detail())));
    (void)setting.set(loaded.settings, default_of(setting, mode));
}

void read_secret_file(Loaded& loaded, Findings& findings) {
    const std::string& path = loaded.settings.secret_key_file;
    if (path.empty()) return;
    auto secret = read_text_file(path);
    if (!secret) return findings.push_back(secret.error());
    std::string_view text = secret->reveal();
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    loaded.settings.secret_key = Secret(text);
    loaded.files.push_back(path);
}

}  // namespace

Loaded load_settings(Mode mode, const Sources& sources, Findings& findings) {
    Loaded loaded;
    Texts texts;
    for (const Setting& setting : settings_table())
        texts[setting.name] = {std::string(default_of(setting, mode)), "default"};

    const std::string file = sources.config_file.empty() ? sources.default_file : sources.config_file;
    if (!sources.config_file.empty() || (!file.empty() && std::filesystem::exists(file))) {
        read_file(file, texts, findings);
        loaded.files.push_back(file);
    }
    read_environment(sources, texts, findings);
    for (const auto& [name, text] : sources.flags) texts[find_setting(name)->name] = {text, "flag"};

    const std::filesystem::path state_dir = texts["state_dir"].text;
    for (const Setting& setting : settings_table()) {
        Text& text = texts[setting.name];
        if (!state_dir.empty() && text.origin == "default" && setting.in_folder != nullptr)
            text.text = setting.in_folder(text.text, state_dir);
        set(setting, text, mode, loaded, findings);
    }
    read_secret_file(loaded, findings);
    return loaded;
}

Result<Loaded> load_settings(Mode mode, const Sources& sources) {
    Findings findings;
    Loaded loaded = load_settings(mode, sources, findings);
    if (!findings.empty()) return std::move(findings.front());
    return loaded;
}

}  // namespace keyhold::server
