// SPDX-License-Identifier: Apache-2.0
// Message syntax by RFC 9112. Each refusal is the good request with one thing changed.
#include "http/connection/request_parser.hpp"

#include "http/errors.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace keyhold::http {
namespace {

using State = RequestParser::State;

const std::string good = "POST /login?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";

std::string changed(std::string_view from, std::string_view to, std::string text = good) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

struct Read {
    Limits limits;
    RequestParser parser{limits};
    State state;
    explicit Read(const std::string& text, Limits the_limits = {}) : limits(the_limits), state(parser.feed(text)) {}
};

TEST(RequestParser, reads_method_path_query_fields_and_body) {
    const Read read(good);
    ASSERT_EQ(read.state, State::complete);
    EXPECT_EQ(read.parser.consumed(), good.size());
    const Request request = read.parser.request(good);
    EXPECT_EQ(request.method, Method::post);
    EXPECT_EQ(request.path, "/login");
    EXPECT_EQ(request.query, "x=1");
    EXPECT_EQ(request.find("host"), "a");
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(request.keep_alive);
}

TEST(RequestParser, says_the_same_whatever_pieces_the_bytes_arrive_in) {
    const std::string chunked =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nX-Trailer: "
        "1\r\n\r\n";
    for (const std::string& text : {good, chunked})
        for (std::size_t cut = 1; cut < text.size(); ++cut) {
            const Limits limits;
            RequestParser parser(limits);
            ASSERT_EQ(parser.feed(text.substr(0, cut)), State::need_more) << cut;
            const std::string whole = text;  // another copy, as after a reallocation
            ASSERT_EQ(parser.feed(whole), State::complete) << cut;
            EXPECT_EQ(parser.request(whole).body, "hello") << cut;
            EXPECT_EQ(parser.consumed(), whole.size());
            EXPECT_FALSE(parser.request(whole).find("X-Trailer"));
        }
}

TEST(RequestParser, reads_on_though_what_was_read_of_a_chunked_body_is_let_go) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX-Empty: \r\n\r\n";
    const std::string chunks = "3;ext=1\r\nhel\r\n1\r\nl\r\n1\r\no\r\n0\r\nX-Trailer: 1\r\n\r\n",
                      next = "GET / HTTP/1.1\r\n";
    for (std::size_t step = 1; step < chunks.size(); ++step) {
        const Limits limits;
        RequestParser parser(limits);
        std::string kept = head.substr(0, 20);
        ASSERT_EQ(parser.feed(kept), State::need_more);
        parser.let_go(kept);
        EXPECT_EQ(kept.size(), 20U) << "of a head nothing is let go";
        kept += head.substr(20);
        std::string_view rest = chunks;
        for (; rest.size() > step; rest.remove_prefix(step)) {
            kept += rest.substr(0, step);
            ASSERT_EQ(parser.feed(kept), State::need_more) << step;
            parser.let_go(kept);
            EXPECT_LE(kept.size(), head.size() + 20) << "at most a line that is unfinished";
        }
        kept.append(rest).append(next);
        ASSERT_EQ(parser.feed(kept), State::complete) << step;
        EXPECT_EQ(kept.substr(parser.consumed()), next) << step;
        const Request request = parser.request(kept);
        EXPECT_EQ(request.body, "hello") << step;
        EXPECT_EQ(request.find("Host"), "a");
        EXPECT_FALSE(request.find("X-Trailer"));
    }
}

TEST(RequestParser, refuses_framing_of_a_chunked_body_that_does_not_end) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const Limits limits;
    const auto repeated = [](std::string_view text, std::size_t bytes) {
        std::string all;
        while (all.size() < bytes) all += text;
        return all;
    };
    // What begins, what may go on without end, and what makes it a whole request.
    const std::array<std::array<std::string, 3>, 4> framings{{{"", "0", "\r\n\r\n"},
                                                              {"5;a=", "e", "\r\nhello\r\n0\r\n\r\n"},
                                                              {"0\r\nA: ", "b", "\r\n\r\n"},
                                                              {"0\r\n", "A: b\r\n", "\r\n"}}};
    for (const auto& [begin, more, end] : framings) {
        RequestParser patient(limits), parser(limits);
        std::string some = head + begin + repeated(more, limits.framing - 100);
        EXPECT_EQ(patient.feed(some), State::need_more) << begin;
        EXPECT_EQ(patient.feed(some += end), State::complete) << begin;
        EXPECT_EQ(parser.feed(head + begin + repeated(more, limits.framing + 100)), State::refused) << begin;
        EXPECT_EQ(parser.refusal(), errors::body_too_large);
    }
}

