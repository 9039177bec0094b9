// SPDX-License-Identifier: Apache-2.0
// Request targets by RFC 9112 §3.2, hosts by RFC 3986 §3.2.2.
#include "http/request_target.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace keyhold::http {
namespace {

TEST(RequestTarget, in_origin_form_is_a_path_and_a_query) {
    const auto target = parse_target("GET", "/where?q=now?x");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/where");
    EXPECT_EQ(target->query, "q=now?x");
    EXPECT_EQ(target->authority, "");
}

TEST(RequestTarget, in_absolute_form_names_a_host_too) {
    const auto target = parse_target("GET", "HTTP://www.example.org:8080/pub?a");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/pub");
    EXPECT_EQ(target->query, "a");
    EXPECT_EQ(target->authority, "www.example.org:8080");
}

TEST(RequestTarget, without_a_path_means_the_root) {
    for (const char* text : {"http://a", "http://a?q"}) {
        const auto target = parse_target("GET", text);
        ASSERT_TRUE(target) << text;
        EXPECT_EQ(target->path, "/") << text;
    }
    EXPECT_EQ(parse_target("GET", "http://a?q")->query, "q");
}

TEST(RequestTarget, may_be_an_asterisk_for_options_alone) {
    EXPECT_TRUE(parse_target("OPTIONS", "*"));
    EXPECT_FALSE(parse_target("GET", "*"));
    EXPECT_FALSE(parse_target("OPTIONS", "**"));
}

TEST(RequestTarget, is_refused_where_readers_could_differ) {
    for (const char* text : {"", "a", "a:443", "/a#b", "/a b", "/a\tb", "/\xc3\xbc", "?a", "ftp://a/", "http:/a",
                             "http:///a", "http://?a", "http://u@a/", "http://a b/", "http://[::1/"})
        EXPECT_FALSE(parse_target("GET", text)) << text;
}

TEST(Host, is_a_name_or_an_address_with_or_without_a_port) {
    for (const char* text :
         {"", "a", "a.example", "127.0.0.1:8000", "[::1]", "[::1]:8000", "[v1.a:b]", "my_host", "a%20b", "a:"})
        EXPECT_TRUE(is_host(text)) << text;
}

TEST(Host, stands_without_its_port_and_its_brackets) {
    for (const auto& [host, name] : std::vector<std::pair<const char*, const char*>>{
             {"", ""}, {"a", "a"}, {"a.example:80", "a.example"}, {"a:", "a"}, {"[::1]", "::1"}, {"[::1]:8000", "::1"}})
        EXPECT_EQ(without_port(host), name) << host;
}

TEST(Host, is_nothing_else) {
    for (const char* text : {"a b", "a/b", "u@a", "a:b", "a:80:80", ":80", "[::1", "[]", "[::1]x", "[::1]x:80", "a%2",
                             "a%zz", "a\"b", "a, b", "a?b", "\xc3\xbc"})
        EXPECT_FALSE(is_host(text)) << text;
}

}  // namespace
}  // namespace keyhold::http
