// SPDX-License-Identifier: Apache-2.0
// What `keyhold adopt` works on, and how it tells what it found.
#pragma once

#include <string>
#include <vector>

#include "cli/context.hpp"
#include "cli/tools/adoption_report.hpp"

namespace keyhold::cli {

struct AdoptOptions {
    std::string folder;
    TableNames names;
    bool apply = false;
};

// The application, and where its settings were found; empty: nowhere.
struct Application {
    Settings settings;
    std::string database_from, secret_from, expire_minutes;
    std::string subject, claims;         // of its tokens: python_settings.hpp
    std::vector<std::string> not_found;  // what its files say and could not be worked out
};

void print_report(Context& context, const Application& application, const ForeignUsers& users,
                  const AdoptionReport& report);

}  // namespace keyhold::cli
