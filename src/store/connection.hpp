// One connection to a database with the statements that were prepared on it. One thread at a time.
#pragma once

#include <soci/soci.h>

#include <chrono>
#include <memory>
#include <unordered_map>

#include "store/driver.hpp"
#include "store/statement.hpp"

namespace keyhold::store {

// What a connection is about to be used for.
enum class Intent { read, write };

class Connection {
public:
    // Throws Unavailable, also if the schema is not the one that this program made sure of when it started.
    Connection(const Place& place, std::chrono::milliseconds busy_timeout);

    // Prepared the first time, remembered from then on.
    Statement& statement(const Sql& sql);

    // For what is asked once: not remembered.
    std::unique_ptr<Statement> prepare(const Sql& sql) { return std::make_unique<Statement>(session_, sql); }

    // A transaction that no other writer can enter. One that is not committed ends with the connection.
    void begin_writing() { statement(begin_).run({}); }
    void commit();

    // Whether this is still a connection of the database that DATABASE_URL names. Asked before every write;
    // before a read only if the last answer is older than 100 ms, as it costs a third of a look-up.
    bool is_current(Intent intent);

private:
    const Driver& driver_;
    const Sql begin_;
    soci::session session_;
    std::unordered_map<const Sql*, std::unique_ptr<Statement>> statements_;  // gone before the connection
    std::chrono::steady_clock::time_point looked_at_;
};

}  // namespace keyhold::store
