// SPDX-License-Identifier: Apache-2.0
// The users of another application, in its own table of the same database, and our accounts: kept alike both ways.
//
// What we write to an account, a trigger writes to their table in the same transaction: the application sees it at
// once. What the application writes, a trigger only notes (keyhold_adopted_changes), because names must be folded as
// databases cannot. catch_up() works the notes off: it looks at the row and at the account as they are by then and
// makes the account like the row, so that a note may be worked off twice, late or out of order (decision 0035).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/adoption/bulk_adoption.hpp"
#include "store/adoption/dialect.hpp"
#include "store/adoption/foreign_table.hpp"
#include "store/database/database.hpp"

namespace keyhold::store {

struct AdoptionNote;

class AdoptionStore {
public:
    // Null if this database was not adopted.
    static std::unique_ptr<AdoptionStore> find(std::shared_ptr<Database> database);

    // Puts the triggers there and remembers what they are about; `before` is for the undoing. May come again, also
    // with other locks. Refused: configuration, if another table was adopted or there are accounts already.
    static Result<std::unique_ptr<AdoptionStore>> begin(std::shared_ptr<Database> database, const ForeignTable& table,
                                                        const std::vector<ForeignColumn>& columns,
                                                        std::string_view before);

    // Whether `url` names a database that was adopted. Makes nothing. Refused: configuration. Throws Unavailable.
    static Result<bool> is_at(std::string_view url);

    // Takes the triggers and every table of ours out of the database: it is as it was, but for the users who came
    // meanwhile. What `before` was. Refused: configuration, if it was not adopted. No statement works here any more.
    static Result<std::string> undo(Database& database);

    // False while `keyhold adopt --apply` is under way or was broken off, and if the triggers are gone: then accounts
    // may be missing or old.
    bool is_complete() const { return complete_; }

    // Whether people can register here, and have to give an address then.
    bool takes_registrations() const { return takes_registrations_; }
    bool needs_email() const { return needs_email_; }
    const Spelling& spelling() const { return table_.spelling; }
    // The password_hash that the application reads.
    const std::string& written_hash() const { return written_hash_; }

    // The account of the user who has this id there. Catches up with nothing.
    std::optional<Account> find_account(std::string_view old_id);

    // The column of their hashes, which no token may tell.
    const std::string& password_column() const { return table_.password; }
    // What the columns of their table are, as of now.
    std::vector<ForeignColumn> columns();
    // Which of them facts() tells. Before there are threads.
    void tell(const std::vector<std::string>& names);
    struct Facts {
        std::string old_id;
        std::vector<std::optional<std::string>> values;  // by column; empty for NULL
    };
    // Empty for an account without a user there.
    std::optional<Facts> facts(std::string_view account_id);

    // False if nothing was noted, which costs a look at an empty table. A user who is gone, renamed or not active loses
    // the account or its sessions, one with another password the sessions, as if it had been done here.
    // Any thread and any node may call it at the same time: a note is worked off by the one that deletes it.
    bool catch_up(const MakeAccount& make, Time now);

    // All of its users at once. Whoever is through says so by complete(), after work_off_those_there().
    BulkAdoption begin_bulk() { return {database_, dialect_, table_}; }
    // From now on is_complete(); also for whoever opens the database later.
    void complete();

    // As many notes as there are now: an application that writes more quickly than we work off would keep us for ever.
    // Whoever looks an account up works off the rest.
    void work_off_those_there(const MakeAccount& make, Time now);

private:
    AdoptionStore(std::shared_ptr<Database> database, const ForeignDialect& dialect, const ForeignTable& table,
                  bool complete);
    // One transaction: how many notes it found, 500 at most.
    std::size_t work_off_some(const MakeAccount& make, Time now);
    // One note, whatever it says: makes the account as the user's row is now.
    void work_off(Connection& connection, const AdoptionNote& note, const MakeAccount& make, Time now) const;
    // The user's row as it is now, held until the transaction ends where the database can.
    std::optional<ForeignUser> find_user(Connection& connection, std::string_view old_id) const;

    std::shared_ptr<Database> database_;
    const ForeignDialect& dialect_;
    const ForeignTable table_;
    const std::string user_by_id_;
    const Sql select_user_;  // connections remember statements by the address of their Sql
    const bool follows_email_, needs_email_, takes_registrations_;
    const std::string written_hash_;
    std::string facts_text_, facts_columns_;
    Sql select_facts_;
    bool complete_;
};

}  // namespace keyhold::store
