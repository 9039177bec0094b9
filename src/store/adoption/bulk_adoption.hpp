// SPDX-License-Identifier: Apache-2.0
// The accounts of all users of an adopted application, thousands in a transaction: for `keyhold adopt --apply`.
//
// The triggers are there before the first row is read, so whatever the application changes later is noted, and
// AdoptionStore::catch_up() makes the account like it. Where more than one user may want a name or an address, or an
// account is there already and is not as its user, the user is only noted here, so that the one who works off notes
// decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>

#include "store/adoption/dialect.hpp"
#include "store/adoption/foreign_table.hpp"
#include "store/database/database.hpp"

namespace keyhold::store {

// One thread. What it remembers grows with the number of accounts: some tens of bytes for each name and address.
class BulkAdoption {
public:
    // Reads which accounts there are, of an adoption that was broken off.
    BulkAdoption(std::shared_ptr<Database> database, const ForeignDialect& dialect, const ForeignTable& table);

    BulkAdoption(const BulkAdoption&) = delete;

    // The next users, in the order of their ids: how many they were; 0 at the end. One transaction.
    std::size_t next(const MakeAccount& make);

    // Whether the application wrote a user between the last two calls: it is at work, and may wait for us.
    bool was_written_to() const { return was_written_to_; }

private:
    struct Page;
    // The next rows of their table.
    void read(Connection& connection, Page& page) const;
    void mark_known(Connection& connection, Page& page) const;
    // Which of them are new, known and the same, or to be noted.
    void sort_out(Page& page, const MakeAccount& make) const;
    // The new accounts with their links, and the notes.
    void write(Connection& connection, const Page& page) const;

    std::shared_ptr<Database> database_;
    const ForeignDialect& dialect_;
    const ForeignPages pages_;
    const std::string columns_;
    // Connections remember statements by the address of their Sql.
    const Sql first_, after_;
    std::string last_;
    // Whether an adoption that was broken off has left accounts, which have to be compared then.
    bool has_accounts_ = false;
    std::int64_t notes_ = 0;  // that the triggers had made by then
    bool was_written_to_ = false, is_through_ = false;
    // Digests of the names and addresses that are in use. Two of the same are noted, as if they were the same.
    std::unordered_set<std::size_t> taken_;
};

}  // namespace keyhold::store