TEST(RequestParser, lets_nothing_go_of_a_body_with_a_length) {
    std::string text = good.substr(0, good.size() - 2);
    const Limits limits;
    RequestParser parser(limits);
    ASSERT_EQ(parser.feed(text), State::need_more);
    parser.let_go(text);
    text += "lo";
    ASSERT_EQ(parser.feed(text), State::complete);
    EXPECT_EQ(parser.request(text).body, "hello");
    EXPECT_EQ(parser.let_go_of(), 0U);
}

TEST(RequestParser, leaves_what_stands_behind_a_request_alone) {
    const std::string two = good + good;
    Read read(two);
    ASSERT_EQ(read.state, State::complete);
    EXPECT_EQ(read.parser.consumed(), good.size());
    const std::string rest = two.substr(read.parser.consumed());
    read.parser.restart();
    EXPECT_EQ(read.parser.feed(rest), State::complete);
}

TEST(RequestParser, takes_the_path_out_of_an_absolute_target) {
    const std::string text = changed("/login?x=1", "http://other.example/login?x=1");
    const Read read(text);
    ASSERT_EQ(read.state, State::complete);
    EXPECT_EQ(read.parser.request(text).path, "/login");
}

TEST(RequestParser, closes_by_default_in_http_1_0_and_keeps_alive_on_request) {
    const std::string plain = "GET / HTTP/1.0\r\n\r\n", asked = "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
    EXPECT_FALSE(Read(plain).parser.request(plain).keep_alive);
    EXPECT_TRUE(Read(asked).parser.request(asked).keep_alive);
    const std::string closing = changed("Host: a", "Host: a\r\nConnection: x, Close");
    EXPECT_FALSE(Read(closing).parser.request(closing).keep_alive);
}

struct Refused {
    const char* why;
    std::string text;
    Errc errc;
};

class RefusedRequest : public testing::TestWithParam<Refused> {};

TEST_P(RefusedRequest, is_refused) {
    const Read read(GetParam().text);
    ASSERT_EQ(read.state, State::refused) << GetParam().why;
    EXPECT_EQ(read.parser.refusal(), GetParam().errc) << GetParam().why;
}

