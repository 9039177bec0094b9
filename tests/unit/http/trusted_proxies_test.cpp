// SPDX-License-Identifier: Apache-2.0
#include "http/trusted_proxies.hpp"

#include <gtest/gtest.h>

namespace keyhold::http {

namespace {

TrustedProxies proxies(const std::vector<std::string>& texts) { return TrustedProxies::parse(texts).value(); }

std::string client(const TrustedProxies& trusted, std::string_view peer, const std::vector<Field>& fields) {
    Request request;
    request.fields = fields;
    return std::string(trusted.client_of(request, peer));
}

}  // namespace

TEST(TrustedProxies, are_nobody_unless_they_are_named) {
    EXPECT_FALSE(proxies({}).trust("127.0.0.1"));
    EXPECT_FALSE(proxies({}).trust(""));
    EXPECT_TRUE(proxies({"127.0.0.1"}).trust("127.0.0.1"));
    EXPECT_TRUE(proxies({"127.0.0.1"}).trust("::ffff:127.0.0.1"));
    EXPECT_FALSE(proxies({"127.0.0.1"}).trust("127.0.0.2"));
    EXPECT_FALSE(proxies({"127.0.0.1"}).trust(""));
    EXPECT_TRUE(proxies({"unix"}).trust(""));
    EXPECT_FALSE(proxies({"unix"}).trust("127.0.0.1"));
    EXPECT_TRUE(proxies({"unix", "::1"}).trust("unix:"));
}

TEST(TrustedProxies, are_refused_if_they_are_no_address) {
    for (const char* text : {"", "localhost", "10.0.0.1/8", "10.0.0.0/8 ", "*"}) {
        const auto refused = TrustedProxies::parse(std::vector<std::string>{text});
        ASSERT_FALSE(refused.ok()) << text;
        EXPECT_EQ(refused.error().errc(), errors::configuration);
    }
}

// RFC 7239 §8.1: what stands before the last trusted hop may be anybody's invention.
TEST(TrustedProxies, name_the_last_address_that_is_not_theirs) {
    const auto trusted = proxies({"10.0.0.0/8", "unix"});
    EXPECT_EQ(client(trusted, "10.0.0.1", {{"X-Forwarded-For", "203.0.113.9, 192.0.2.1, 10.0.0.2"}}), "192.0.2.1");
    EXPECT_EQ(client(trusted, "10.0.0.1", {{"x-forwarded-for", "203.0.113.9"}, {"X-FORWARDED-FOR", "192.0.2.1"}}),
              "192.0.2.1");
    EXPECT_EQ(client(trusted, "10.0.0.1", {{"X-Forwarded-For", "10.0.0.3,10.0.0.2"}}), "10.0.0.3");
    EXPECT_EQ(client(trusted, "", {{"X-Forwarded-For", "192.0.2.1"}}), "192.0.2.1") << "by a Unix socket";
    EXPECT_EQ(client(trusted, "10.0.0.1", {}), "10.0.0.1");
    EXPECT_EQ(client(trusted, "10.0.0.1", {{"Forwarded", "for=192.0.2.1"}}), "10.0.0.1");
}

TEST(TrustedProxies, stop_at_what_is_no_address) {
    const auto trusted = proxies({"10.0.0.0/8"});
    for (const char* item :
         {"unknown", "_hidden", "1.2.3", "[::1", "[]", "::1%lo", "a:b", "\"192.0.2.1\"", "192.0.2.1;x"}) {
        EXPECT_EQ(client(trusted, "10.0.0.1", {{"X-Forwarded-For", item}}), "10.0.0.1") << item;
        const std::string chain = std::string("192.0.2.1, ") + item + ", 10.0.0.2";
        EXPECT_EQ(client(trusted, "10.0.0.1", {{"X-Forwarded-For", chain}}), "10.0.0.2") << chain;
    }
}

TEST(TrustedProxies, may_write_ports_and_brackets) {
    const auto trusted = proxies({"10.0.0.0/8"});
    EXPECT_EQ(client(trusted, "10.0.0.1", {{"X-Forwarded-For", "192.0.2.1:4711"}}), "192.0.2.1");
    EXPECT_EQ(client(trusted, "10.0.0.1", {{"X-Forwarded-For", "[2001:db8::1]:4711"}}), "2001:db8::1");
    EXPECT_EQ(client(trusted, "10.0.0.1", {{"X-Forwarded-For", "[2001:db8::1]"}}), "2001:db8::1");
    EXPECT_EQ(client(trusted, "10.0.0.1", {{"X-Forwarded-For", "2001:db8::1"}}), "2001:db8::1");
}

}  // namespace keyhold::http
