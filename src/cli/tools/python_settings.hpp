// SPDX-License-Identifier: Apache-2.0
// What another application is configured with, worked out from its files: none of its code is ever run.
//
// A program of ours (tools/reader/*.py) does it in a `python3` of the system's, which reads the files as text and their
// syntax trees, without the application's packages. Where there is no python3, nothing is found, and the reason says
// so.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace keyhold::cli {

struct Found {
    Secret value;
    std::string where;  // "config.py:1"
};

struct PythonSettings {
    std::optional<Found> database_url, secret_key, algorithm, expire_minutes;
    std::optional<Found> subject;        // what `sub` is of its users: "username", "email", "id"
    std::optional<Found> claims;         // what its access tokens carry besides, as old_token_claims has it
    std::vector<std::string> not_found;  // "config.py:3: secret_key: it is made anew at each start"
};

// Of `.env` (as python-dotenv reads it), `*.py`, alembic.ini, dynaconf's and Prisma's files of a folder, without its
// virtual environments and tests. Refused: configuration, if it is no folder.
Result<PythonSettings> read_python_settings(const std::string& folder);

// SQLAlchemy reads a relative path from the folder in which the application runs: the URL with it made absolute.
std::string url_in_folder(std::string url, const std::string& folder);

}  // namespace keyhold::cli
