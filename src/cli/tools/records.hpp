// SPDX-License-Identifier: Apache-2.0
// Where `keyhold import` reads from: files and tables of other applications, one record after the other.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "domain/adoption/records.hpp"

namespace keyhold::cli {

using domain::ColumnNames;
using domain::put;
using domain::read_csv;
using domain::read_json_lines;
using domain::Records;

// Exports of other services, as files of JSON. Refused: configuration, malformed. `hash_config`: a file with what the
// console of Firebase shows as the password hash parameters of the project.
Result<std::unique_ptr<Records>> read_firebase_export(const std::string& path, const std::string& hash_config);
// A realm with its users, as `kc.sh export` writes it.
Result<std::unique_ptr<Records>> read_keycloak_export(const std::string& path);
// A user in each line, with `passwordHash`, or a list after the schema of its imports.
Result<std::unique_ptr<Records>> read_auth0_export(const std::string& path);

// The rows of another application's table: of a database (its URL, a SQLite file) or of a FastAPI application's folder.
// `usual` are the tables to look for. Refused: configuration. Throws Unavailable.
Result<std::unique_ptr<Records>> read_table(const std::string& source, std::span<const std::string_view> usual,
                                            const std::string& table, const ColumnNames& names);

// The same with what `keyhold adopt` finds of the application: its database, the table, its columns. What was guessed
// is told in sentences. Refused: configuration. Throws Unavailable.
Result<std::unique_ptr<Records>> read_application(const std::string& source, const std::string& table,
                                                  ColumnNames names, std::vector<std::string>& told);

}  // namespace keyhold::cli
