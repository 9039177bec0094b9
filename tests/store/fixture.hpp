// SPDX-License-Identifier: Apache-2.0
// What the tests of stores share: the databases to run against, fresh ones for each test, other processes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/stores.hpp"

namespace keyhold::store {

// A database that every store test runs against: a new one is a row in databases.cpp and no new test.
struct TestDatabase {
    const char* name;
    // Where ./test started a server of this kind, with "{}" in the place of the database's name; null: it needs none.
    const char* variable;
    // The URL of a database that holds nothing of earlier tests.
    std::string (*make)(const std::filesystem::path& folder);
};
std::ostream& operator<<(std::ostream& out, const TestDatabase& database);
std::vector<TestDatabase> test_databases();
std::vector<TestDatabase> test_servers();  // those that are servers
std::string name_of(const testing::TestParamInfo<TestDatabase>& row);

inline constexpr Time now{std::chrono::seconds(1'800'000'000)};

// Stores; -> is the accounts.
struct Opened : Stores {
    AccountStore* operator->() const { return accounts.get(); }
};

class StoreTest : public testing::Test {
protected:
    StoreTest();
    ~StoreTest() override;

    // Opens, and fails the test if that is refused.
    static Opened open(const std::string& url, DatabaseOptions options = {});
    std::filesystem::path folder() const { return folder_; }
    std::filesystem::path file() const { return folder_ / "keyhold.db"; }
    std::string sqlite_url() const { return "sqlite:///" + file().string(); }

private:
    std::filesystem::path folder_;
};

class EveryStore : public StoreTest, public testing::WithParamInterface<TestDatabase> {
protected:
    EveryStore() : url(GetParam().make(folder())) {}
    std::string url;
};

// An account whose columns all differ.
Account account(const std::string& name, const std::string& id = {});

// A session that began now and whose refresh token has not been used.
Session session(const std::string& id, const std::string& account_id = "id-of-bob");

// What a device asks for (RFC 8628 §3.1), which nobody has answered yet.
DeviceCode device_code(const std::string& digest, const std::string& user_code, const std::string& client_id);

// A forked process that runs `work` and is over when it returns. SQLite does not survive a fork, so start
// it while no store is open here.
class Process {
public:
    // `work` waits with hear() and reports with say(); an exception ends it with code 1.
    explicit Process(const std::function<void(Process&)>& work);
    ~Process();  // kills it if it is still there
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    void say(const std::string& line);
    std::string hear();  // waits for a line; empty when the other side is gone
    void kill();         // SIGKILL
    int wait();          // its exit code; -1 if a signal ended it

private:
    pid_t id_ = 0;
    int out_ = -1;
    int in_ = -1;
};

}  // namespace keyhold::store
