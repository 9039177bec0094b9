// SPDX-License-Identifier: Apache-2.0
// Programs that do to a server what no program should: it goes on.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "domain/errors.hpp"
#include "http_client.hpp"
#include "keyhold/testing.hpp"
#include "server/jobs/jobs.hpp"
#include "server/library/testing.hpp"

namespace keyhold {
namespace {

constexpr std::string_view alice = R"({"username": "alice", "password": "a password of the test"})";

using TakeLine = std::function<void(std::string_view line)>;

// With a database in that folder. Who does not answer at once does not hold the stop up.
void listen(Server& program, const server::TestFolder& folder, TakeLine log = {}) {
    const auto opened = program.open({.mode = Mode::dev,
                                      .settings = {{"database_url", "sqlite:///" + (folder.path() / "a.db").string()},
                                                   {"key_file", folder.path() / "a.key"},
                                                   {"bind", "127.0.0.1:0"},
                                                   {"bcrypt_cost", "4"},
                                                   {"drain_timeout", "0"},
                                                   {"admin_bind", ""}},
                                      .config_file = {},
                                      .log = std::move(log)});
    if (!opened) throw std::runtime_error(std::string(opened.error().detail()));
    if (const auto started = program.start(); !started) throw std::runtime_error(std::string(started.error().detail()));
}

// A program that listens, with a database of its own.
class Listening {
public:
    explicit Listening(Server& program) : program_(program) { listen(program, folder_); }
    ~Listening() { program_.stop(); }
    std::uint16_t port() const { return port_of(program_.where()); }

private:
    server::TestFolder folder_;
    Server& program_;
};

TEST(HostileProgram, one_whose_handlers_all_wait_keeps_nobody_else_waiting) {
    Server program("stuck");
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    std::atomic<int> inside = 0;
    program.get("/stuck", [&] {
        ++inside;
        ended.wait();
        return std::string("done");
    });
    const Listening server(program);
    std::vector<std::future<std::optional<std::string>>> waiting;
    constexpr int more_than_its_threads = 50;
    for (int i = 0; i < more_than_its_threads; ++i)
        waiting.push_back(std::async(std::launch::async, [&] { return ask(server.port(), "/stuck"); }));
    while (inside < 40) std::this_thread::yield();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(server.port(), "/protected")->starts_with("HTTP/1.1 401 "));
    EXPECT_TRUE(ask(server.port(), "/openapi.json")->starts_with("HTTP/1.1 200 "));
    EXPECT_EQ(inside, 40);
    end.set_value();
    for (auto& reply : waiting) EXPECT_TRUE(reply.get()->ends_with("done"));
}

// The threads of this process on which a server does something by itself.
std::ptrdiff_t threads_of_jobs() {
    const auto is_of_jobs = [](const auto& entry) {
        std::ifstream file(entry.path() / "comm");
        std::string name;
        return std::getline(file, name) && name == server::Jobs::thread_name;
    };
    const std::filesystem::directory_iterator threads("/proc/self/task");
    return std::count_if(begin(threads), end(threads), is_of_jobs);
}

// Decision 0088: a server that was stopped does nothing of its own any more.
TEST(HostileProgram, a_handler_that_never_ends_keeps_no_job_at_work_behind_the_stop) {
    auto program = std::make_unique<Server>("stuck");
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    std::atomic<int> inside = 0;
    auto used = std::make_shared<int>(7);  // gone when everything is
    const std::weak_ptr<int> still_used = used;
    program->get("/stuck", [&inside, ended, used = std::move(used)] {
        ++inside;
        ended.wait();
        return std::string("done");
    });
    const server::TestFolder folder;
    listen(*program, folder);
    while (threads_of_jobs() < 2) std::this_thread::yield();  // each says what it is called when it begins
    auto reply = std::async(std::launch::async, [port = port_of(program->where())] { return ask(port, "/stuck"); });
    while (inside < 1) std::this_thread::yield();
    program->stop();
    EXPECT_EQ(threads_of_jobs(), 0);
    program.reset();
    end.set_value();
    (void)reply.get();
    while (!still_used.expired()) std::this_thread::yield();
}

// Its thread, and what it was given, are there until it returns: ThreadSanitizer and AddressSanitizer look on.
TEST(HostileProgram, a_handler_that_never_ends_does_not_hold_the_stop) {
    auto program = std::make_unique<Server>("stuck");
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    std::atomic<int> inside = 0, after = 0;
    auto used = std::make_shared<int>(7);  // by the handler: it is gone when everything is that belongs to it
    const std::weak_ptr<int> still_used = used;
    program->migration("CREATE TABLE things (name VARCHAR(20) NOT NULL)");
    program->post("/stuck/{name}", [&, used = std::move(used)](const Path<"name">& name, Database& database) {
        ++inside;
        ended.wait();
        database.run("INSERT INTO things (name) VALUES (:a)", *name);
        after += *used;
        throw std::runtime_error("nobody hears of it");
    });
    std::atomic<int> lines = 0;
    const server::TestFolder folder;
    listen(*program, folder, [&](std::string_view) { ++lines; });
    auto reply = std::async(std::launch::async, [port = port_of(program->where())] { return post(port, "/stuck/x"); });
    while (inside < 1) std::this_thread::yield();
    program->stop();
    EXPECT_TRUE(reply.get()->starts_with("HTTP/1.1 503 "));
    EXPECT_EQ(after, 0) << "it is in the handler still";
    program.reset();
    const int said = lines;
    EXPECT_GT(said, 0);
    EXPECT_FALSE(still_used.expired());
    end.set_value();
    while (!still_used.expired()) std::this_thread::yield();
    EXPECT_EQ(after, 7);
    EXPECT_EQ(lines, said) << "the log was the program's";
}

// It said that it never waits, and holds up an I/O thread.
TEST(HostileProgram, nor_does_one_that_waits_where_nobody_may) {
    auto program = std::make_unique<Server>("stuck");
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    std::atomic<int> inside = 0;
    auto used = std::make_shared<int>(7);
    const std::weak_ptr<int> still_used = used;
    program->get("/stuck",
                 [&, used = std::move(used)] {
                     ++inside;
                     ended.wait();
                     return std::to_string(*used);
                 },
                 {.on = On::io});
    const server::TestFolder folder;
    listen(*program, folder);
    auto reply = std::async(std::launch::async, [port = port_of(program->where())] { return ask(port, "/stuck"); });
    while (inside < 1) std::this_thread::yield();
    program->stop();
    program.reset();
    EXPECT_FALSE(still_used.expired());
    end.set_value();
    EXPECT_TRUE(reply.get()) << "an answer, or the end of the connection";
    while (!still_used.expired()) std::this_thread::yield();
}

// Hooks, counters and settings are the program's to fill and the server's to keep.
TEST(HostileProgram, a_hook_that_never_ends_does_not_either_and_is_there_until_it_does) {
    auto program = std::make_unique<Server>("stuck");
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    std::atomic<int> inside = 0, after = 0;
    auto used = std::make_shared<int>(7);
    const std::weak_ptr<int> still_used = used;
    program->on<Registering>([&, used = std::move(used)](const Registering&) {
        ++inside;
        ended.wait();
        after += *used;
        return refuse("Too late");
    });
    const server::TestFolder folder;
    listen(*program, folder);
    auto reply = std::async(std::launch::async, [port = port_of(program->where())] {
        const std::string fields = "Content-Type: application/json\r\nContent-Length: " + std::to_string(alice.size()) +
                                   "\r\n\r\n" + std::string(alice);
        return ask(port, "/register", fields, "POST");
    });
    while (inside < 1) std::this_thread::yield();
    program->stop();
    EXPECT_TRUE(reply.get()->starts_with("HTTP/1.1 503 "));
    program.reset();
    EXPECT_FALSE(still_used.expired()) << "it is in there still";
    end.set_value();
    while (!still_used.expired()) std::this_thread::yield();
    EXPECT_EQ(after, 7);
}

TEST(HostileProgram, one_that_was_stopped_while_a_handler_waits_may_be_started_again) {
    Server program("again");
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    std::atomic<int> inside = 0, after = 0;
    program.post("/stuck/{name}", [&](const Path<"name">& name) {
        ++inside;
        if (*name == "x") ended.wait();
        ++after;
    });
    const Listening server(program);
    auto reply = std::async(std::launch::async, [port = server.port()] { return post(port, "/stuck/x"); });
    while (inside < 1) std::this_thread::yield();
    program.stop();
    EXPECT_TRUE(reply.get()->starts_with("HTTP/1.1 503 "));
    ASSERT_TRUE(program.start());
    EXPECT_TRUE(post(server.port(), "/stuck/y")->starts_with("HTTP/1.1 204 "));
    end.set_value();
    while (after < 2) std::this_thread::yield();
}

TEST(HostileProgram, an_answer_of_ten_megabytes_arrives_whole) {
    Server program("large");
    program.get("/large", [] { return std::string(10'000'000, 'x'); });
    const Listening server(program);
    const auto reply = ask(server.port(), "/large");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->size() - reply->find("\r\n\r\n") - 4, 10'000'000U);
    EXPECT_NE(reply->find("Content-Length: 10000000\r\n"), std::string::npos);
}

