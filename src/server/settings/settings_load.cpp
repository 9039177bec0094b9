// SPDX-License-Identifier: Apache-2.0
// Puts the sources of the settings one over the other.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string_view>
#include <toml.hpp>

#include "base/text.hpp"
#include "domain/accounts/unicode.hpp"
#include "server/files.hpp"
#include "server/nearest.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {
namespace {

// A value as somebody wrote it, before it is read. `origin` as in Loaded::origins.
struct Text {
    std::string text, origin;
    std::size_t line = 0;  // of the configuration file
};
using Texts = std::map<std::string_view, Text>;  // by setting
using Findings = std::vector<Error>;

// The caller puts the name and the origin in front.
Error wrong(std::string what) { return Error(errors::configuration, std::move(what)); }

// Empty if no name is near: a wrong guess would mislead.
std::string did_you_mean(std::string_view near) {
    return near.empty() ? "" : ": did you mean '" + std::string(near) + "'?";
}

std::string did_you_mean(std::string_view key, const Section& section) {
    std::vector<std::string_view> keys;
    for (const Setting& setting : section.rows) keys.push_back(setting.name.substr(section.name.size() + 1));
    return did_you_mean(nearest(key, keys));
}

std::string header_of(const std::string& section, bool is_list) {
    return is_list ? "[[" + section + "]]" : "[" + section + "]";
}

bool is_list_of_tables(const toml::value& value) {
    return value.is_array() && !value.as_array().empty() &&
           std::ranges::all_of(value.as_array(), [](const auto& item) { return item.is_table(); });
}

const Setting* find_in(std::span<const Setting> rows, std::string_view name) {
    const auto found = std::ranges::find(rows, name, &Setting::name);
    return found == rows.end() ? nullptr : &*found;
}

// "mail_from", which stands as `from` in [mail].
std::string full_name(const Section& section, std::string_view key) {
    return std::string(section.name).append("_").append(key);
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
std::string file_and_line(const std::string& path, std::size_t line) {
    return line == 0 ? path : path + ":" + std::to_string(line);
}

// For the beginning of a sentence; a secret's value is left out, since the log is read by others.
std::string value_and_origin(const Setting& setting, const Text& text) {
    return std::string(setting.name) + (setting.secret ? "" : " = '" + text.text + "'") + " (from " +
           file_and_line(text.origin, text.line) + ") ";
}

// "=" in the table means that `keyhold dev` has the same default.
std::string_view default_of(const Setting& setting, Mode mode) {
    return mode == Mode::dev && setting.dev != "=" ? setting.dev : setting.fallback;
}

// The configuration file.
class File {
public:
    File(const std::string& path, Mode mode, Texts& texts, Loaded& loaded, Findings& findings)
        : path_(path), mode_(mode), texts_(texts), loaded_(loaded), findings_(findings) {}

    void read() {
        auto content = read_text_file(path_);
        if (!content) return findings_.push_back(content.error());
        if (const auto line = first_line_not_utf8(content->reveal()))
            return findings_.push_back(not_toml(path_, *line));
        toml::value document;
        try {
            std::istringstream stream{std::string(content->reveal())};
            document = toml::parse(stream, path_);
        } catch (const toml::exception& error) {  // its what() repeats the line, which may hold a secret
            return findings_.push_back(not_toml(path_, error.location().line()));
        }
        for (const auto& [name, value] : document.as_table()) read_member(name, value);
    }

private:
    std::string place(const toml::value& value) const { return file_and_line(path_, value.location().line()); }

    // [] and [[]] of a section, or a setting at the top.
    void read_member(const std::string& name, const toml::value& value) {
        const Section* section = table_.find_section(name);
        const bool is_list = value.is_array();
        const bool is_section = is_list ? is_list_of_tables(value) : value.is_table();
        if (section == nullptr && is_section) return say_unknown_section(name, value);
        if (section == nullptr) return read_at_the_top(name, value);
        // `client = []` is a list without an item.
        if (!is_section && !(is_list && value.as_array().empty()))
            return findings_.push_back(wrong("'" + name + "' in " + place(value) + " is of the wrong type"));
        if (is_list != section->is_list)
            return findings_.push_back(wrong("in " + place(value) + " write " + header_of(name, section->is_list)));
        if (!is_list) {
            for (const auto& [key, item] : value.as_table())
                take(table_.find(full_name(*section, key)), key, item, section);
            return;
        }
        for (const toml::value& item : value.as_array()) read_item(*section, item);
    }

    void say_unknown_section(const std::string& name, const toml::value& value) {
        std::vector<std::string_view> names;
        for (const Section* section : table_.sections())
            if (!section->name.empty()) names.push_back(section->name);
        const std::string near(nearest(name, names));
        findings_.push_back(
            wrong("unknown section " + header_of(name, value.is_array()) + " in " + place(value) +
                  (near.empty() ? "" : ": did you mean " + header_of(near, table_.find_section(near)->is_list) + "?")));
    }

    // A setting of a section that stands at the top is a usual mistake, and is told where it belongs.
    void read_at_the_top(const std::string& name, const toml::value& value) {
        const Setting* setting = table_.find(name);
        const bool is_elsewhere = setting != nullptr && setting->section != nullptr && !setting->section->name.empty();
        if (!is_elsewhere) return take(setting, name, value, nullptr);
        const std::string_view section = setting->section->name;
        findings_.push_back(wrong("'" + name + "' in " + place(value) + " stands in [" + std::string(section) +
                                  "], as `" + name.substr(section.size() + 1) + "`"));
    }

    // What a value says, if there is such a setting and it can be one.
    std::optional<Text> text_for(const Setting* setting, const std::string& key, const toml::value& value,
                                 const Section* section) {
        auto text = text_of(value);
        // By the name that it has as a flag, within its own section.
        if (section != nullptr && setting == nullptr && key.starts_with(std::string(section->name) + "_") &&
            table_.find(key) != nullptr && table_.find(key)->section == section) {
            findings_.push_back(wrong("'" + key + "' in " + place(value) + " is called `" +
                                      key.substr(section->name.size() + 1) + "` in [" + std::string(section->name) +
                                      "]"));
            return std::nullopt;
        }
        if (setting == nullptr) {
            findings_.push_back(
                wrong("unknown setting '" + key + "' in " + place(value) +
                      (section == nullptr ? did_you_mean(table_.closest(key)) : did_you_mean(key, *section))));
            return std::nullopt;
        }
        if (!text) {
            findings_.push_back(wrong("'" + key + "' in " + place(value) + " is of the wrong type"));
            return std::nullopt;
        }
        const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
        // A relative path is relative to the file that it stands in.
        if (setting->in_folder != nullptr && !folder.empty()) text = setting->in_folder(*text, folder);
        return Text{std::move(*text), path_, value.location().line()};
    }

    // A later source overwrites an earlier one, so nothing is set before all were read.
    void take(const Setting* setting, const std::string& key, const toml::value& value, const Section* section) {
        if (auto text = text_for(setting, key, value, section)) texts_[setting->name] = std::move(*text);
    }

    // One [[table]] of a list.
    void read_item(const Section& section, const toml::value& table) {
        // Adds an item to the list; then its rows have their defaults, as the list has no flags or variables.
        void* const object = section.next(loaded_.settings.sections.find(section.type));
        for (const Setting& setting : section.rows) (void)setting.set(object, default_of(setting, mode_));
        bool is_good = true;
        for (const auto& [key, value] : table.as_table()) {
            const Setting* setting = find_in(section.rows, full_name(section, key));
            const auto text = text_for(setting, key, value, &section);
            is_good = is_good && text;
            if (!text) continue;
            if (const auto done = setting->set(object, text->text); !done) {
                findings_.push_back(wrong(value_and_origin(*setting, *text) + std::string(done.error().detail())));
                is_good = false;
            }
        }
        if (!is_good || section.check == nullptr) return;
        for (const Error& error : section.check(object))
            findings_.push_back(
                wrong("[[" + std::string(section.name) + "]] in " + place(table) + ": " + std::string(error.detail())));
    }

    const std::string& path_;
    Mode mode_;
    Texts& texts_;
    Loaded& loaded_;
    const SettingsTable& table_ = *loaded_.table;
    Findings& findings_;
};

// systemd.exec(5): where a service has several folders for its state they are separated by colons.
std::string_view first_folder(std::string_view variable, std::string_view text) {
    return variable == "STATE_DIRECTORY" ? text.substr(0, text.find(':')) : text;
}

// Variables without our prefix belong to other programs and are passed over; a wrong name with it is a mistake.
void read_environment(const Sources& sources, Texts& texts, Findings& findings) {
    for (const auto& [variable, text] : sources.environment) {
        const std::string_view name = sources.table->setting_of_variable(variable);
        if (!name.empty()) {
            texts[name] = {std::string(first_folder(variable, text)), variable};
            continue;
        }
        constexpr std::string_view prefix = "KEYHOLD_";
        if (!variable.starts_with(prefix)) continue;
        const std::string near = ascii_upper(sources.table->closest(ascii_lower(variable.substr(prefix.size()))));
        findings.push_back(wrong("unknown setting in the environment, " + variable +
                                 (near.empty() ? "" : ": did you mean '" + std::string(prefix) + near + "'?")));
    }
}

// A value that is refused is reported and the default is set, so that later checks do not report it once more.
void set(const Setting& setting, const Text& text, Mode mode, Loaded& loaded, Findings& findings) {
    loaded.origins[setting.name] = text.origin;
    if (text.line != 0) loaded.lines[setting.name] = text.line;
    void* const object = object_of(setting, loaded.settings);
    const auto done = setting.set(object, text.text);
    if (done) return;
    findings.push_back(wrong(value_and_origin(setting, text) + std::string(done.error().detail())));
    (void)setting.set(object, default_of(setting, mode));
}

// Line ends at the end are an editor's and no part of the secret. The file counts as one that holds a secret.
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

// Defaults, then the file, the environment and the flags, each over the one before; only then are values read, since a
// default path may depend on `state_dir`.
Loaded load_settings(Mode mode, const Sources& sources, Findings& findings) {
    Loaded loaded{.table = sources.table, .settings = {}, .origins = {}, .files = {}, .lines = {}};
    const SettingsTable& table = *loaded.table;
    for (const Section* section : table.sections()) loaded.settings.sections.add(*section);
    Texts texts;
    for (const Setting& setting : table.rows_with_flags())
        texts[setting.name] = {std::string(default_of(setting, mode)), "default"};

    const std::string file = sources.config_file.empty() ? sources.default_file : sources.config_file;
    if (!sources.config_file.empty() || (!file.empty() && !is_absent(file))) {
        File(file, mode, texts, loaded, findings).read();
        loaded.files.push_back(file);
    }
    read_environment(sources, texts, findings);
    for (const auto& [name, text] : sources.flags) {
        if (const Setting* const setting = table.find(name))
            texts[setting->name] = {text, "flag"};
        else
            findings.push_back(wrong("unknown setting '" + name + "'" + did_you_mean(table.closest(name))));
    }

    const std::filesystem::path state_dir = texts["state_dir"].text;
    for (const Setting& setting : table.rows_with_flags()) {
        Text& text = texts[setting.name];
        if (!state_dir.empty() && text.origin == "default" && setting.in_folder != nullptr)
            text.text = setting.in_folder(text.text, state_dir);
        set(setting, text, mode, loaded, findings);
    }
    for (const Section* section : table.sections())
        if (!section->is_list && section->check != nullptr)
            for (const Error& error : section->check(loaded.settings.sections.find(section->type)))
                findings.push_back(error);
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
