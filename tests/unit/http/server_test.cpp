// SPDX-License-Identifier: Apache-2.0
// A server between a socket and handlers: which thread runs them, and how long a client waits for them.
#include "http/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <memory>

#include "base/waiting.hpp"

namespace keyhold::http {
namespace {

struct Said {
    std::string what;
};
KEYHOLD_FIELDS(Said, (what))

// What the handlers share with the test.
struct World {
    std::promise<void> slow_began;
    std::promise<void> release;
    std::shared_future<void> released = release.get_future().share();
};

Result<Said> from_memory() { return Said{"at once"}; }

Result<Said> from_database() {
    about_to_wait();
    return Said{"looked up"};
}

Result<Said> slow(World& world, const Request& request) {
    world.slow_began.set_value();
    world.released.wait();
    return Said{std::string(request.find("X-Test").value_or("lost"))};  // its bytes are still there
}

// A client that sends and waits for answers.
class Client {
public:
    explicit Client(const Address& address) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_port = htons(address.port);
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) ADD_FAILURE() << "not let in";
    }
    ~Client() { ::close(socket_); }
    void send(const std::string& path) const {
        const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nX-Test: kept\r\n\r\n";
        ASSERT_EQ(::send(socket_, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    }
    // All up to `end`, or to the end of the connection.
    std::string read_to(std::string_view end) const {
        std::string all;
        char byte = 0;
        while (!all.ends_with(end) && ::recv(socket_, &byte, 1, 0) == 1) all += byte;
        return all;
    }

private:
    int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

class ServerThreadsTest : public testing::Test {
protected:
    ServerThreadsTest() {
        services.provide(world);
        Mount mount(routes, services);
        mount.add(Method::get, "/memory", {.summary = "m", .tag = "t"}, from_memory);
        mount.add(Method::get, "/database", {.summary = "d", .tag = "t"}, from_database);
        mount.add(Method::get, "/disk", {.summary = "w", .tag = "t", .waits_on = On::storing}, from_database);
        mount.add(Method::get, "/slow", {.summary = "s", .tag = "t", .on = On::looking_up}, slow);
        ServerOptions options;
        options.answer_time = std::chrono::seconds(3);
        server = std::make_unique<Server>(std::move(options), dispatcher, pools);  // counts by route: after those
        server->listen(sockets);
        server->start();
    }

    World world;
    Services services;
    Routes routes;
    Cors cors{{}};
    Dispatcher dispatcher{routes, cors, [](std::string_view, std::string_view) {}};
    WorkerPools pools{.hashing{1, 1}, .storing{1, 1}, .looking_up{1, 4}};
    ListeningSockets sockets = ListeningSocket::open({"127.0.0.1", 0, {}}, 1).value();
    std::unique_ptr<Server> server;
};

}  // namespace

TEST_F(ServerThreadsTest, a_handler_that_would_have_to_wait_is_run_where_it_may) {
    const Client client(sockets.front()->address());
    client.send("/memory");
    EXPECT_TRUE(client.read_to("}").ends_with(R"({"what":"at once"})"));
    EXPECT_EQ(pools.looking_up.counters().done, 0u);
    for (int i = 0; i < 3; ++i) {
        client.send("/database");
        EXPECT_TRUE(client.read_to("}").ends_with(R"({"what":"looked up"})"));
    }
    EXPECT_EQ(pools.looking_up.counters().refused, 0u);
    client.send("/disk");
    EXPECT_TRUE(client.read_to("}").ends_with(R"({"what":"looked up"})"));
    EXPECT_TRUE(pools.storing.is_idle_within(std::chrono::seconds(3)));
    EXPECT_EQ(pools.storing.counters().done, 1u) << "where its route says";
    client.send("/memory");
    EXPECT_TRUE(client.read_to("}").ends_with(R"({"what":"at once"})")) << "the connection goes on";
}

TEST_F(ServerThreadsTest, who_waits_too_long_is_told_and_what_needs_no_waiting_goes_on) {
    const Client client(sockets.front()->address());
    client.send("/slow");
    world.slow_began.get_future().wait();
    const Client other(sockets.front()->address());
    other.send("/memory");
    EXPECT_TRUE(other.read_to("}").ends_with(R"({"what":"at once"})"));
    const std::string answer = client.read_to("\n\n\n");  // to the end of the connection
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
    EXPECT_NE(answer.find("Retry-After: "), std::string::npos) << answer;
    EXPECT_NE(answer.find("store_unavailable"), std::string::npos) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
    world.release.set_value();
    const Client next(sockets.front()->address());
    next.send("/database");
    EXPECT_TRUE(next.read_to("}").ends_with(R"({"what":"looked up"})")) << "the thread came back";
}

}  // namespace keyhold::http