TEST(HostileProgram, what_is_thrown_that_is_no_exception_is_a_500_too) {
    Server program("thrower");
    program.get("/int", []() -> std::string { throw 7; });
    program.get("/io", []() -> std::string { throw 7; }, {.on = On::io});
    const Listening server(program);
    for (const char* path : {"/int", "/io", "/int"})
        EXPECT_TRUE(ask(server.port(), path)->starts_with("HTTP/1.1 500 ")) << path;
    EXPECT_TRUE(ask(server.port(), "/openapi.json")->starts_with("HTTP/1.1 200 "));
}

TEST(HostileProgram, a_status_that_is_none_is_a_500_and_a_204_has_no_body) {
    Server program("numbers");
    program.get("/page/{status}", [](const Path<"status", std::int64_t>& status) {
        return Html{"HTTP/1.1 200 OK\r\n\r\n", static_cast<int>(*status)};
    });
    const Listening server(program);
    for (const char* path : {"/page/0", "/page/-5", "/page/100", "/page/1000"})
        EXPECT_TRUE(ask(server.port(), path)->starts_with("HTTP/1.1 500 ")) << path;
    for (const char* path : {"/page/204", "/page/304"}) {
        const auto reply = ask(server.port(), path);
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->find("\r\n\r\n"), reply->size() - 4) << *reply;
    }
}

