// SPDX-License-Identifier: Apache-2.0
// The manual pages of a program, made from its table of commands and the table of settings: man-pages(7) says what
// stands where.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cli/command.hpp"

namespace keyhold::cli {

struct ManualPage {
    std::string name;     // "keyhold-user"
    std::string section;  // "1"
    std::string text;     // roff
    std::string file() const { return name + "." + section; }
};

// What stands on each page.
struct ManualOf {
    const Command& program;
    const server::SettingsTable& settings;
    Time date;
    std::string source;  // "keyhold 0.2.0"
};

// One page for the program, one for each command or group of commands, and one for the settings: keyhold.toml(5), or
// notes-settings(5) of a program that is called notes.
std::vector<ManualPage> manual(const ManualOf& of);

}  // namespace keyhold::cli
