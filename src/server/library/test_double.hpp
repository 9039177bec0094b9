// SPDX-License-Identifier: Apache-2.0
// The real server as a test double for programs in any language: `keyhold test`. Its routes below /test turn the clock,
// mint tokens, break the database and begin anew. No other command has them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <utility>

#include "base/clock.hpp"
#include "http/route.hpp"
#include "server/server.hpp"

namespace keyhold::server {

// The machine's clock, turned: it goes on, as the programs that are tested have a clock too. Any thread.
class TurnedClock final : public Clock {
public:
    Time now() const override { return machine_.now() + std::chrono::seconds(ahead_.load()); }
    void advance(std::chrono::seconds by) { ahead_ += by.count(); }
    void set(Time time) { ahead_ = (time - machine_.now()).count(); }
    void reset() { ahead_ = 0; }

private:
    SystemClock machine_;
    std::atomic<std::int64_t> ahead_ = 0;
};

// The file of the database, which can be away for a while: then the database is gone, as one on a disk that was
// unmounted. One thread at a time.
class DatabaseFile {
public:
    explicit DatabaseFile(std::filesystem::path path) : path_(std::move(path)) {}
    void take_away();
    void bring_back();

private:
    std::filesystem::path path_;
    bool is_away_ = false;
};

// What the routes below /test work on. The server is set once it is open.
struct TestDouble {
    explicit TestDouble(std::filesystem::path database_file) : database(std::move(database_file)) {}
    TurnedClock clock;
    std::mutex mutex;  // of the database's file
    DatabaseFile database;
    Server* server = nullptr;
};

// Once, before the server is started: /test/reset brings back what the tables of the program hold now, which is what
// its migrations wrote.
void remember_own_rows(TestDouble& test);

// /test/clock, /test/tokens, /test/faults, /test/reset, for whoever can reach the server: it is no server for anybody
// else. `controls` is provided as a service.
void add_test_routes(http::Mount& mount);

}  // namespace keyhold::server
