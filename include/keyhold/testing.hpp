// SPDX-License-Identifier: Apache-2.0
// Tests of a program with Keyhold: its routes and ours, with the real router, handlers and database, but without a
// socket. A request takes microseconds, and the test turns the clock.
//
//   keyhold::Server server("notes");
//   add_routes(server, notes);
//   keyhold::TestServer test(server);
//   const std::string alice = test.sign_in("alice");
//   EXPECT_EQ(test.post("/notes", R"({"text": "milk"})", {{"Authorization", alice}}).status, 201);
#pragma once

#include <chrono>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keyhold/server.hpp"

namespace keyhold {

struct TestReply {
    int status = 0;
    std::string fields;  // "Name: value\r\n" each
    std::string body;
    // The value of the first field of that name.
    std::optional<std::string> field(std::string_view name) const;
    // A member of the JSON object in the body, as text; empty if there is none.
    std::string member(std::string_view name) const;
};

// One thread at a time.
class TestServer {
public:
    // Opens `server` as `keyhold dev` with an empty database and new keys, in memory where the system has a file system
    // there; nothing of the environment counts. `settings` by name. It is 2026-01-01T00:00:00Z. The server outlives it.
    // Throws std::runtime_error if it cannot be opened, and what Server::open() throws.
    explicit TestServer(Server& server, const std::map<std::string, std::string>& settings = {});
    ~TestServer();

    // Runs a request to its end on this thread. A body is JSON unless a Content-Type says otherwise.
    using Fields = std::initializer_list<http::Field>;
    TestReply send(std::string_view method, std::string_view target, std::string_view body = {}, Fields fields = {});
    TestReply get(std::string_view target, Fields fields = {}) { return send("GET", target, {}, fields); }
    TestReply post(std::string_view target, std::string_view body, Fields fields = {}) {
        return send("POST", target, body, fields);
    }

    // Makes an account, logs it in, and returns "Bearer <access token>". Throws std::runtime_error if that is refused.
    std::string sign_in(std::string_view username);

    void advance(std::chrono::seconds by);
    const std::string& log() const;  // what was said so far

private:
    struct State;
    Server& server_;
    std::unique_ptr<State> state_;
};

}  // namespace keyhold
