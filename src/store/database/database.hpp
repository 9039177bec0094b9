// SPDX-License-Identifier: Apache-2.0
// A database by its URL: migrated when it is opened, then lent out as a bounded number of connections.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/caller.hpp"
#include "base/result.hpp"
#include "base/waiting.hpp"
#include "crypto/random.hpp"
#include "store/database/change_signal.hpp"
#include "store/database/commit_queue.hpp"
#include "store/database/connection.hpp"
#include "store/database/database_clock.hpp"
#include "store/database/node.hpp"
#include "store/database/queue_signal.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

// What open() may do to a database that is not what it should be. Whoever looks after data makes nothing: a wrong path,
// or a command in a wrong folder, would look at an empty database and find nothing amiss.
enum class Make : std::uint8_t {
    nothing,          // there must be one, with the newest schema
    what_is_missing,  // the file, the tables, the steps of the schema
};

struct DatabaseOptions {
    std::string node = {};  // an id that is nobody else's: be a node, whose readers may trust their memory (node.hpp)
    std::size_t connections = 4;                     // connected when they are first needed
    std::chrono::milliseconds lease_timeout{2'000};  // for a connection, when all are lent out
    std::chrono::milliseconds patience{2'000};       // for another process's transaction, and for any one statement
    Make make = Make::nothing;
    const Clock* clock = nullptr;  // when events happened; null: the database's
};

struct DatabaseCounters {
    std::size_t lent = 0;  // connections in use
    std::size_t most = 0;
    std::uint64_t errors = 0;  // since the start; a name that is taken is none
};

// Shared by all stores, and by all threads. Reading takes any connection; all writing goes through one queue
// (commit_queue.hpp), whose transactions follow one another.
class Database {
public:
    // Refused: configuration (the URL, a newer schema; with Make::nothing an older one too), with Make::nothing
    // not_found. Throws Unavailable. A live Database must not be carried over a fork().
    static Result<std::unique_ptr<Database>> open(std::string_view url, const DatabaseOptions& options = {});

    // Lends a connection to `work` and returns what it returns. Any thread. Throws Unavailable if none comes
    // free in time or the database does not answer, and the rest of link.hpp; WouldWait on a thread that may not wait.
    // After any other exception the connection is closed, since nobody knows in what state it is. Of those that are
    // caught here the database has said that only the statement or the transaction failed.
    template <class Work>
    auto use(Intent intent, Work work) {
        Lease lease(*this, intent);
        try {
            auto result = work(lease.connection());
            lease.keep();
            return result;
        } catch (const NotUnique&) {
            lease.undo_and_keep();
            throw;
        } catch (const TryAgain&) {
            lease.undo_and_keep();
            throw;
        } catch (const ServerGone&) {
            note_that_it_is_gone();
            throw;
        }
    }

    // The same for what must be all or nothing: `work` runs in a transaction, maybe with others' (commit_queue.hpp says
    // what that asks of it). What returned is on disk; and where it recorded a change (change_rows.hpp), every process
    // has heard of it.
    template <class Work>
    auto write(Work work) {
        bool is_change = false;
        auto result = commit(std::move(work), is_change);
        if (is_change) tell_the_others();
        return result;
    }

    // For one of several transactions: the others may go on without its changes until a later write() records one, or
    // tell_the_others().
    template <class Work>
    auto write_part(Work work) {
        bool is_change = false;
        return commit(std::move(work), is_change);
    }

    // Throws Unavailable while writes fail: if there is no room for them; and if the newest one did, or none has
    // succeeded in the last second, where one is tried that leaves everything as it was. For /readyz.
    void check_writes();

    // From now on whoever is lent a connection gets it so much later, and keeps others waiting for it, as with a
    // database that is slow. For tests.
    void slow_down(std::chrono::milliseconds by) noexcept { delay_ = by; }

    const Driver& driver() const { return *location_.driver; }
    DatabaseCounters counters() const;

    // What all processes on this database agree on.
    const DatabaseClock& clock() const { return clock_; }

    // Another number once `queue` may have something for whoever works it off (queue_signal.hpp); at each call where no
    // node looks for that, or times are not the database's.
    std::uint64_t queue_number(Queue queue) const noexcept {
        return node_ && options_.clock == nullptr ? queues_.count(queue) : unwatched_.fetch_add(1);
    }

    // What an operator should know of this database: under which of its settings acknowledged writes may be lost.
    const std::vector<std::string>& doubts() const { return doubts_; }

    // Returns when no other process trusts what was true before the changes that are committed now: at once where they
    // share the signal, after at most a lease elsewhere (node.hpp). Does not throw.
    void tell_the_others() noexcept;

    // Another number once another server may have taken this one's place: what was read before may be what it never
    // had. Costs one memory access.
    std::uint64_t breaks() const noexcept { return breaks_.load(); }

    // Shared by every process on this database.
    ChangeSignal& change_signal() { return *change_signal_; }
    const ChangeSignal& change_signal() const { return *change_signal_; }

private:
    // A lent connection; closed at the end unless keep() said that it is fit for another.
    class Lease {
    public:
        Lease(Database& database, Intent intent);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Connection& connection() { return *connection_; }
        void keep() { keep_ = true; }
        // Rolls back, and keeps the connection if that succeeded.
        void undo_and_keep() noexcept;

    private:
        Database& database_;
        // Asked for before the connection was taken: where everything began anew in between, it does not come back into
        // the pool.
        const std::uint64_t era_;  // before it was lent
        std::unique_ptr<Connection> connection_;
        bool keep_ = false;
    };

    Database(DatabaseLocation location, std::optional<FileLock> in_use, DatabaseOptions options,
             std::unique_ptr<Link> link);
    // `is_change`: whether the work has recorded one.
    template <class Work>
    auto commit(Work work, bool& is_change) {
        about_to_wait();  // for those who are at their commit, too
        std::optional<std::invoke_result_t<Work&, Connection&>> result;
        const Caller* const caller = caller_of_thread();  // whoever runs the work is another one, maybe
        commits_.run([&](Connection& connection) {
            connection.work_for(caller);
            const std::size_t before = connection.changes();
            result.emplace(work(connection));
            is_change = connection.changes() > before;
        });
        return *std::move(result);
    }
    // Runs works in one transaction, and again where the database undid it; raises the signal where they recorded
    // changes. One thread at a time (commit_queue.hpp).
    void transact(std::span<const CommitQueue::Work* const> works);
    // After a commit that is unknown: throws until it is certain that it cannot come back later.
    void settle();
    // Begins, runs all works in their order, writes what they have recorded, and commits. Whether changes were.
    bool transact_once(Connection& connection, std::span<const CommitQueue::Work* const> works);
    // The time by which events and changes are dated.
    EventIds::Milliseconds moment() const;
    std::unique_ptr<Connection> take(Intent intent);                            // null: connect a new one
    void give_back(std::unique_ptr<Connection> connection, std::uint64_t era);  // null: it failed

    // What a connection that failed says of the server as a whole; see database.cpp.
    void note_that_it_is_gone() noexcept;
    // A new connection was refused: gone, or only full?
    void note_that_it_took_no_more() noexcept;
    void note_that_it_may_be_another() noexcept;
    // Connections from before may lead to another server: they are closed when they come back.
    void begin_anew() noexcept;
    void begin_with_another_file() noexcept;
    // How far the other nodes have come with the changes.
    struct Progress {
        BootClock::time_point asked_at;
        std::int64_t last = 0;    // the number of the newest change
        std::int64_t passed = 0;  // what the slowest of the others has passed; `last`, if there are none
    };
    Progress progress();

    DatabaseLocation location_;
    std::optional<FileLock> in_use_;
    DatabaseOptions options_;
    std::vector<std::string> doubts_;
    std::unique_ptr<ChangeSignal> change_signal_;
    QueueSignal queues_;
    mutable std::atomic<std::uint64_t> unwatched_ = 0;
    // Where the database is a file: open for as long as we are, so that no other connection is ever the last one to
    // close or the first to open, which would take pages for committed that are in the kernel's memory alone.
    // Within commits_, one thread at a time, as the next one.
    std::unique_ptr<Link> keeper_;
    bool in_doubt_ = false;  // a commit failed, and settle() did not succeed since
    DatabaseClock clock_;
    crypto::SystemRandom random_;  // of events
    EventIds event_ids_;           // within commits_
    CommitQueue commits_;
    std::atomic<bool> writes_fail_ = false;  // the newest one did
    std::atomic<std::chrono::steady_clock::time_point> wrote_ = std::chrono::steady_clock::time_point{};
    std::atomic<bool> is_gone_ = false;  // until our node reaches it again: nobody else waits for a dead server
    // When a connection could not be lent last: those that are there look again before they are read from.
    std::atomic<std::chrono::steady_clock::time_point> doubted_ = std::chrono::steady_clock::time_point{};
    std::atomic<std::uint64_t> breaks_ = 0;
    std::atomic<std::uint64_t> era_ = 0;  // connections of an earlier one are not lent again
    std::atomic<std::uint64_t> errors_ = 0;
    std::atomic<std::chrono::milliseconds> delay_ = std::chrono::milliseconds(0);
    std::mutex telling_;        // one thread asks for all
    Progress told_;             // under telling_
    mutable std::mutex mutex_;  // of what follows
    std::condition_variable came_back_for_readers_, came_back_for_writers_;
    std::size_t lent_ = 0;
    std::vector<std::unique_ptr<Connection>> idle_;  // the last one used is the next one lent: its pages are warm
    std::atomic<std::size_t> at_work_ = 0;  // without mutex_: of those that are lent, without those still being made
    std::unique_ptr<Node> node_;            // null: nothing is trusted, or the signal reaches everybody
};

// not_found: there is no such file.
Error there_is_none(const DatabaseLocation& location);

// Why nobody works with a database of this schema, which is not the newest. not_found if it is 0, else configuration.
Error other_schema(const DatabaseLocation& location, int schema);

}  // namespace keyhold::store
