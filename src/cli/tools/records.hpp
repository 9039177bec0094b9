// SPDX-License-Identifier: Apache-2.0
// Where `keyhold import` reads from: files and tables of other applications, one record after the other.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "domain/account_record.hpp"

namespace keyhold::cli {

// Which of their columns we read, where the names alone do not say it.
struct ColumnNames {
    std::string username, password;
    std::string roles;                          // nobody is given any, unless somebody has said where they stand
    std::vector<std::string> active, disabled;  // say who may log in, and who may not
    bool everybody = false;                     // may log in whom columns that are not understood lock out

    // Whether somebody has said what to do about such columns.
    bool is_decided() const { return everybody || !active.empty() || !disabled.empty(); }

    // Which of these is which of ours. A column that is named here comes before all others. Refused: malformed, if one
    // that is needed is missing, or stands there twice.
    using Chosen = std::vector<std::optional<domain::Column>>;
    Result<Chosen> choose(const std::vector<std::string>& columns) const;

    // As domain::column_named(); a column that is named here comes before all others.
    std::optional<domain::NamedColumn> find(std::string_view name) const;
};

// The field of one of their columns into the record.
void put(domain::Record& record, domain::Column column, std::string text);

class Records {
public:
    virtual ~Records() = default;

    enum class Next { record, broken, end };
    // The next record. After `broken` why() says what is wrong with it, and the next one may be fine.
    virtual Next next(domain::Record& record) = 0;
    virtual const std::string& why() const = 0;
    virtual std::int64_t line() const = 0;  // of the record; a table's rows count from 1

    // How far we are, in units of total(); 0 if the end is not known.
    virtual std::int64_t position() const = 0;
    virtual std::int64_t total() const = 0;

    // Columns that are there and are not read, as far as is known.
    virtual std::vector<std::string> unread() const = 0;
};

// RFC 4180 with a header line. Refused: configuration (it cannot be read), malformed (the header names no user or no
// password, or one twice).
Result<std::unique_ptr<Records>> read_csv(const std::string& path, std::istream& standard_input,
                                          const ColumnNames& names);

// A JSON object in each line: flat, as `keyhold user export` writes it, or Django's `dumpdata --format jsonl`
// (of "auth.user", its "fields"). Refused: configuration.
Result<std::unique_ptr<Records>> read_json_lines(const std::string& path, std::istream& standard_input,
                                                 const ColumnNames& names);

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

}  // namespace keyhold::cli
