// Puts the sources of the settings one over the other.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string_view>
#include <toml.hpp>

#include "app/files.hpp"
#include "app/settings.hpp"
#include "domain/unicode.hpp"

namespace keyhold::app {
namespace {

constexpr std::string_view default_file = "keyhold.toml";

using Texts = std::map<std::string_view, std::pair<std::string, std::string>>;  // setting -> text, origin

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
    return Error(Errc::configuration, path + " is not TOML: look at line " + std::to_string(line));
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

Result<> read_file(const std::string& path, Texts& texts) {
    auto content = read_text_file(path);
    if (!content) return std::move(content).error();
    if (const auto line = first_line_not_utf8(content->reveal())) return not_toml(path, *line);
    toml::value document;
    try {
        std::istringstream stream{std::string(content->reveal())};
        document = toml::parse(stream, path);
    } catch (const toml::exception& error) {  // its what() repeats the line, which may hold a secret
        return not_toml(path, error.location().line());
    }
    for (const auto& [name, value] : document.as_table()) {
        const Setting* setting = find_setting(name);
        if (setting == nullptr)
            return Error(Errc::configuration, "unknown setting '" + name + "' in " + path + did_you_mean(name));
        auto text = text_of(value);
        if (!text) return Error(Errc::configuration, "'" + name + "' in " + path + " is of the wrong type");
        texts[setting->name] = {std::move(*text), path};
    }
    return {};
}

Result<> read_environment(const Sources& sources, Texts& texts) {
    for (const auto& [variable, text] : sources.environment) {
        const std::string_view name = setting_of_variable(variable);
        if (!name.empty()) {
            texts[name] = {text, variable};
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
        return Error(Errc::configuration,
                     "unknown setting in the environment, " + variable +
                         (near.empty() ? "" : ": did you mean '" + std::string(prefix) + near + "'?"));
    }
    return {};
}

}  // namespace

Result<Loaded> load_settings(Mode mode, const Sources& sources) {
    Loaded loaded;
    Texts texts;
    for (const Setting& setting : settings_table())
        texts[setting.name] = {std::string(mode == Mode::dev && setting.dev != "=" ? setting.dev : setting.fallback),
                               "default"};

    const std::string file = sources.config_file.empty() ? std::string(default_file) : sources.config_file;
    if (!sources.config_file.empty() || std::filesystem::exists(file)) {
        if (auto read = read_file(file, texts); !read) return std::move(read).error();
        loaded.files.push_back(file);
    }
    if (auto read = read_environment(sources, texts); !read) return std::move(read).error();
    for (const auto& [name, text] : sources.flags) texts[find_setting(name)->name] = {text, "flag"};

    for (const Setting& setting : settings_table()) {
        auto& [text, origin] = texts[setting.name];
        if (auto set = setting.set(loaded.settings, text); !set)
            return Error(Errc::configuration, std::string(setting.name) + (setting.secret ? "" : " = '" + text + "'") +
                                                  " (from " + origin + ") " + std::string(set.error().detail()));
        loaded.origins[setting.name] = origin;
    }

    if (!loaded.settings.secret_key_file.empty()) {
        auto secret = read_text_file(loaded.settings.secret_key_file);
        if (!secret) return std::move(secret).error();
        std::string_view text = secret->reveal();
        while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
        loaded.settings.secret_key = Secret(text);
        loaded.files.push_back(loaded.settings.secret_key_file);
    }
    return loaded;
}

}  // namespace keyhold::app