TEST(HostileProgram, one_that_refuses_everybody_is_obeyed) {
    Server program("nobody");
    bool refuses = false;
    const auto decide = [&](const auto&) { return refuses ? refuse("Nobody today") : allow(); };
    program.on<Registering>(decide).on<SigningIn>(decide).on<TokenIssuing>(decide).on<PasswordChanging>(decide);
    TestServer server(program);
    const std::string before = server.sign_in("alice");
    refuses = true;
    EXPECT_EQ(server.post("/login", alice).member("detail"), "Nobody today");
    EXPECT_EQ(server.post("/register", R"({"username": "bob", "password": "a password of the test"})").status, 403);
    EXPECT_FALSE(program.users().create("carol", "a password of the test"));
    EXPECT_FALSE(program.users().find("carol"));
    EXPECT_FALSE(program.sessions().sign_in("alice", "a password of the test"));
    EXPECT_EQ(server.get("/protected", {{"Authorization", before}}).status, 200) << "who is in stays";
    refuses = false;
    EXPECT_EQ(server.post("/login", alice).status, 200);
}

TEST(HostileProgram, its_thousand_routes_are_all_found) {
    Server program("many");
    for (int i = 0; i < 1000; ++i)
        program.get("/r" + std::to_string(i) + "/{id}",
                    [i](const Path<"id">& id) { return std::to_string(i) + ":" + *id; });
    TestServer server(program);
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(server.get("/r" + std::to_string(i) + "/x").body, std::to_string(i) + ":x");
    EXPECT_EQ(server.get("/r1000/x").status, 404);
}

TEST(HostileProgram, two_servers_in_one_process_share_nothing) {
    Server one("one"), two("two");
    one.get("/who", [] { return std::string("one"); });
    two.get("/who", [] { return std::string("two"); });
    Counter& of_one = one.counter("asked_total", "Asked.");
    Counter& of_two = two.counter("asked_total", "Asked.");
    one.get("/asked", [&] { return of_one.add(), std::string(); });
    const Listening first(one), second(two);
    ASSERT_TRUE(one.users().create("alice", "a password of the test"));
    EXPECT_FALSE(two.users().find("alice"));
    std::vector<std::thread> clients;
    std::atomic<int> wrong = 0;
    for (int i = 0; i < 4; ++i)
        clients.emplace_back([&, i] {
            const auto& [port, name] = i % 2 == 0 ? std::pair(first.port(), "one") : std::pair(second.port(), "two");
            for (int round = 0; round < 25; ++round)
                if (!ask(port, "/who")->ends_with(name)) ++wrong;
        });
    for (auto& client : clients) client.join();
    EXPECT_EQ(wrong, 0);
    ask(first.port(), "/asked");
    EXPECT_EQ(of_one.value(), 1U);
    EXPECT_EQ(of_two.value(), 0U);
    two.stop();
    EXPECT_TRUE(ask(first.port(), "/who")->ends_with("one"));
}