INSTANTIATE_TEST_SUITE_P(
    RequestParser, RefusedRequest,
    testing::Values(
        Refused{"two readers would end it differently: both framings (§6.1)",
                changed("Content-Length: 5", "Content-Length: 5\r\nTransfer-Encoding: chunked"), errors::bad_request},
        Refused{"two lengths (§6.3)", changed("Content-Length: 5", "Content-Length: 5\r\nContent-Length: 6"),
                errors::bad_request},
        Refused{"one length twice", changed("Content-Length: 5", "Content-Length: 5\r\nContent-Length: 5"),
                errors::bad_request},
        Refused{"a list of lengths", changed("Length: 5", "Length: 5, 5"), errors::bad_request},
        Refused{"a signed length", changed("Length: 5", "Length: +5"), errors::bad_request},
        Refused{"a negative length", changed("Length: 5", "Length: -5"), errors::bad_request},
        Refused{"an empty length", changed("Length: 5", "Length: "), errors::bad_request},
        Refused{"a length beyond 64 bits", changed("Length: 5", "Length: 18446744073709551621"), errors::bad_request},
        Refused{"an unknown transfer coding (§6.1)", changed("Content-Length: 5", "Transfer-Encoding: gzip"),
                errors::not_implemented},
        Refused{"chunked not last", changed("Content-Length: 5", "Transfer-Encoding: chunked, gzip"),
                errors::not_implemented},
        Refused{"chunked twice",
                changed("Content-Length: 5", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
                errors::bad_request},
        Refused{"chunked in HTTP/1.0 (§6.1)",
                changed("HTTP/1.1", "HTTP/1.0", changed("Content-Length: 5", "Transfer-Encoding: chunked")),
                errors::bad_request},
        Refused{"a chunk size that is no number",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", errors::bad_request},
        Refused{"a field folded over two lines (§5.2)", changed("Host: a", "Host: a\r\n b"), errors::bad_request},
        Refused{"a value that begins on a line of its own", changed("Length: 5", "Length:\r\n 5"), errors::bad_request},
        Refused{"bytes beyond ASCII in the target (RFC 3986 §2)", changed("/login", "/\xc3\xbc"), errors::bad_request},
        Refused{"a space in the target", changed("/login", "/log in"), errors::bad_request},
        Refused{"a version in lower case (§2.3)", changed("HTTP/1.1", "http/1.1"), errors::bad_request},
        Refused{"white space before the colon (§5.1)", changed("Host: a", "Host : a"), errors::bad_request},
        Refused{"no Host in HTTP/1.1 (§3.2)", changed("Host: a\r\n", ""), errors::bad_request},
        Refused{"a line feed within a chunk extension's quotes (§7.1.1)",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"\n\"\r\nhello\r\n0\r\n\r\n",
                errors::bad_request},
        Refused{"a Host that is no host (§3.2)", changed("Host: a", "Host: a b"), errors::bad_request},
        Refused{"a fragment in the target (§3.2)", changed("?x=1", "#x"), errors::bad_request},
        Refused{"the asterisk with POST (§3.2.4)", changed("/login?x=1", "*"), errors::bad_request},
        Refused{"two Hosts (§3.2)", changed("Host: a", "Host: a\r\nHost: a"), errors::bad_request},
        Refused{"a bare LF in the request line (§2.2)", changed("HTTP/1.1\r\n", "HTTP/1.1\n"), errors::bad_request},
        Refused{"a NUL in a field", changed("Host: a", std::string("Host: a\0b", 9)), errors::bad_request},
        Refused{"a version of our own", changed("HTTP/1.1", "HTTP/1.2"), errors::version_not_supported},
        Refused{"HTTP/2 without its preface", changed("HTTP/1.1", "HTTP/2.0"), errors::version_not_supported},
        Refused{"an authority as the target of POST (§3.2.3)", changed("/login?x=1", "example:80"),
                errors::bad_request},
        Refused{"an expectation that nobody knows", changed("Host: a", "Host: a\r\nExpect: tea"),
                errors::expectation_failed},
        Refused{"a target over 8 KiB", changed("/login", "/" + std::string(8193, 'x')), errors::target_too_long},
        Refused{"a target over the whole head's limit", changed("/login", "/" + std::string(20000, 'x')),
                errors::target_too_long},
        Refused{"a head over 16 KiB", changed("Host: a", "Host: a\r\nX: " + std::string(16384, 'x')),
                errors::head_too_large},
        Refused{"a body over 64 KiB", changed("Length: 5", "Length: 65537"), errors::body_too_large}));

TEST(RequestParser, refuses_more_than_a_hundred_fields) {
    std::string fields;
    for (int i = 0; i < 97; ++i) fields += "X: 1\r\n";
    EXPECT_EQ(Read(changed("Host: a\r\n", "Host: a\r\n" + fields)).state, State::complete);
    const Read read(changed("Host: a\r\n", "Host: a\r\nX: 1\r\nX: 1\r\n" + fields));
    EXPECT_EQ(read.state, State::refused);
    EXPECT_EQ(read.parser.refusal(), errors::head_too_large);
}

TEST(RequestParser, tells_a_client_that_waits_for_a_100_continue) {
    const Read read(changed("Host: a", "Host: a\r\nExpect: 100-Continue").substr(0, good.size() + 20));
    ASSERT_EQ(read.state, State::need_more);
    EXPECT_TRUE(read.parser.head_complete());
    EXPECT_TRUE(read.parser.expects_continue());
}

}  // namespace
}  // namespace keyhold::http
