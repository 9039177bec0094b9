// SPDX-License-Identifier: Apache-2.0
// The databases that every store test runs against. ./test starts private servers and says where they are.
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <stdexcept>

#include "fixture.hpp"

namespace keyhold::store {

namespace {

constexpr const char* postgresql_variable = "KEYHOLD_TEST_POSTGRESQL";
constexpr const char* mariadb_variable = "KEYHOLD_TEST_MARIADB";

// The URL of a database on the server that a variable names.
std::string url_on(const char* variable, const std::string& database) {
    std::string url = std::getenv(variable);
    return url.replace(url.find("{}"), 2, database);
}

std::unique_ptr<Link> link_to(const char* variable, const std::string& database) {
    const auto location = parse_url(url_on(variable, database));
    if (!location) throw std::runtime_error(std::string(location.error().detail()));
    return location->driver->connect(location->target, std::chrono::seconds(30));
}

// A server's database is made once and emptied for each test: making one takes half a second.
std::string make_on(const char* variable, const char* database_to_begin_with, const std::string& how) {
    static const std::string name = "keyhold_test_" + std::to_string(getpid());
    static std::set<std::string> made;
    if (made.insert(variable).second)
        link_to(variable, database_to_begin_with)->execute("CREATE DATABASE " + name + how);
    const auto link = link_to(variable, name);
    // Ours are emptied, and those that a program made beside them go.
    static constexpr Sql tables{
        "SELECT table_name FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', "
        "'pg_catalog') AND table_name NOT IN ('keyhold_schema', 'keyhold_schema_notes', 'keyhold_change_counter') AND "
        "(table_catalog = :a OR table_schema = :a)",
        "t", "t"};
    std::vector<std::string> found;
    link->prepare(tables)->run({name}, [&](const Statement& row) { found.push_back(row.text(0)); });
    for (const std::string& table : found)
        link->execute((table.starts_with("keyhold") ? "DELETE FROM " : "DROP TABLE ") + table);
    if (found.empty()) return url_on(variable, name);
    // What a new database has.
    link->execute("UPDATE keyhold_change_counter SET sequence = 0");
    link->execute("INSERT INTO keyhold_event_chain (only_row, sequence, hash) VALUES (1, 0, '')");
    link->execute("INSERT INTO keyhold_status_lists (only_row, next_index, lost_below) VALUES (1, 0, 0)");
    link->execute("INSERT INTO keyhold_roles (name, created_at) VALUES ('admin', 0)");
    link->execute("INSERT INTO keyhold_role_scopes (role, scope) VALUES ('admin', 'keyhold:admin')");
    return url_on(variable, name);
}

std::string make_sqlite(const std::filesystem::path& folder) { return "sqlite:///" + (folder / "keyhold.db").string(); }
std::string make_postgresql(const std::filesystem::path&) { return make_on(postgresql_variable, "postgres", ""); }
// A default that would mangle names, so that nothing of ours hangs on it.
std::string make_mariadb(const std::filesystem::path&) {
    return make_on(mariadb_variable, "mysql", " CHARACTER SET latin1");
}

}  // namespace

std::vector<TestDatabase> test_databases() {
    std::vector<TestDatabase> found;
    for (const TestDatabase& row : {TestDatabase{"sqlite", nullptr, make_sqlite},
                                    TestDatabase{"postgresql", postgresql_variable, make_postgresql},
                                    TestDatabase{"mariadb", mariadb_variable, make_mariadb}})
        if (row.variable == nullptr || std::getenv(row.variable) != nullptr) found.push_back(row);
    return found;
}

std::vector<TestDatabase> test_servers() {
    auto found = test_databases();
    std::erase_if(found, [](const TestDatabase& row) { return row.variable == nullptr; });
    return found;
}

std::string name_of(const testing::TestParamInfo<TestDatabase>& row) { return row.param.name; }

INSTANTIATE_TEST_SUITE_P(Databases, EveryStore, testing::ValuesIn(test_databases()), name_of);

}  // namespace keyhold::store