TEST(Library, a_sign_in_is_typed_and_counts_as_one_by_http) {
    Server program("library");
    TestServer server(program);
    ASSERT_TRUE(program.users().create("alice", "a password of the test"));
    const auto in = program.sessions().sign_in("alice", "a password of the test", {.address = "192.0.2.1"});
    ASSERT_TRUE(in);
    EXPECT_EQ(in->expires_in, std::chrono::minutes(30));
    const std::string bearer = "Bearer " + in->access_token;
    EXPECT_EQ(server.get("/protected", {{"Authorization", bearer}}).status, 200);
    EXPECT_NE(server.get("/sessions", {{"Authorization", bearer}}).body.find("192.0.2.1"), std::string::npos);
    const auto next = program.sessions().refresh(in->refresh_token);
    ASSERT_TRUE(next);
    EXPECT_EQ(server.get("/protected", {{"Authorization", "Bearer " + next->access_token}}).status, 200);
    const auto wrong = program.sessions().sign_in("alice", "another password");
    const auto unknown = program.sessions().sign_in("bob", "another password");
    ASSERT_TRUE(!wrong && !unknown);
    EXPECT_EQ(wrong.error().errc(), errors::invalid_credentials);
    EXPECT_EQ(unknown.error().errc(), errors::invalid_credentials);
    EXPECT_EQ(program.sessions().refresh("khr_nothing").error().errc(), errors::refresh_token_invalid);
}

struct ThingToKeep {
    std::string name;
};
KEYHOLD_FIELDS(ThingToKeep, (name))

TEST(Library, a_nul_that_a_handler_would_keep_is_a_refusal_of_the_request) {
    Server program("library");
    program.migration("CREATE TABLE things (name VARCHAR(20) NOT NULL)");
    program.post("/things", [](const ThingToKeep& thing, Database& database) {
        database.run("INSERT INTO things (name) VALUES (:a)", thing.name);
    });
    TestServer server(program);
    const auto refused = server.post("/things", R"({"name": "a\u0000b"})");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.member("code"), "validation_failed");
    EXPECT_EQ(server.post("/things", R"({"name": "ab"})").status, 204);
    EXPECT_EQ(program.database().all<std::string>("SELECT name FROM things").size(), 1U);
    EXPECT_EQ(server.log().find("NUL"), std::string::npos);
}

TEST(Library, sql_that_would_do_less_than_it_says_is_refused) {
    Server program("library");
    program.migration("CREATE TABLE things (name VARCHAR(20) NOT NULL, size BIGINT)");
    TestServer server(program);
    Database& database = program.database();
    EXPECT_THROW(database.run("INSERT INTO things (name, size) VALUES (:a, :b)", "x"), std::invalid_argument);
    EXPECT_THROW(database.run("INSERT INTO things (name) VALUES ('x'); DELETE FROM things"), std::runtime_error);
    EXPECT_TRUE(database.all<std::string>("SELECT name FROM things").empty());
    EXPECT_EQ(database.run("INSERT INTO things (name) VALUES (:a);  -- the end", "x"), 1);
    try {
        database.all<std::string, std::int64_t>("SELECT name, size FROM things");
        ADD_FAILURE() << "NULL is no number";
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(),
                     "column 2 is NULL, and is read as a number and not as a std::optional: "
                     "SELECT name, size FROM things");
    }
    EXPECT_EQ((database.all<std::string, std::optional<std::int64_t>>("SELECT name, size FROM things").size()), 1U);
}

TEST(Library, metrics_have_names_that_prometheus_takes_and_nobody_else_has) {
    Server program("metrics");
    Counter& written = program.counter("notes_written_total", "Notes that were written.");
    written.add();
    written.add(2);
    EXPECT_EQ(written.value(), 3U);
    Gauge& waiting = program.gauge("notes_waiting", "Notes that wait.");
    waiting.set(1.5);
    EXPECT_EQ(waiting.value(), 1.5);
    for (const char* name :
         {"notes_written_total", "Notes_total", "9_total", "a-b_total", "keyhold_x_total", "", "notes"})
        EXPECT_THROW(program.counter(name, "x"), std::logic_error) << name;
    EXPECT_THROW(program.gauge("notes_waiting", "x"), std::logic_error);
}

}  // namespace
}  // namespace keyhold
