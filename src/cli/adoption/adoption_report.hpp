// SPDX-License-Identifier: Apache-2.0
// What `keyhold adopt` finds in another application's table, before anything is written.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "cli/adoption/python_settings.hpp"
#include "crypto/password_formats.hpp"
#include "server/settings/settings.hpp"
#include "store/adoption/foreign_database.hpp"

namespace keyhold::cli {

using namespace server;

// What the command line says of the table; empty: to be found.
struct TableNames {
    std::string table, name, password;
    std::vector<std::string> active, disabled;  // say who may log in, and who may not
    bool everybody = false;                     // may log in: no column is followed
    std::vector<std::string> values;            // "role=user": what new users get there
    bool no_registration = false;               // people register at the application alone
    bool as_typed = false;                      // no name or address is put in small letters
};

struct ForeignUsers {
    store::ForeignTable table;
    std::vector<store::ForeignColumn> columns;
    std::vector<std::string> unclear;            // columns that may lock people out, and nobody has said how
    std::map<std::string, std::string> words;    // of those: what they hold, as "active (3), pending (1)"
    std::map<std::string, std::string> flags;    // of those: what would follow them, where the words say it
    std::vector<std::string> other_yes_or_no;    // whose names say nothing of locking out; the report names them
    std::vector<std::string> verified;           // columns like is_verified, which are not looked at
    std::vector<std::string> null_locks;         // how rows are read whose lock is NULL, as sentences
    std::vector<std::string> guesses;            // what was chosen and could be otherwise, as sentences
    std::string salt;                            // a column of salts that rows have beside their hashes
    std::vector<std::string> empty;              // columns that new users have nothing in, and everybody there has
    std::vector<std::string> empty_unique;       // those of them where everybody has something else
    std::vector<ModelDefault> defaults;          // what the application's code gives new rows of this table
    std::map<std::string, std::string> said_by;  // of what new users get: where that code says it
};

// The table of the users, and of what the application's code gives new rows that of this table. Refused: configuration,
// if there is none or it cannot be adopted, with the way out.
Result<ForeignUsers> find_users(store::ForeignDatabase& database, const TableNames& names,
                                const std::vector<ModelDefault>& defaults);

// Of find_users(): which columns say who may log in there. Into `users.table.locks` goes what is followed, and into
// `unclear` and `verified` what is not. Refused: configuration, for a column that was named and cannot be followed.
Result<> find_locks(store::ForeignDatabase& database, const TableNames& names, ForeignUsers& users);

// What gives a column that is followed a value with which newcomers there may not log in, until somebody lets them in:
// the application's code, or the database. Empty if there is none, or somebody has named the column.
std::string locks_newcomers_out(store::ForeignDatabase& database, const TableNames& names, const ForeignUsers& users);

// Of a column that is not followed: whether what all have today, or an empty text, may be what locks a newcomer out, by
// its name. Not of an unclear one, as --apply asks about it before.
bool may_lock_newcomers_out(const ForeignUsers& users, const std::string& column);

// The few words that a column of texts holds, as "USER (2), ADMIN (1)"; empty where they are many, or none.
std::string words_of(const std::vector<store::ForeignDatabase::Value>& values);
// Guesses, if what new users get is no word of those that the column holds.
void tell_of_new_word(store::ForeignDatabase& database, const store::ForeignColumn& column, const std::string& given,
                      ForeignUsers& users);
// Guesses that users there have a row each in another table, and who registers at Keyhold has none.
void tell_of_other_tables(store::ForeignDatabase& database, ForeignUsers& users);

// In which form the rows of a column write moments, or those of other columns of its type where it has none. Neither,
// for a column whose type says it.
struct HeldTimes {
    bool any = false;                     // whether there is something at all
    std::optional<store::TimeForm> form;  // that stands for all; empty if there is none
};
HeldTimes held_times(store::ForeignDatabase& database, const ForeignUsers& users, const store::ForeignColumn& column);

// Puts the form of a column in which new users get the moment into `users.table.times`. Why what Keyhold writes there
// would be no time that the application reads; empty if it is, or is no time.
std::string problem_with_times(store::ForeignDatabase& database, ForeignUsers& users,
                               const store::ForeignColumn& column);

// What is written in SQL as it stands: nothing that any of the databases reads as an escape.
Result<> check_text(std::string_view text);
// What new users get: anything but line breaks and the like.
Result<> check_value(std::string_view text);

// Where the users are, for whoever copies them: no index or key is asked for.
struct UserTable {
    std::string table, name, password;
    std::vector<std::string> guesses;
};
Result<UserTable> find_user_table(store::ForeignDatabase& database, const TableNames& names);

struct AdoptionReport {
    std::int64_t rows = 0;
    std::map<std::string, std::int64_t> hashes;  // "bcrypt, cost 12": how many
    std::int64_t unreadable = 0;
    // What Keyhold can write so that the application reads it, by crypto::written_name_of(): how many rows are so, and
    // the strongest of them.
    struct Kind {
        std::int64_t rows = 0;
        crypto::Strength strongest;
        std::uint64_t lanes = 1;  // of the strongest, if it is Argon2
        std::string method;       // password_hash
    };
    std::map<std::string, Kind> written;
    std::int64_t locked_out = 0;  // rows of users who may not log in
    // Texts that hold letters, and those of them that hold a capital one.
    struct Letters {
        std::int64_t texts = 0, with_capitals = 0;
        void add(std::string_view text);
        bool are_small() const;  // all, and enough to tell
    };
    Letters names, addresses;
    std::int64_t no_addresses = 0;      // names that are none
    std::int64_t without_address = 0;   // rows whose column of addresses is empty
    std::int64_t clashing = 0;          // rows whose name another row has, when case is folded, and which came later
    std::vector<std::string> clashes;   // "Bob (3), bob (17)", the first ones
    std::int64_t odd = 0;               // rows whose name we cannot have
    std::vector<std::string> oddities;  // "id 5: A username cannot ...", the first ones
};

// What most rows have of it, and its name; null if none is written.
const std::pair<const std::string, AdoptionReport::Kind>* most_written(const AdoptionReport& report);

// What follows for new users from all rows: which hashes they get, whether they need an address, and how their names
// and addresses are spelled.
void follow_rows(ForeignUsers& users, const AdoptionReport& report, const TableNames& names);

// Reads every row of the table once, and a second time where names clash. `progress` is told of each row.
AdoptionReport report_on(store::ForeignDatabase& database, const store::ForeignTable& table,
                         const std::function<void(std::int64_t row)>& progress);

}  // namespace keyhold::cli
