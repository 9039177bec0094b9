// SPDX-License-Identifier: Apache-2.0
// How each database speaks of tables that are not ours: what there is, looking at it, and the triggers of an adoption.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/adoption/foreign_table.hpp"

namespace keyhold::store {

class ForeignDatabase;
class Link;
struct DatabaseLocation;

struct ForeignColumn {
    std::string name, type;
    bool is_required = false;   // NOT NULL without a default
    bool is_key = false;        // of the primary key
    bool is_unique = false;     // alone
    bool is_reference = false;  // to another table's row
    bool has_default = false;
};

// A table or some rows of it, read page by page in the order of its key, which are the first columns.
struct ForeignPages {
    std::string from_first;  // :a how many
    std::string after;       // :a, :b ... the last row's key, and behind it how many
    std::size_t columns = 0;
    std::size_t keys = 1;
};

// A constant of the program for each database. "{}" in a text stands for what filled() puts there.
struct ForeignDialect {
    std::string_view scheme;          // of its driver
    char quote;                       // around an identifier
    std::string_view text_type;       // that anything can be CAST to
    std::string_view is_true;         // 1 or 0 for a column {} of a type that says yes or no; 0 for NULL
    std::string_view text_of_bytes;   // a column {} of bytes as a text; what is no text must not fail
    std::string_view bytes_of_text;   // the other way round
    std::string_view character;       // the one whose number {} is, as a text
    std::string_view joins, between;  // texts: the words before them, and those between two
    std::string_view now;             // its clock, in seconds since 1970
    std::string_view locked;          // behind a SELECT of a row that others may be changing
    std::string_view tables;          // a query for the names of the tables that may be theirs
    std::string_view our_tables;      // for the names of ours, in the order in which they go
    std::string_view our_triggers;    // for the statements that drop what triggers() makes, one for each of it

    // A text as a value of this type of a column.
    std::string (*typed)(std::string_view text, std::string_view type);
    // A query for tables that may be theirs and are not looked at, as "schema.table". Empty where there are none.
    std::string_view tables_elsewhere;
    // A query for the words of an enumeration's column, in its own order: a row for each, or its type as it is
    // declared, "enum('active','banned')". Null where there are no enumerations.
    std::string (*labels)(std::string_view table, std::string_view column);
    // A query for the columns of a table: name, type, whether it is required, of the key, unique, a reference, whether
    // it has a default (1 or 0).
    std::string (*columns)(std::string_view table);
    // A query for the columns of other tables that refer to a row of this one: table and column.
    std::string (*references)(std::string_view table);
    // The statements that make the triggers. `columns` are those of the table: what is required there and unknown to us
    // gets a value.
    std::vector<std::string> (*triggers)(const ForeignTable& table, const std::vector<ForeignColumn>& columns);
    // Opens it for a look. Refused: configuration, if there is none. Throws Unavailable.
    Result<std::unique_ptr<ForeignDatabase>> (*open)(const ForeignDialect& dialect, const DatabaseLocation& location);
    // Connects for a trial (rehearsal.hpp): to write, and to undo it; changes nothing by itself. Throws Unavailable.
    std::unique_ptr<Link> (*connect)(const std::string& target, std::chrono::milliseconds patience);
    // A query for a statement after which the numbers that a column counts are given back with the transaction; :a the
    // table, :b the column. Empty where they are so anyway, or cannot be.
    std::string_view hold_counter;
    // A query whose answer, if there is one, says why a transaction on the table :a cannot be undone. May be empty.
    std::string_view why_lasting;
    // What tells rows apart where a table has no key, with its type: PostgreSQL's ctid. Empty where there is nothing.
    std::string_view row_id, row_id_type;
    // The words with which a trigger refuses a row: {} is what it says.
    std::string_view raise;
    // A statement after which the session reads a page by its key, also where the planner knows nothing of the table
    // yet and would sort all of it for each page. Empty where it always does.
    std::string_view read_by_key;
    // Statements between which accounts come with their links, so that the trigger on accounts need not look for them:
    // it takes up to half of the time of a row. Empty where it costs little. The first one ends with the transaction,
    // or does no harm behind it: accounts of an adoption always come with their links.
    std::string_view begin_loading, end_loading;
    // The condition of that trigger which is false then.
    std::string_view is_not_loading;
    // The moment of the statement: as a text in UTC, "2026-01-02 03:04:05.678901"; in microseconds since 1970; and for
    // a column of a type whose name holds `naive`, which has a date and time and no zone: in UTC, as most applications
    // keep theirs.
    std::string_view utc_text, microseconds, naive, naive_now;
    std::string_view whole_number;  // a type that anything whole can be CAST to
    // Whether a column holds what its type says and nothing else. SQLite keeps whatever it is given.
    bool keeps_types = true;
};

// Null for a database whose tables we cannot adopt.
const ForeignDialect* find_dialect(std::string_view scheme);

// An identifier or a text as SQL writes it.
// Quotes in it are doubled. Backslashes are left as they are, which MariaDB's dialect has to see to by itself.
std::string in_quotes(std::string_view text, char quote);
inline std::string name_in(const ForeignDialect& dialect, std::string_view identifier) {
    return in_quotes(identifier, dialect.quote);
}

// A text as a value, with those characters by their numbers that the databases, or our own parameters, read as
// something else: a backslash, a colon, a question mark, a dollar.
std::string text_value(const ForeignDialect& dialect, std::string_view text);

// `form` with each {} replaced.
std::string filled(std::string_view form, std::string_view what);

// Whatever a column holds, as a text; '' for NULL.
std::string as_text(const ForeignDialect& dialect, const std::string& column);

std::string count_rows(const ForeignDialect& dialect, std::string_view table);
// These columns of all rows, as texts; '' for NULL.
std::string select_rows(const ForeignDialect& dialect, std::string_view table, const std::vector<std::string>& columns);
// The same in pages, behind the columns `keys`, which together are never the same and never NULL.
ForeignPages pages_of_rows(const ForeignDialect& dialect, std::string_view table,
                           const std::vector<ForeignColumn>& keys, const std::vector<std::string>& columns);
// Id, name, password hash, whether they may log in, address.
ForeignPages pages_of_users(const ForeignDialect& dialect, const ForeignTable& table);
// Id.
ForeignPages pages_of_ids(const ForeignDialect& dialect, const ForeignTable& table);
// :a an id -> name, password hash, whether they may log in, address.
std::string select_user(const ForeignDialect& dialect, const ForeignTable& table);

// :a how many -> ids that are not the same again once they were a text, or too long for us.
std::string select_lost_ids(const ForeignDialect& dialect, const ForeignTable& table);
// The values of a column and how many rows have each, the most frequent first, 50 at most.
std::string select_values(const ForeignDialect& dialect, std::string_view table, std::string_view column);

// How many rows have something in each of these columns.
std::string count_filled(const ForeignDialect& dialect, std::string_view table,
                         const std::vector<std::string>& columns);

// The hash of a row, as a text; '' for NULL.
std::string password_text(const ForeignDialect& dialect, const ForeignTable& table);
// A text of ours as their column has it.
std::string password_value(const ForeignDialect& dialect, const ForeignTable& table, std::string_view text);
// '' where no address is followed.
std::string email_text(const ForeignDialect& dialect, const ForeignTable& table);
// The address of NEW as their column has it.
std::string email_value(const ForeignTable& table);

}  // namespace keyhold::store
