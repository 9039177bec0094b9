// SPDX-License-Identifier: Apache-2.0
// Servers as objects: two in one process, started, told to reload, drained and stopped while clients are there.
#include "server/server.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <ctime>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "base/base64url.hpp"
#include "base/exceptions.hpp"
#include "http_client.hpp"
#include "server/components.hpp"
#include "server/library/testing.hpp"
#include "store/database/database.hpp"

namespace keyhold::server {
namespace {

using Changed = std::map<std::string, std::string>;  // settings

// A server with sockets, and what it was given.
struct Started {
    explicit Started(const Changed& settings = {})
        : server(Server::open({.mode = Mode::dev, .loaded = test_settings(folder, settings).value()}, log).value()) {
        if (auto started = server->start(); !started) throw std::runtime_error(std::string(started.error().detail()));
        port = port_of(server->where());
    }
    TestFolder folder;
    std::string text;
    Log log{LogFormat::text, [this](std::string_view line) { text += line; }};
    std::unique_ptr<Server> server;
    std::uint16_t port = 0;
};

// Clients that come and go without pause. Each answer is whole, or there was no connection any more.
class Load {
public:
    explicit Load(std::uint16_t port) {
        for (int i = 0; i < 4; ++i)
            clients_.emplace_back([this, port](const std::stop_token& stop) {
                while (!stop.stop_requested()) {
                    const auto reply = ask(port, "/openapi.json");
                    if (!reply) continue;
                    ++(is_ok(reply) ? good_ : broken_);
                }
            });
        while (good_ < 20 && broken_ == 0) std::this_thread::yield();
    }
    int good() const { return good_; }
    int broken() const { return broken_; }
    void wait_for_more() const {
        for (const int before = good_; good_ < before + 20 && broken_ == 0;) std::this_thread::yield();
    }

private:
    std::atomic<int> good_ = 0, broken_ = 0;
    std::vector<std::jthread> clients_;
};

TEST(Server, two_of_them_stand_in_one_process) {
    Started one;
    Started two;
    EXPECT_NE(one.port, two.port);
    EXPECT_TRUE(is_ok(ask(one.port, "/openapi.json")));
    EXPECT_TRUE(is_ok(ask(two.port, "/openapi.json")));
    const auto made = one.server->components().accounts.create("alice", Secret(std::string_view("testpass")));
    ASSERT_TRUE(made);
    EXPECT_TRUE(one.server->components().accounts.find("alice"));
    EXPECT_FALSE(two.server->components().accounts.find("alice"));
    one.server->stop();
    EXPECT_FALSE(ask(one.port, "/openapi.json"));
    EXPECT_TRUE(is_ok(ask(two.port, "/openapi.json")));
}

TEST(Server, stopping_one_under_load_breaks_no_answer_of_either) {
    Started one;
    Started two;
    Load of_one(one.port);
    Load of_two(two.port);
    one.server->drain();
    of_one.wait_for_more();
    one.server->stop();
    of_two.wait_for_more();
    EXPECT_EQ(of_one.broken(), 0);
    EXPECT_EQ(of_two.broken(), 0);
}

TEST(Server, it_can_be_started_again) {
    Started one;
    one.server->stop();
    EXPECT_FALSE(ask(one.port, "/openapi.json"));
    EXPECT_EQ(one.server->where(), "nowhere");
    ASSERT_TRUE(one.server->start());
    EXPECT_TRUE(is_ok(ask(port_of(one.server->where()), "/openapi.json")));
}

// Its database has no connection for it when it looks for the key of events: half of it runs by then.
TEST(Server, one_whose_start_breaks_does_not_listen_and_can_be_started_later) {
    TestFolder folder;
    std::string text;
    Log log(LogFormat::text, [&](std::string_view line) { text += line; });
    const auto server = Server::open({.mode = Mode::dev, .loaded = test_settings(folder, {}).value()}, log).value();
    store::Database& database = *server->components().stores.database;
    const std::size_t for_readers = database.counters().most - database.counters().most / 4;
    const std::function<void()> start_without_any = [&] {
        if (database.counters().lent == for_readers) {
            EXPECT_THROW((void)server->start(), Unavailable);
            return;
        }
        database.use(store::Intent::read, [&](store::Connection&) { return start_without_any(), true; });
    };
    start_without_any();
    EXPECT_EQ(server->where(), "nowhere");
    ASSERT_TRUE(server->start());
    EXPECT_TRUE(is_ok(ask(port_of(server->where()), "/openapi.json")));
}

// keyhold::Server::open() names nobody who is to be called.
TEST(Server, a_successor_takes_the_sockets_of_one_that_has_nobody_to_tell) {
    TestFolder place;
    const Changed at{{"handover_socket", (place.path() / "h.sock").string()}};
    Started one(at);
    Started two(at);
    one.server->stop();
    EXPECT_TRUE(is_ok(ask(two.port, "/openapi.json")));
}

// A client with keys of its own, at an address where somebody listens and hangs up.
class ClientWithKeys {
public:
    ClientWithKeys() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        (void)::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size);
        (void)::listen(socket_.get(), 8);
        (void)::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        wish.id = "wiki";
        wish.kind = domain::ClientKind::with_keys;
        wish.redirect_uris = {"https://wiki.example/cb"};
        wish.jwks_uri = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/jwks";
        thread_ = std::jthread([this] {
            while (true) {
                const Descriptor asked(::accept(socket_.get(), nullptr, nullptr));
                if (asked.get() < 0) return;
                ++asked_;
            }
        });
    }
    ~ClientWithKeys() { ::shutdown(socket_.get(), SHUT_RDWR); }

