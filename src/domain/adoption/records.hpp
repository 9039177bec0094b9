// SPDX-License-Identifier: Apache-2.0
// Users of another application as text: CSV and JSON, one record after the other, from a file, standard input or a
// page.
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/adoption/account_record.hpp"

namespace keyhold::domain {

// Which of their columns we read, where the names alone do not say it.
struct ColumnNames {
    std::string username, password;
    std::string roles;                          // nobody is given any, unless somebody has said where they stand
    std::vector<std::string> active, disabled;  // say who may log in, and who may not
    bool everybody = false;                     // may log in whom columns that are not understood lock out

    // Whether somebody has said what to do about such columns.
    bool is_decided() const { return everybody || !active.empty() || !disabled.empty(); }

    // Which of these is which of ours. A column that is named here comes before all others. Refused: malformed, if one
    // that is needed or named here is missing, or stands there twice.
    using Chosen = std::vector<std::optional<Column>>;
    Result<Chosen> choose(const std::vector<std::string>& columns) const;

    // As column_named(); a column that is named here comes before all others.
    std::optional<NamedColumn> find(std::string_view name) const;
};

// The field of one of their columns into the record.
void put(Record& record, Column column, std::string text);

// One thread at a time.
class Records {
public:
    virtual ~Records() = default;

    enum class Next { record, broken, end };
    // The next record. After `broken` why() says what is wrong with it, and the next one may be fine.
    virtual Next next(Record& record) = 0;
    virtual const std::string& why() const = 0;
    virtual std::int64_t line() const = 0;  // of the record; a table's rows count from 1

    // How far we are, in units of total(); 0 if the end is not known.
    virtual std::int64_t position() const = 0;
    virtual std::int64_t total() const = 0;

    // Columns that are there and are not read, as far as is known.
    virtual std::vector<std::string> unread() const = 0;
};

// Both read the file, or the stream where the path is "-".

// RFC 4180 with a header line. Refused: configuration (it cannot be read), malformed (the header names no user or no
// password, or one twice).
Result<std::unique_ptr<Records>> read_csv(const std::string& path, std::istream& standard_input,
                                          const ColumnNames& names);

// A JSON object in each line: flat, as `keyhold user export` writes it, or Django's `dumpdata --format jsonl`
// (of "auth.user", its "fields"). Refused: configuration.
Result<std::unique_ptr<Records>> read_json_lines(const std::string& path, std::istream& standard_input,
                                                 const ColumnNames& names);

// The columns that are there, are not read and may lock people out by a name that does not say how: whoever imports has
// to decide about them. Empty if he has.
std::vector<std::string> unclear_columns(const Records& records, const ColumnNames& names);

}  // namespace keyhold::domain
