// SPDX-License-Identifier: Apache-2.0
// Which settings there are: ours, and those of a program's own sections.
#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"
#include "keyhold/settings.hpp"
#include "server/nearest.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::detail {

// Sentences of requests begin with a word for the value, as in "String should have ..."; of a setting the name stands
// there, so that word is taken off.
Error wrong_own_setting(http::Reading&& reading) {
    const Error wrong = std::move(reading).error();
    const std::string_view said = wrong.fields().front().msg;
    return Error(errors::configuration, std::string(said.substr(said.find(' ') + 1)));
}

}  // namespace keyhold::detail

namespace keyhold::server {
namespace {

// A name has to fit as a flag, as a variable and as a key of TOML.
bool is_word(std::string_view name) {
    return !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
           std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '_'; });
}

// In the file a setting of a section has what stands behind the section's name.
void check_names(const Section& section) {
    if (section.name.empty()) return;
    for (const Setting& setting : section.rows)
        if (!setting.name.starts_with(std::string(section.name) + "_"))
            throw std::logic_error("the setting " + std::string(setting.name) + " of the section " +
                                   std::string(section.name) + " has to begin with the section's name");
}

}  // namespace

// Our rows first: a program cannot take the name of one of ours. Lists have neither flags nor variables, so their rows
// stay in their section.
SettingsTable::SettingsTable(std::vector<OwnSection> own)
    : own_(std::move(own)),
      sections_(server::sections().begin(), server::sections().end()),
      rows_(rows_of_settings().begin(), rows_of_settings().end()) {
    for (const Section* section : sections_) {
        check_names(*section);
        for (Setting setting : section->is_list ? std::span<const Setting>() : section->rows) {
            setting.section = section;
            rows_.push_back(setting);
        }
    }
    for (const OwnSection& section : own_) add(section);
}

SettingsTable::~SettingsTable() = default;

std::span<const OwnSection> SettingsTable::own() const { return own_; }

// Mistakes here are those of the program's author, and are found by its first start; hence std::logic_error and no
// Result.
void SettingsTable::add(const OwnSection& own) {
    if (!is_word(own.name)) throw std::logic_error("the section '" + own.name + "' is no word of a-z, 0-9 and '_'");
    if (find(own.name) != nullptr || find_section(own.name) != nullptr)
        throw std::logic_error("there is a section or a setting " + own.name + " already");
    // Settings are found by the type of their struct (Sections::find), so no two sections may share one.
    if (std::ranges::find(sections_, own.type, &Section::type) != sections_.end())
        throw std::logic_error("the struct of the section " + own.name + " is that of another one");
    std::vector<Setting>& rows = own_rows_.emplace_back();
    for (const OwnSetting& setting : own.rows) {
        const std::string& name = texts_.emplace_back(std::string(own.name).append("_").append(setting.member));
        // Compared in capitals, as in the environment: two settings must not read the same variable.
        const bool is_there = std::ranges::any_of(rows_, [variable = ascii_upper(name)](const Setting& other) {
            return ascii_upper(other.name) == variable;
        });
        if (is_there) throw std::logic_error("there is a setting " + name + " already");
        rows.push_back({.name = name,
                        .variable = {},
                        .fallback = setting.fallback,
                        .dev = "=",
                        .help = setting.help,
                        .secret = setting.secret,
                        .set = setting.set,
                        .show = setting.show,
                        .same = setting.same});
        rows_.push_back(rows.back());
    }
    sections_.push_back(&own_sections_.emplace_back(Section{.name = own.name,
                                                            .about = own.about,
                                                            .rows = rows,
                                                            .is_list = false,
                                                            .type = own.type,
                                                            .make = own.make,
                                                            // A section of a program is one struct and no list, so the
                                                            // three functions return it as it is.
                                                            .next = [](void* all) { return all; },
                                                            .count = [](const void*) { return std::size_t{1}; },
                                                            .item = [](const void* all, std::size_t) { return all; }}));
    // Only now has the section its final address, in a container that does not move its elements.
    for (auto row = rows_.end() - static_cast<std::ptrdiff_t>(rows.size()); row != rows_.end(); ++row)
        row->section = &own_sections_.back();
}

// Null for an unknown name; also for those of lists, which have no name of their own.
const Setting* SettingsTable::find(std::string_view name) const {
    const auto found = std::ranges::find(rows_, name, &Setting::name);
    return found == rows_.end() ? nullptr : &*found;
}

// The empty name is that of settings at the top of the file, which is no section.
const Section* SettingsTable::find_section(std::string_view name) const {
    const auto found = std::ranges::find(sections_, name, &Section::name);
    return name.empty() || found == sections_.end() ? nullptr : *found;
}

bool SettingsTable::is_own(const Setting& setting) const {
    return std::ranges::any_of(own_sections_, [&](const Section& own) { return &own == setting.section; });
}

// Empty if no setting is read from this variable. KEYHOLD_ALGORITHM and the tutorial's ALGORITHM are the same setting.
std::string_view SettingsTable::setting_of_variable(std::string_view variable) const {
    constexpr std::string_view prefix = "KEYHOLD_";
    const std::string_view name = variable.starts_with(prefix) ? variable.substr(prefix.size()) : std::string_view();
    for (const Setting& setting : rows_) {
        if (!setting.variable.empty() && variable == setting.variable) return setting.name;
        if (!name.empty() && name == ascii_upper(setting.name)) return setting.name;
    }
    return {};
}

std::string_view SettingsTable::closest(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const Setting& setting : rows_) names.push_back(setting.name);
    return nearest(name, names);
}

// Made once, as commands without settings of their own ask for it again and again.
const SettingsTablePtr& our_settings() {
    static const SettingsTablePtr ours = std::make_shared<SettingsTable>(std::vector<OwnSection>());
    return ours;
}

}  // namespace keyhold::server