    // Its assertion, by a key that is not its own.
    static std::optional<std::string> prove(std::uint16_t port, std::string_view jti) {
        const std::string payload = R"({"iss":"wiki","sub":"wiki","aud":"https://keyhold.test","jti":")" +
                                    std::string(jti) + R"(","exp":)" + std::to_string(std::time(nullptr) + 60) + "}";
        const std::string form =
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
            "jwt-bearer&client_assertion=" +
            base64url::encode(R"({"alg":"ES256"})") + "." + base64url::encode(payload) + "." +
            base64url::encode(std::string(64, '\1'));
        return ask(port, "/oauth/token",
                   "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(form.size()) +
                       "\r\n\r\n" + form,
                   "POST");
    }
    int asked() const { return asked_; }

    domain::ClientWish wish;

private:
    Descriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::atomic<int> asked_ = 0;
    std::jthread thread_;
};

TEST(Server, once_it_is_started_again_it_asks_clients_for_their_keys_again) {
    Started one;
    ClientWithKeys client;
    ASSERT_TRUE(one.server->components().registered_clients.add(client.wish).ok());
    one.server->stop();
    ASSERT_TRUE(one.server->start());
    const auto reply = ClientWithKeys::prove(port_of(one.server->where()), "1");
    ASSERT_TRUE(reply);
    EXPECT_NE(reply->find("invalid_client"), std::string::npos) << *reply;
    EXPECT_EQ(client.asked(), 1);
}

// Fetch standard §3.2.3: an origin that may read the answer is named in it.
TEST(Server, a_reload_under_load_changes_what_can_change) {
    Started one(Changed{{"cors_origins", ""}, {"access_log", "false"}});  // what it says is read while it serves
    Load load(one.port);
    const auto answer = [&] { return ask(one.port, "/openapi.json", "Origin: https://app.example\r\n").value_or(""); };
    EXPECT_EQ(answer().find("Access-Control-Allow-Origin"), std::string::npos);
    const auto fresh =
        test_settings(one.folder,
                      {{"cors_origins", "https://app.example"}, {"session_days", "7"}, {"access_log", "false"}})
            .value();
    ASSERT_TRUE(one.server->reload(fresh));
    EXPECT_NE(answer().find("Access-Control-Allow-Origin: https://app.example"), std::string::npos);
    EXPECT_NE(one.text.find("takes effect with a restart: session_days"), std::string::npos);
    const auto wrong =
        test_settings(one.folder, {{"cors_origins", ""}, {"clients", "no colon"}, {"access_log", "false"}}).value();
    EXPECT_FALSE(one.server->reload(wrong));
    EXPECT_NE(answer().find("Access-Control-Allow-Origin: https://app.example"), std::string::npos);
    load.wait_for_more();
    EXPECT_EQ(load.broken(), 0);
}

