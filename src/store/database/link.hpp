// SPDX-License-Identifier: Apache-2.0
// One connection to a database, as its driver makes it. One thread at a time.
//
// All functions throw Unavailable (busy, full, gone: 503), and what stands below; std::runtime_error for SQL that is
// wrong. No message holds a value that was bound, or a password.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "base/exceptions.hpp"
#include "store/database/rows.hpp"
#include "store/database/statement.hpp"

namespace keyhold::store {

using keyhold::Unavailable;

// Something that must be unique is not. Caught by the store that knows what it means. The value is nowhere in it.
class NotUnique : public std::runtime_error {
public:
    explicit NotUnique(std::string constraint)
        : std::runtime_error("not unique: " + constraint), constraint_(std::move(constraint)) {}

    // The same on every database for what our schema makes (not_unique.hpp): "keyhold_accounts.name_key", table and
    // column; "primary" for any primary key. Anything else is of another application's table.
    const std::string& constraint() const { return constraint_; }

private:
    std::string constraint_;
};

// A value that its column does not take: too long, of characters that its character set lacks, against a CHECK. Ours
// take all that we write, but the triggers of an adoption write into another application's table.
class DoesNotFit : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Rows do not fit together: a foreign key, an exclusion, a trigger that checks. Nobody has to know which: our tables
// have none of that, but what an application's triggers and a program's own tables check is checked in our
// transactions.
class NotAllowed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The database undid the transaction because another one was in its way: the same work may succeed now.
class TryAgain : public Unavailable {
public:
    using Unavailable::Unavailable;
};

// The server does not answer, or not in time, so that trying another statement is useless.
class ServerGone : public Unavailable {
public:
    using Unavailable::Unavailable;
};

// COMMIT was asked for, and nobody said that it was done: it may have been, or may still be. Whoever has written in
// that transaction is told that it is unknown. Its works are never run again unseen: they may find their own effects,
// and take them for somebody else's.
class CommitUnknown : public ServerGone {
public:
    using ServerGone::ServerGone;
};

// A statement of the schema's found what it was to make (or nothing to take away): only from databases whose
// transactions do not undo such statements.
class DoneAlready : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// What drivers implement. Its users are Connection, the node's thread and the steps of the schema.
class Link {
public:
    Link() = default;
    virtual ~Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // Must not outlive the link.
    virtual std::unique_ptr<Statement> prepare(const Sql& sql) = 0;

    // A statement that takes and returns nothing: BEGIN, COMMIT, the schema's.
    virtual void execute(const std::string& sql) = 0;

    // Inserts all of them, in the quickest way that the database has. After an exception the transaction must be
    // undone.
    virtual void load(const Rows& rows);

    // Ends a transaction. What returned is where the database promises to keep it: on the standby too, where it waits
    // for one.
    virtual void commit() { execute("COMMIT"); }

    // After a statement that wrote and was a transaction by itself: throws where it may not be what commit() promises.
    virtual void confirm() {}

    // After a transaction on another connection whose commit() did not succeed: returns when all that was committed
    // before is on disk and when nothing of that transaction can come back later. Databases that are servers see to it
    // themselves.
    virtual void settle() {}

    // Once, by the first process that uses the database: all that this connection sees is on disk when it returns. For
    // databases whose earlier process may have died after a commit that failed.
    virtual void make_lasting() {}

    // Whether a lock of the database's (Driver::lock_schema) is one for all the machines that it runs on.
    virtual bool locks_reach_everybody() { return true; }

    // Whether it still leads to the database that stands at its location today, as far as can be told without asking.
    // SQLite compares the file at its path with the one that is open. A connection with a server is current as long as
    // the server has said nothing unasked, which it does when it closes.
    virtual bool is_current() = 0;

    // Returns when somebody has called (Driver::listen, Driver::call) since the last time, or when the time is over:
    // whether it was a call, as far as can be told without reading it.
    virtual bool wait_for_call(std::chrono::milliseconds time) {
        std::this_thread::sleep_for(time);
        return false;
    }
};

}  // namespace keyhold::store
