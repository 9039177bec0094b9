// SPDX-License-Identifier: Apache-2.0
// What a FastAPI application is configured with, read from its files as text: its Python is never run.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace keyhold::cli {

struct Found {
    Secret value;
    std::string where;  // "config.py:1"
};

struct PythonSettings {
    std::optional<Found> database_url, secret_key, algorithm, expire_minutes;
};

// From `.env` and the `*.py` of a folder, without its virtual environments: `NAME = "..."`, also with a type, and the
// default of os.getenv("NAME", "..."). `.env` comes first, then config.py and settings.py, then the rest.
// Refused: configuration, if it is no folder.
Result<PythonSettings> read_python_settings(const std::string& folder);

// SQLAlchemy reads a relative path from the folder in which the application runs: the URL with it made absolute.
std::string url_in_folder(std::string url, const std::string& folder);

// The text that a line of Python gives a name, if it is a literal or the default of a look-up in the environment.
// Empty for what has to be computed.
std::optional<std::string> assigned_text(std::string_view line, std::string_view name);

}  // namespace keyhold::cli
