// A database by its URL: migrated when it is opened, then lent out as a bounded number of connections.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "base/result.hpp"
#include "store/commit_queue.hpp"
#include "store/connection.hpp"
#include "store/doorbell.hpp"

namespace keyhold::store {

struct DatabaseOptions {
    std::size_t connections = 4;                     // connected when they are first needed
    std::chrono::milliseconds lease_timeout{2'000};  // for a connection, when all are lent out
    std::chrono::milliseconds busy_timeout{2'000};   // for another process's transaction
};

// Something that must be unique is not. Caught by the store that knows what it means.
class NotUnique : public std::runtime_error {
public:
    NotUnique() : std::runtime_error("not unique") {}
};

class Database {
public:
    // Makes the database if it is absent and migrates it. Refused: configuration (the URL, a newer schema).
    // Throws Unavailable. A live Database must not be carried over a fork().
    static Result<std::unique_ptr<Database>> open(std::string_view url, const DatabaseOptions& options = {});

    // Lends a connection to `work` and returns what it returns. Any thread. Throws Unavailable if none comes
    // free in time or the database does not answer; NotUnique; std::runtime_error for SQL that is wrong.
    // No message holds a bound value (SOCI's own do).
    template <class Work>
    auto use(Intent intent, Work work) {
        try {
            Lease lease(*this, intent);
            auto result = work(lease.connection());
            lease.keep();
            return result;
        } catch (const soci::soci_error& error) {
            rethrow(error);
        }
    }

    // The same for what must be all or nothing: `work` runs in a transaction, maybe with others' (commit_queue.hpp says
    // what that asks of it). What returned is on disk.
    template <class Work>
    auto write(Work work) {
        std::optional<std::invoke_result_t<Work&, Connection&>> result;
        commits_.run([&](Connection& connection) { result.emplace(work(connection)); });
        return *std::move(result);
    }

    const Driver& driver() const { return *place_.driver; }

    // Shared by every process on this database.
    Doorbell& doorbell() { return *doorbell_; }
    const Doorbell& doorbell() const { return *doorbell_; }

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

    private:
        Database& database_;
        std::unique_ptr<Connection> connection_;
        bool keep_ = false;
    };

    Database(Place place, std::optional<FileLock> in_use, const DatabaseOptions& options);
    void transact(std::span<const CommitQueue::Work* const> works);
    std::unique_ptr<Connection> take();  // null: connect a new one
    void give_back(std::unique_ptr<Connection> connection);
    [[noreturn]] void rethrow(const soci::soci_error& error) const;

    Place place_;
    std::optional<FileLock> in_use_;
    DatabaseOptions options_;
    std::unique_ptr<Doorbell> doorbell_;
    CommitQueue commits_;
    std::mutex mutex_;  // of what follows
    std::condition_variable came_back_;
    std::size_t lent_ = 0;
    std::vector<std::unique_ptr<Connection>> idle_;  // the last one used is the next one lent: its pages are warm
};

}  // namespace keyhold::store
