// SPDX-License-Identifier: Apache-2.0
// The routes below /test of a program that has tables of its own.
#include "server/library/test_double.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "http_client.hpp"
#include "server/library/testing.hpp"
#include "server/observe/log.hpp"
#include "server/program.hpp"

namespace keyhold {
namespace {

// `keyhold test` of a program: opened with the routes and started.
class TestDoubleTest : public testing::Test {
protected:
    void start() {
        server::Options options{.mode = Mode::dev,
                                .loaded = server::test_settings(folder_, {}, Program::settings_table(program)).value(),
                                .clock = &test_.clock};
        Program::add_to(program, options);
        options.add_own = [this, own = std::move(options.add_own)](http::Services& services, http::Mount& mount) {
            own(services, mount);
            services.provide(test_);
            server::add_test_routes(mount);
        };
        const auto log = std::make_shared<server::Log>(server::LogFormat::text, [](std::string_view) {});
        auto opened = server::Server::open(std::move(options), *log);
        if (!opened) throw std::runtime_error(std::string(opened.error().detail()));
        test_.server = opened->get();
        server::remember_own_rows(test_);
        Program::opened(program, log, std::move(opened).value());
        ASSERT_TRUE(program.start());
        port = port_of(program.where());
    }
    ~TestDoubleTest() override { program.stop(); }

    std::string send(std::string_view path, std::string_view body = {}) {
        const std::string fields = "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                                   "\r\n\r\n" + std::string(body);
        return ask(port, path, fields, "POST").value_or("");
    }

private:
    server::TestFolder folder_;
    server::TestDouble test_{folder_.path() / "test.db"};

protected:
    Server program{"library"};
    std::uint16_t port = 0;
};

TEST_F(TestDoubleTest, a_reset_brings_own_tables_back_to_what_migrations_wrote_whatever_refers_to_what) {
    program.migration(
        "CREATE TABLE shelves (name VARCHAR(20) NOT NULL PRIMARY KEY, "
        "size INTEGER GENERATED ALWAYS AS (length(name)) STORED)");
    program.migration("INSERT INTO shelves (name) VALUES ('first')");
    program.migration(
        "CREATE TABLE books (id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "shelf VARCHAR(20) NOT NULL REFERENCES shelves (name), sequel INTEGER REFERENCES books (id))");
    program.migration("CREATE TABLE loans (book INTEGER NOT NULL REFERENCES Books (id) ON DELETE RESTRICT)");
    start();
    for (int round = 0; round < 2; ++round) {
        Database& database = program.database();
        database.run("INSERT INTO shelves (name) VALUES (:a)", "second");
        database.run("INSERT INTO books (shelf) VALUES (:a)", "second");
        database.run("INSERT INTO books (shelf, sequel) VALUES (:a, :b)", "first", 1);
        database.run("INSERT INTO loans (book) VALUES (:a)", 2);
        const auto books = database.all<std::int64_t>("SELECT id FROM books ORDER BY id");
        EXPECT_EQ(books, (std::vector<std::tuple<std::int64_t>>{{1}, {2}})) << "numbers begin anew";
        const std::string reply = send("/test/reset");
        EXPECT_TRUE(reply.starts_with("HTTP/1.1 204 ")) << reply;
        EXPECT_EQ(database.all<std::string>("SELECT name FROM shelves"),
                  (std::vector<std::tuple<std::string>>{{"first"}}));
        EXPECT_TRUE(database.all<std::int64_t>("SELECT id FROM books").empty());
        EXPECT_TRUE(database.all<std::int64_t>("SELECT book FROM loans").empty());
    }
}

TEST_F(TestDoubleTest, a_reset_brings_back_a_row_of_a_migration_that_was_deleted) {
    program.migration("CREATE TABLE \"odd \"\"name\" (text VARCHAR(20) NOT NULL)");
    program.migration("INSERT INTO \"odd \"\"name\" (text) VALUES ('of the migration')");
    start();
    EXPECT_EQ(program.database().run("DELETE FROM \"odd \"\"name\""), 1);
    EXPECT_TRUE(send("/test/reset").starts_with("HTTP/1.1 204 "));
    EXPECT_EQ(program.database().all<std::string>("SELECT text FROM \"odd \"\"name\""),
              (std::vector<std::tuple<std::string>>{{"of the migration"}}));
}

TEST_F(TestDoubleTest, a_wish_that_is_misspelt_or_empty_is_refused) {
    start();
    const auto status_of = [&](std::string_view path, std::string_view body) { return send(path, body).substr(9, 3); };
    for (const char* body : {R"({"databse": "gone"})", "{}", R"({"database": "none", "key": "rotated"})"})
        EXPECT_EQ(status_of("/test/faults", body), "422") << body;
    EXPECT_EQ(status_of("/test/faults", R"({"database": "none"})"), "204");
    EXPECT_EQ(status_of("/test/tokens", R"({"username": "alice", "claim": {}})"), "422");
    EXPECT_EQ(status_of("/test/tokens", R"({"username": "alice", "claims": {}})"), "200");
    EXPECT_EQ(status_of("/test/tokens", R"({"username": "alice", "claims": "scope"})"), "422");
    for (const char* body : {R"({"advanced": 5})", "{}"}) EXPECT_EQ(status_of("/test/clock", body), "422") << body;
    EXPECT_EQ(status_of("/test/clock", R"({"advance": 5})"), "200");
}

}  // namespace
}  // namespace keyhold
