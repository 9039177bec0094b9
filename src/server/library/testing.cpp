// SPDX-License-Identifier: Apache-2.0
// For tests of a program that is made of Keyhold: a server in memory that is asked without a socket, with a clock that
// the test turns.
#include "server/library/testing.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "base/json.hpp"
#include "base/text.hpp"
#include "http/routes/dispatcher.hpp"
#include "keyhold/testing.hpp"
#include "server/program.hpp"

namespace keyhold::server {
namespace {

// tmpfs on Linux: nothing of a test is written to a disk.
const std::filesystem::path memory = "/dev/shm";

// In a test an exception is the failure; nobody handles a refusal.
template <class T>
T or_throw(Result<T> result) {
    if (!result) throw std::runtime_error(std::string(result.error().detail()));
    return std::move(result).value();
}

}  // namespace

TestFolder::TestFolder() {
    std::error_code none;
    const auto parent = std::filesystem::is_directory(memory, none) ? memory : std::filesystem::temp_directory_path();
    std::string path = parent / "keyhold-test-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) throw std::system_error(errno, std::generic_category(), path);
    path_ = path;
}

TestFolder::~TestFolder() {
    std::error_code left_behind;  // a destructor does not throw
    std::filesystem::remove_all(path_, left_behind);
}

Result<Loaded> test_settings(const TestFolder& folder, const std::map<std::string, std::string>& changed,
                             const SettingsTablePtr& table) {
    Sources sources{.flags = {{"database_url", "sqlite:///" + (folder.path() / "test.db").string()},
                              {"key_file", folder.path() / "test.key"},
                              {"bind", "127.0.0.1:0"},
                              {"admin_bind", ""},
                              // The least that bcrypt has: a hash takes about a millisecond.
                              {"bcrypt_cost", "4"},
                              {"issuer", "https://keyhold.test"}},
                    .environment = {},
                    .config_file = {},
                    .default_file = {},
                    .table = table};
    for (const auto& [name, text] : changed) sources.flags.insert_or_assign(name, text);
    return load_settings(Mode::dev, sources);
}

}  // namespace keyhold::server

namespace keyhold {

// Names of fields ignore case (RFC 9110 §5.1).
std::optional<std::string> TestReply::field(std::string_view name) const {
    for (std::string_view rest = fields; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(line.size() + 2, rest.size()));
        const std::size_t colon = line.find(": ");
        if (equal_ignoring_case(line.substr(0, colon), name)) return std::string(line.substr(colon + 2));
    }
    return std::nullopt;
}

// A string without its quotes, anything else as JSON; empty if there is no such member.
std::string TestReply::member(std::string_view name) const {
    json::Document document;
    const auto root = document.parse(body);
    const auto value = root ? root->find(name) : std::nullopt;
    if (!value) return {};
    if (value->is_string()) return std::string(*value->string());
    std::string text;
    json::append_value(text, *value);
    return text;
}

// In the order in which they must outlive each other: the folder holds the database that the server has open.
struct TestServer::State {
    server::TestFolder folder;
    server::TestClock clock{Time(std::chrono::sys_days{std::chrono::year(2026) / 1 / 1})};
    std::string log;
};

TestServer::TestServer(Server& server, const std::map<std::string, std::string>& settings)
    : server_(server), state_(std::make_unique<State>()) {
    const auto log =
        std::make_shared<server::Log>(server::LogFormat::text, [this](std::string_view line) { state_->log += line; });
    server::Options options{
        .mode = Mode::dev,
        .loaded = server::or_throw(server::test_settings(state_->folder, settings, Program::settings_table(server))),
        .clock = &state_->clock};
    Program::add_to(server, options);
    auto opened = server::or_throw(server::Server::open(std::move(options), *log));
    Program::opened(server, log, std::move(opened));
}

TestServer::~TestServer() { Program::close(server_); }

void TestServer::advance(std::chrono::seconds by) { state_->clock.advance(by); }
const std::string& TestServer::log() const { return state_->log; }

// Runs the handler on the calling thread, by the same dispatcher as a connection: routing, guards, handler and final
// fields, but no parsing of HTTP and no limits on time.
TestReply TestServer::send(std::string_view method, std::string_view target, std::string_view body, Fields fields) {
    std::vector<http::Field> all(fields);
    http::Request request;
    request.method = http::method_from(method);
    request.method_text = method;
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
    request.body = body;
    request.request_id = "test";
    request.remote_address = "127.0.0.1";
    request.fields = all;
    if (!body.empty() && !request.find("Content-Type")) all.push_back({"Content-Type", "application/json"});
    request.fields = all;

    const http::Dispatcher& dispatcher = Program::server_of(server_).dispatcher();
    http::Response response;
    if (const http::Route* const route = dispatcher.find(request, response)) dispatcher.run(*route, request, response);
    dispatcher.finish(request, response);
    // A body that is made while it is sent is read to its end.
    while (response.source && response.source->left() > 0)
        response.source->read(response.body, response.source->left());
    return {response.status, std::string(response.fields()),
            response.static_body.empty() ? std::move(response.body) : std::string(response.static_body)};
}

// Registers an account with a fixed password and logs in: the value of an Authorization field.
std::string TestServer::sign_in(std::string_view username) {
    std::string credentials;
    json::Writer writer(credentials);
    writer.begin_object();
    writer.member("username", username);
    writer.member("password", "a password of the test");
    writer.end_object();
    if (const auto made = post("/register", credentials); made.status != 200) throw std::runtime_error(made.body);
    const auto signed_in = post("/login", credentials);
    if (signed_in.status != 200) throw std::runtime_error(signed_in.body);
    return "Bearer " + signed_in.member("access_token");
}

}  // namespace keyhold
