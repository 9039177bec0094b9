// A server for tests: the real router, handlers and database, without a socket, with a clock that the test turns. A
// request takes microseconds.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "http/message.hpp"
#include "server/server.hpp"

namespace keyhold::server {

// A clock that stands still until it is told otherwise. Any thread.
class TestClock final : public Clock {
public:
    explicit TestClock(Time time) : time_(time) {}
    Time now() const override { return time_; }
    void set(Time time) { time_ = time; }
    void advance(std::chrono::seconds by) { time_ = now() + by; }

private:
    std::atomic<Time> time_;
};

// A folder for one test, in memory where the system has a file system there; it goes with this object.
class TestFolder {
public:
    TestFolder();
    TestFolder(const TestFolder&) = delete;
    TestFolder& operator=(const TestFolder&) = delete;
    ~TestFolder();
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

// What a server of a test is started with, unless `changed` says otherwise: `keyhold dev` with an empty database and
// new keys in that folder, cheap passwords, one free port and no administrators. Nothing of the environment counts.
Result<Loaded> test_settings(const TestFolder& folder, const std::map<std::string, std::string>& changed = {});

struct TestReply {
    int status = 0;
    std::string fields;  // "Name: value\r\n" each
    std::string body;
    // The value of the first field of that name.
    std::optional<std::string> field(std::string_view name) const;
    // A member of the JSON object in the body, as text; empty if there is none.
    std::string member(std::string_view name) const;
};

class TestServer {
public:
    // `settings` by name, as in test_settings(). Throws std::runtime_error if the server cannot be opened.
    explicit TestServer(const std::map<std::string, std::string>& settings = {},
                        std::function<void(http::Services&, http::Mount&)> add_own = {});

    // Runs a request to its end on this thread. A body is JSON unless a Content-Type says otherwise.
    using Fields = std::initializer_list<http::Field>;
    TestReply send(std::string_view method, std::string_view target, std::string_view body = {}, Fields fields = {});
    TestReply get(std::string_view target, Fields fields = {}) { return send("GET", target, {}, fields); }
    TestReply post(std::string_view target, std::string_view body, Fields fields = {}) {
        return send("POST", target, body, fields);
    }

    // Makes an account, logs it in, and returns "Bearer <access token>". Throws std::runtime_error if that is refused.
    std::string sign_in(std::string_view username);

    TestClock& clock() { return clock_; }
    Server& server() { return *server_; }
    const std::string& log() const { return log_text_; }  // what was said so far

private:
    const TestFolder folder_;
    TestClock clock_{Time(std::chrono::sys_days{std::chrono::year(2026) / 1 / 1})};
    std::string log_text_;
    Log log_;
    std::unique_ptr<Server> server_;
};

}  // namespace keyhold::server
