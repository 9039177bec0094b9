// SPDX-License-Identifier: Apache-2.0
// Whole connections: whatever happens to one of them, the others are served.
#include "http/connection/connection.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <functional>
#include <latch>
#include <vector>

#include "failing_memory.hpp"
#include "http/routes/dispatcher.hpp"
#include "http/server.hpp"
#include "one_thread.hpp"

namespace keyhold::http {
namespace {

const std::string get_page = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string post_page =
    "POST /hash HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

class ConnectionTest : public testing::Test {
protected:
    ConnectionTest() {
        add(Method::get, "/page", On::io, [](const Request&, Response& response) { response.body = "a page"; });
        add(Method::get, "/long", On::io, [](const Request&, Response& response) { response.static_body = long_page; });
        add(Method::post, "/hash", On::hashing,
            [](const Request& request, Response& response) { response.body = request.body; });
        add(Method::get, "/int", On::io, [](const Request&, Response&) { throw 42; });
    }

    void add(Method method, std::string path, On on, std::function<void(const Request&, Response&)> handle) {
        Route route;
        route.operation.method = method;
        route.operation.path = std::move(path);
        route.on = on;
        route.handle = std::move(handle);
        routes.add(std::move(route));
    }

    static constexpr std::string_view long_page = "a page that lies in the program";
    Routes routes;
    Cors cors{{}};
    std::vector<std::string> broken;
    Dispatcher dispatcher{routes, cors, [this](std::string_view, std::string_view what) { broken.emplace_back(what); }};
    ServerOptions options;
};

TEST_F(ConnectionTest, answers_one_request_after_the_other) {
    OneThread one(options, dispatcher);
    const Descriptor client = one.connect();
    ASSERT_TRUE(sent(client, get_page + post_page + "GET /long HTTP/1.1\r\nHost: a\r\n\r\n"));
    one.turn();
    const std::string text = received(client);
    EXPECT_EQ(count(text, "HTTP/1.1 200 OK"), 3U) << text;
    EXPECT_NE(text.find("\r\n\r\nabc"), text.npos);
    EXPECT_TRUE(text.ends_with(long_page));
}

TEST_F(ConnectionTest, a_decoded_line_feed_in_a_redirect_is_no_line_feed) {
    add(Method::get, "/things/{id}", On::io, [](const Request&, Response&) {});
    OneThread one(options, dispatcher);
    const Descriptor client = one.connect();
    ASSERT_TRUE(sent(client, "GET /things/%0a/ HTTP/1.1\r\nHost: a\r\n\r\n" + get_page));
    one.turn();
    const std::string text = received(client);
    EXPECT_EQ(count(text, "Location: /things/%0a\r\n"), 1U) << text;
    EXPECT_EQ(count(text, "HTTP/1.1 200 OK"), 1U) << text;
}

TEST_F(ConnectionTest, whatever_a_handler_throws_is_answered_500_and_the_next_request_is_served) {
    OneThread one(options, dispatcher);
    const Descriptor client = one.connect();
    ASSERT_TRUE(sent(client, "GET /int HTTP/1.1\r\nHost: a\r\n\r\n" + get_page));
    one.turn();
    const std::string text = received(client);
    EXPECT_EQ(count(text, "HTTP/1.1 500 "), 1U) << text;
    EXPECT_EQ(count(text, "HTTP/1.1 200 OK"), 1U) << text;
    EXPECT_EQ(broken.size(), 1U);
}

// RFC 9112 §6.3: a 204 and a 304 end behind the empty line, so that whatever follows is the next answer.
TEST_F(ConnectionTest, an_answer_of_a_kind_that_has_no_body_is_sent_without_one) {
    for (const int status : {204, 205, 304}) {
        const auto at = std::to_string(status);
        add(Method::get, "/body" + at, On::io, [status](const Request&, Response& response) {
            response.status = status;
            response.body = "HTTP/1.1 200 OK\r\n\r\n";
        });
        add(Method::get, "/static" + at, On::io, [status](const Request&, Response& response) {
            response.status = status;
            response.static_body = long_page;
        });
        OneThread one(options, dispatcher);
        const Descriptor client = one.connect();
        ASSERT_TRUE(sent(client, "GET /body" + at + " HTTP/1.1\r\nHost: a\r\n\r\nGET /static" + at +
                                     " HTTP/1.1\r\nHost: a\r\n\r\n" + get_page));
        one.turn();
        const std::string text = received(client);
        EXPECT_EQ(count(text, "HTTP/1.1 " + at + " "), 2U) << text;
        EXPECT_EQ(count(text, "\r\n\r\nHTTP/1.1 "), 2U) << text;
        EXPECT_EQ(count(text, "HTTP/1.1 200 OK"), 1U) << text;
        EXPECT_EQ(count(text, long_page), 0U) << text;
        EXPECT_TRUE(text.ends_with("\r\n\r\na page")) << text;
    }
}

TEST_F(ConnectionTest, an_answer_that_cannot_be_logged_is_sent_all_the_same) {
    options.access_log = [](const Exchange&) { throw std::runtime_error("no space for the log"); };
    OneThread one(options, dispatcher);
    const Descriptor client = one.connect(), other = one.connect();
    ASSERT_TRUE(sent(client, get_page) && sent(other, post_page));
    one.turn();
    EXPECT_EQ(count(received(client), "HTTP/1.1 200 OK"), 1U);
    EXPECT_EQ(count(received(other), "HTTP/1.1 200 OK"), 1U);
    EXPECT_EQ(broken, (std::vector<std::string>{"no space for the log", "no space for the log"}));
}

// Each allocation of a conversation fails once, then each and all that follow it. Nothing may be lost but this
// connection: not the thread, nobody's place in a queue, no other's answer.
TEST_F(ConnectionTest, without_memory_a_connection_ends_and_the_next_one_is_served) {
    const std::string conversation = get_page + post_page + "GET /long HTTP/1.1\r\nHost: a\r\n\r\nGET /" +
                                     std::string(2000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n" +
                                     "POST /hash HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n";
    std::size_t failures = 0, errors = 0;
    for (const bool only_once : {true, false}) {
        for (std::size_t n = 0;; ++n) {
            OneThread one(options, dispatcher);  // a new one has no memory left from requests before
            const Descriptor client = one.connect();
            ASSERT_TRUE(sent(client, conversation));
            memory = {.fails_after = n, .only_once = only_once, .has_failed = false, .live = 0};
            one.turn();
            const bool failed = memory.has_failed;
            memory = {};
            bool ended = false;
            const std::string text = received(client, &ended);
            errors += count(text, "HTTP/1.1 500 ");
            EXPECT_TRUE(ended || !failed || text.find("Connection: close") == text.npos) << n;

            const Descriptor next = one.connect();
            ASSERT_TRUE(sent(next, get_page + post_page));
            one.turn();
            ASSERT_EQ(count(received(next), "HTTP/1.1 200 OK"), 2U) << "after allocation " << n;
            ASSERT_EQ(one.pools.hashing.counters().waiting, 0U) << "a place was lost after allocation " << n;
            if (!failed) break;
            ++failures;
        }
    }
    EXPECT_GT(failures, 20U);
    EXPECT_GT(errors, 0U) << "who had asked was told";
}

TEST_F(ConnectionTest, who_waits_for_a_thread_when_the_time_for_stopping_is_over_is_answered_503) {
    std::latch go_on(1);
    add(Method::post, "/wait", On::hashing, [&](const Request& request, Response& response) {
        go_on.wait();
        response.body = request.body;  // the request is still there, whoever has answered it meanwhile
    });
    OneThread one(options, dispatcher);
    const std::string wait = "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";
    const Descriptor running = one.connect(), waiting = one.connect(), unfinished = one.connect(), idle = one.connect();
    ASSERT_TRUE(sent(running, wait) && sent(waiting, wait + wait) && sent(unfinished, wait.substr(0, wait.size() - 2)));
    one.turn_alone();
    one.thread.draining = one.thread.stopping = true;
    auto& connections = one.thread.connections;
    for (auto at = connections.begin(); at != connections.end();) (at++)->cut();
    one.turn_alone();
    for (const Descriptor* client : {&running, &waiting, &unfinished}) {
        bool ended = false;
        const std::string text = received(*client, &ended);
        EXPECT_TRUE(text.starts_with("HTTP/1.1 503 ")) << text;
        EXPECT_EQ(count(text, "HTTP/1.1 "), 1U) << text;
        EXPECT_NE(text.find("\r\nConnection: close\r\n"), text.npos);
        EXPECT_NE(text.find("\r\nRetry-After: "), text.npos);
        EXPECT_TRUE(ended);
    }
    EXPECT_EQ(received(idle), "");
    go_on.count_down();
    one.turn();
    EXPECT_EQ(received(running), "");
    EXPECT_EQ(one.pools.hashing.counters().done, 2U);
}

TEST_F(ConnectionTest, an_unfinished_chunked_body_holds_what_it_says_and_not_how_it_was_framed) {
    OneThread one(options, dispatcher);
    const Descriptor client = one.connect();
    one.turn();
    const std::size_t body = 43'000;
    std::string chunks;
    for (std::size_t i = 0; i < body; ++i) chunks += "1\r\nx\r\n";
    const std::ptrdiff_t before = memory.live;
    ASSERT_TRUE(sent(client, "POST /hash HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    one.turn();
    for (std::string_view rest = chunks; !rest.empty();) {
        const std::string_view piece = rest.substr(0, 7'001);
        ASSERT_TRUE(sent(client, piece));
        rest.remove_prefix(piece.size());
        one.turn();
    }
    EXPECT_LT(memory.live - before, static_cast<std::ptrdiff_t>(body + 24 * 1024));
    ASSERT_TRUE(sent(client, "0\r\n\r\n"));
    one.turn();
    EXPECT_TRUE(received(client).ends_with("\r\n\r\n" + std::string(body, 'x')));
}

TEST_F(ConnectionTest, chunks_that_are_mostly_framing_are_refused_in_the_end) {
    OneThread one(options, dispatcher);
    const Descriptor client = one.connect();
    ASSERT_TRUE(sent(client, "POST /hash HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
    const std::string chunk = "1;" + std::string(1000, 'e') + "\r\nx\r\n";
    std::string answer;
    std::size_t taken = 0;
    for (; taken < 300 && answer.empty(); ++taken) {
        ASSERT_TRUE(sent(client, chunk));
        one.turn();
        answer = received(client);
    }
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << taken << " bytes in " << taken * chunk.size();
}

TEST_F(ConnectionTest, says_once_that_a_proxy_is_not_trusted) {
    std::vector<std::string> said;
    options.unknown_proxy = [&](std::string_view peer) { said.emplace_back(peer); };
    OneThread one(options, dispatcher);
    const std::string forwarded = "GET /page HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n";
    const Descriptor far = one.connect("203.0.113.9"), plain = one.connect("10.0.0.7"), near = one.connect("10.0.0.7"),
                     again = one.connect("127.0.0.1");
    ASSERT_TRUE(sent(far, forwarded) && sent(plain, get_page));
    one.turn();
    EXPECT_TRUE(said.empty()) << "a client may invent the field; one without it is no proxy";
    ASSERT_TRUE(sent(near, forwarded) && sent(again, forwarded));
    one.turn();
    EXPECT_EQ(said.size(), 1U);
}

class ServerTest : public ConnectionTest {
protected:
    // What a client gets that connects anew; empty if the server hangs up.
    std::string ask(std::uint16_t port, const std::string& request) const {
        const Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const timeval patience{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return "";
        if (!sent(client, request)) return "";
        std::string text;
        std::array<char, 4096> piece;
        for (ssize_t size = 0; (size = ::recv(client.get(), piece.data(), piece.size(), 0)) > 0;)
            text.append(piece.data(), static_cast<std::size_t>(size));
        return text;
    }
};

TEST_F(ServerTest, the_loop_goes_on_after_whatever_fails_between_connections) {
    const std::string closing = "GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    std::size_t next = 0;
    // Its thread is the loop's: from the end of this request on, one allocation fails there.
    add(Method::get, "/arm", On::io, [&](const Request&, Response&) {
        memory = {.fails_after = next, .only_once = true, .has_failed = false, .live = 0};
    });
    WorkerPools pools{.hashing{1, 4}, .storing{1, 4}, .looking_up{1, 16}};
    auto sockets = ListeningSocket::open({"127.0.0.1", 0, {}}, 1);
    ASSERT_TRUE(sockets);
    const std::uint16_t port = sockets->front()->address().port;
    Server server(options, dispatcher, pools);
    server.listen(*sockets);
    server.start();
    for (next = 0; next < 12; ++next) {
        ask(port, "GET /arm HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        for (std::size_t i = 0; i < next + 3; ++i) ask(port, closing);  // one of them meets the failure
        ASSERT_EQ(count(ask(port, closing), "HTTP/1.1 200 OK"), 1U) << next;
    }
}

}  // namespace
}  // namespace keyhold::http