TEST(Server, a_reload_that_cannot_read_the_keys_changes_nothing) {
    Started one(Changed{{"cors_origins", ""}, {"access_log", "false"}});
    const auto answer = [&] { return ask(one.port, "/openapi.json", "Origin: https://app.example\r\n").value_or(""); };
    const auto fresh =
        test_settings(one.folder, {{"cors_origins", "https://app.example"}, {"access_log", "false"}}).value();
    const std::filesystem::path database = one.folder.path() / "test.db";
    std::filesystem::rename(database, database.string() + ".away");
    // A write looks at once whether the file is there; readers do every 100 ms, or when somebody has found out.
    const Secret password(std::string_view("testpass"));
    EXPECT_THROW((void)one.server->components().accounts.create("alice", password), Unavailable);
    const auto done = one.server->reload(fresh);
    std::filesystem::rename(database.string() + ".away", database);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().errc(), errors::store_unavailable);
    EXPECT_EQ(answer().find("Access-Control-Allow-Origin"), std::string::npos);
    EXPECT_EQ(one.text.find("reloaded"), std::string::npos);
    ASSERT_TRUE(one.server->reload(fresh));
    EXPECT_NE(answer().find("Access-Control-Allow-Origin: https://app.example"), std::string::npos);
}

TEST(Server, while_it_drains_it_says_so_and_still_answers) {
    Started one(Changed{{"admin_bind", "127.0.0.1:0"}});
    const std::uint16_t admin = port_of(one.server->where_admin());
    EXPECT_TRUE(is_ok(ask(admin, "/readyz")));
    one.server->drain();
    const std::string readiness = ask(admin, "/readyz").value_or("");
    EXPECT_TRUE(readiness.starts_with("HTTP/1.1 503 "));
    EXPECT_NE(readiness.find("draining"), std::string::npos);
    EXPECT_TRUE(is_ok(ask(one.port, "/openapi.json")));
    EXPECT_FALSE(one.server->finished());
    one.server->stop();
    EXPECT_TRUE(one.server->finished());
}

TEST(Server, it_leaves_signals_and_standard_output_to_the_program) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    struct sigaction before[3]{}, after[3]{};
    sigset_t mask_before{}, mask_after{};
    const std::array signals{SIGTERM, SIGPIPE, SIGHUP};
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], nullptr, &before[i]);
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask_before);
    {
        Started one(Changed{{"access_log", "true"}});
        EXPECT_TRUE(is_ok(ask(one.port, "/openapi.json")));
        for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], nullptr, &after[i]);
        ::pthread_sigmask(SIG_BLOCK, nullptr, &mask_after);
        one.server->stop();
        EXPECT_NE(one.text.find("/openapi.json"), std::string::npos) << "the log that it was given has it";
    }
    for (std::size_t i = 0; i < signals.size(); ++i) EXPECT_EQ(before[i].sa_handler, after[i].sa_handler);
    for (const int signal : signals) EXPECT_EQ(::sigismember(&mask_before, signal), ::sigismember(&mask_after, signal));
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// A handler of the program may do what only its own threads can: no thread of ours may run it.
TEST(Server, a_signal_to_the_process_is_taken_by_the_programs_own_thread) {
    static std::atomic<pthread_t> taken_by;
    taken_by = 0;
    struct sigaction before {
    }, ours{};
    ours.sa_handler = [](int) { taken_by = ::pthread_self(); };
    ::sigaction(SIGUSR1, &ours, &before);
    Started one;
    sigset_t usr1{}, old{};
    ::sigemptyset(&usr1);
    ::sigaddset(&usr1, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &usr1, &old);
    ::kill(::getpid(), SIGUSR1);  // any thread that does not block it would take it at once
    EXPECT_TRUE(is_ok(ask(one.port, "/openapi.json")));
    EXPECT_EQ(taken_by.load(), pthread_t{0});
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
    EXPECT_EQ(taken_by.load(), ::pthread_self());
    ::sigaction(SIGUSR1, &before, nullptr);
}

TEST(Server, what_it_cannot_do_is_refused_with_the_setting_that_asks_for_it) {
    Started one;
    TestFolder folder;
    Log log(LogFormat::text, [](std::string_view) {});
    auto second =
        Server::open({.mode = Mode::dev,
                      .loaded = test_settings(folder, {{"bind", "127.0.0.1:" + std::to_string(one.port)}}).value()},
                     log);
    ASSERT_TRUE(second);
    const auto started = (*second)->start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().errc(), errors::configuration);
    EXPECT_NE(std::string(started.error().detail()).find(std::to_string(one.port)), std::string::npos);
    EXPECT_TRUE(is_ok(ask(one.port, "/openapi.json")));
}

}  // namespace
}  // namespace keyhold::server
