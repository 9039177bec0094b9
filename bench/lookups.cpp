// SPDX-License-Identifier: Apache-2.0
// lookups keyhold|libmariadb CONNECTIONS SECONDS USERS: accounts found by name per second, a thread on each connection.
// The database is LOOKUPS_URL for Keyhold's own store, and LOOKUPS_PORT, LOOKUPS_PASSWORD and LOOKUPS_DATABASE (as user
// keyhold on 127.0.0.1) for a prepared statement by libmariadb alone, which stands beside it. pgbench stands beside
// PostgreSQL's: suite_databases.py.
#include <mariadb/mysql.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/stores.hpp"

namespace {

// True: the account was found.
using Lookup = std::function<bool(const std::string& name)>;
using Connect = std::function<Lookup()>;

[[noreturn]] void die(const char* what) {
    std::fprintf(stderr, "lookups: %s\n", what);
    std::exit(1);
}

const char* wanted(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr ? value : "";
}

Connect keyhold_store(std::size_t connections) {
    keyhold::store::DatabaseOptions options;
    options.connections = connections;
    options.make = keyhold::store::Make::what_is_missing;
    auto opened = keyhold::store::open_stores(wanted("LOOKUPS_URL"), options);
    if (!opened) die("the database does not open");
    auto stores = std::make_shared<keyhold::store::Stores>(std::move(*opened));
    return [stores] {
        return [stores](const std::string& name) { return stores->accounts->find_by_name_key(name).has_value(); };
    };
}

// What the columns come into: the first eight of those that the store asks for, which reads more.
struct Row {
    static constexpr std::size_t columns = 8;
    char bytes[columns][256]{};
    unsigned long lengths[columns]{};
    MYSQL_BIND binds[columns]{};
    Row() {
        for (std::size_t i = 0; i < columns; ++i) {
            binds[i].buffer_type = MYSQL_TYPE_STRING;
            binds[i].buffer = bytes[i];
            binds[i].buffer_length = sizeof bytes[i];
            binds[i].length = &lengths[i];
        }
    }
};

Lookup connect_libmariadb() {
    MYSQL* const link = mysql_init(nullptr);
    if (mysql_real_connect(link, "127.0.0.1", "keyhold", wanted("LOOKUPS_PASSWORD"), wanted("LOOKUPS_DATABASE"),
                           static_cast<unsigned>(std::atoi(wanted("LOOKUPS_PORT"))), nullptr, 0) == nullptr)
        die("libmariadb does not connect");
    MYSQL_STMT* const statement = mysql_stmt_init(link);
    const std::string sql =
        "SELECT id, username, name_key, password_hash, disabled, created_at, generation, password_nfc FROM "
        "keyhold_accounts WHERE name_key = ?";
    if (mysql_stmt_prepare(statement, sql.data(), sql.size()) != 0) die("libmariadb does not prepare");
    return [statement, row = std::make_shared<Row>()](const std::string& name) {
        MYSQL_BIND key{};
        key.buffer_type = MYSQL_TYPE_STRING;
        key.buffer = const_cast<char*>(name.data());
        key.buffer_length = name.size();
        if (mysql_stmt_bind_param(statement, &key) != 0 || mysql_stmt_execute(statement) != 0 ||
            mysql_stmt_bind_result(statement, row->binds) != 0)
            return false;
        const bool found = mysql_stmt_fetch(statement) == 0;
        mysql_stmt_free_result(statement);
        return found;
    };
}

}  // namespace

int main(int count, char** words) {
    if (count != 5) die("keyhold|libmariadb CONNECTIONS SECONDS USERS");
    const int connections = std::atoi(words[2]), seconds = std::atoi(words[3]), users = std::atoi(words[4]);
    mysql_library_init(0, nullptr, nullptr);
    const Connect connect = std::strcmp(words[1], "keyhold") == 0 ? keyhold_store(static_cast<std::size_t>(connections))
                                                                  : Connect(connect_libmariadb);
    std::atomic<bool> over = false;
    std::atomic<long> found = 0;
    std::vector<std::jthread> threads;
    for (int number = 0; number < connections; ++number)
        threads.emplace_back([&, number] {
            const Lookup lookup = connect();
            std::minstd_rand random(static_cast<unsigned>(number) + 1);
            long mine = 0;
            for (; !over; ++mine)
                if (!lookup("user" + std::to_string(random() % static_cast<unsigned>(users))))
                    die("somebody is missing");
            found += mine;
        });
    const auto begin = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    over = true;
    threads.clear();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf("RESULT per_second=%.0f\n", static_cast<double>(found) / took.count());
}
