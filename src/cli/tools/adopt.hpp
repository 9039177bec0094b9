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

// `next` is the command that comes next, if there is one: its last line.
void print_report(Context& context, const Application& application, const ForeignUsers& users,
                  const AdoptionReport& report, const std::string& next);

// Why `keyhold serve` does not start with the application's secret; empty if it does, or if there is none.
std::string secret_problem(const Application& application);

// The command that was given, as one writes it in a shell, and `more` behind it. Empty if it would show a password.
std::string again(const Context& context, const AdoptOptions& options, std::string_view more);
// A word as a shell reads it (POSIX.1-2017, Shell Command Language §2.2.2).
std::string shell_word(std::string_view text);

}  // namespace keyhold::cli
