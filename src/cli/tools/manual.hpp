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

// One page for the program, one for each command or group of commands, and keyhold.toml(5). `date` stands on each.
std::vector<ManualPage> manual(const Command& program, Time date);

}  // namespace keyhold::cli
