// SPDX-License-Identifier: Apache-2.0
// What is wrong with the settings, each in one line that names the fix.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/settings/settings.hpp"

namespace keyhold::server {

// What no mode can start with, found without touching anything: configuration.
std::vector<Error> wrong_settings(const Settings& settings);

// Refused: the first of them.
Result<> check_settings(const Settings& settings);

// Secrets that others know or guess: of tokens, clients and keys. `dev` says so and goes on.
std::vector<std::string> weak_secrets(const Settings& settings);
// Who may register, for the log and for `config check`.
std::string registration_sentence(const Settings& settings);

// Why this is not taken from a command line: every user of the machine can read those, in /proc, and the password with
// it. Empty if the URL has none. What `serve` refuses, and every command before it runs.
std::string problem_with_flag_of_database(std::string_view url);

// What `keyhold serve` refuses besides.
std::vector<std::string> unsafe_settings(const Loaded& loaded);

}  // namespace keyhold::server
