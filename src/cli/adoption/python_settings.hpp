// SPDX-License-Identifier: Apache-2.0
// What another application is configured with, worked out from its files: none of its code is ever run.
//
// A program of ours (tools/reader/*.py) does it in a `python3` of the system's, which reads the files as text and their
// syntax trees, without the application's packages. Where there is no python3, nothing is found, and the reason says
// so.
#pragma once

#include <cstdint>
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

// What the application's own code gives a column of a new row: by its model, or by what its registration hands over.
struct ModelDefault {
    // What a constant is in Python; the moment, an id of its own, or a value of JSON; or what cannot be worked out.
    enum class Kind : std::uint8_t { text, number, yes_or_no, time, uuid, json, unknown };
    std::string table, column;
    Kind kind = Kind::unknown;
    std::string value;  // "user"; "1" or "0" of a yes or no; the expression of what is unknown
    std::string where;  // "app/models.py:12"
    std::string doubt;  // why it could be otherwise; empty where it is sure
};

struct PythonSettings {
    std::optional<Found> database_url, secret_key, algorithm, expire_minutes;
    std::optional<Found> secret_name;   // what the key is called where it stands: "JWT_SECRET_KEY"
    std::optional<Found> no_tokens;     // its code makes none, as it has sessions: it shares no key
    std::optional<Found> table;         // of its users, where its code says so
    std::optional<Found> subject;       // what `sub` is of its users: a column, "login", or "none"
    std::optional<Found> claims;        // what its access tokens carry besides, as old_token_claims has it
    std::optional<Found> token_claims;  // and from where, as token_claims has it
    std::optional<Found> old_tokens;    // "none": its access tokens cannot be told from others, and none is taken
    std::optional<Found>
        other_database;  // of a kind that Keyhold does not share: "MongoDB"; told where no other is found
    std::vector<std::string> not_found;  // "config.py:3: secret_key: it is made anew at each start"
    // What was taken and could be otherwise, as sentences: of which of the members above, or of something else.
    struct Guess {
        std::string what, says;
    };
    std::vector<Guess> guesses;
    std::vector<ModelDefault> defaults;  // one for each table and column
    std::vector<std::string> looked_at;  // the files that were read, those of settings first
};

// Of `.env` (as python-dotenv reads it, or Node's dotenv), `*.py`, `*.js`, `*.ts`, alembic.ini, dynaconf's and Prisma's
// files of a folder, without its virtual environments, packages and tests. Refused: configuration, if it is no folder,
// or a .env says more than anybody means.
Result<PythonSettings> read_python_settings(const std::string& folder);

// What is dangerous in an application (tools/reader/doctor.py).
struct Danger {
    std::string rule, where, says, remedy;  // "key-in-code", "config.py:1", and two sentences
};
struct Diagnosis {
    std::vector<Danger> findings;       // by file and line
    std::optional<Found> key;           // that signs tokens
    std::vector<std::string> not_read;  // "old.py:3: it is no Python that this Python reads"
    std::int64_t files = 0;             // of Python that were read
};
// Refused: configuration, as of read_python_settings(), and if nobody is there to read it.
Result<Diagnosis> read_dangers(const std::string& folder);

// SQLAlchemy reads a relative path from the folder in which the application runs: the URL with it made absolute.
std::string url_in_folder(std::string url, const std::string& folder);

}  // namespace keyhold::cli
