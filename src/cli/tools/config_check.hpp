// SPDX-License-Identifier: Apache-2.0
// What `keyhold config check` finds: all that a start of `keyhold serve` would stumble over, at once and without
// leaving anything behind.
#pragma once

#include <string>
#include <vector>

#include "server/settings/settings.hpp"

namespace keyhold::cli {

using namespace server;

struct ConfigCheck {
    // Each in one line that names the fix, behind the line of the file where it was written ("keyhold.toml:3: ...").
    std::vector<std::string> problems;
    std::vector<std::string> notes;  // what may be meant so
};

ConfigCheck check_configuration(const server::Sources& sources);

}  // namespace keyhold::cli
