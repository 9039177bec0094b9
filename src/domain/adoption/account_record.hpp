// SPDX-License-Identifier: Apache-2.0
// Accounts from elsewhere: one record as a file or a table of another application has it, read into an account of ours.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "crypto/hash_work.hpp"
#include "store/accounts/account_store.hpp"

namespace keyhold::domain {

// What we read of a record.
enum class Column : std::uint8_t {
    id,          // kept if it is a UUID; an application's 1, 2, 3 are not ours to keep
    username,    //
    other_name,  // the username where there is neither that nor an address: "name" may be a person's
    hash,        // of the password, in any format of crypto/password_formats.hpp
    created_at,  // parse_time(); now, if it is empty
    disabled,    // true, false, 1, 0, t, f, yes, no
    active,      // the opposite
    since,       // a time at which somebody was locked out; empty, false or 0: never
    generation,  // what `keyhold user export` writes, as the next one
    email,       // an address; whoever has no username is called by it
    verified,    // whether mail reaches him there
    roles,       // names with spaces between them, where whoever imports asks for them
    erase_at,    // parse_time(), of an account that is disabled because its owner closed it
    nfc,         // whether the password was in NFC when it was hashed; no, unless it says so
    count_
};

// What is there, by column.
// As text, before anything is understood of it. Empty optional: the record does not have this column.
using Record = std::array<std::optional<std::string>, static_cast<std::size_t>(Column::count_)>;
inline std::optional<std::string>& at(Record& record, Column column) {
    return record[static_cast<std::size_t>(column)];
}
inline const std::optional<std::string>& at(const Record& record, Column column) {
    return record[static_cast<std::size_t>(column)];
}

// The column that applications call so ("email", "hashed_password", "date_joined" ...), in any case. Where a table has
// several names of one column, the one of the lowest rank is meant: "username" rather than "name".
// A lower rank comes first; 0 is for columns that somebody has named on the command line.
struct NamedColumn {
    Column column;
    std::size_t rank;
};
// Empty for a name that we do not read. What locks people out has many names: lock_out_words.hpp.
std::optional<NamedColumn> column_named(std::string_view name);

// A record may have several columns that say who may not log in: whichever locks out counts.
inline bool is_lock(Column column) {
    return column == Column::disabled || column == Column::active || column == Column::since;
}
void add_lock(Record& record, Column column, std::string text);

// The account; its id is empty unless the record has a UUID. Refused: validation_failed, with a detail that never holds
// the name or the hash.
// A hash that would take too long on this machine is refused as one that we do not read.
Result<store::ImportedAccount> read_record(const Record& record, Time now, crypto::HashSpeeds& speeds);

}  // namespace keyhold::domain
