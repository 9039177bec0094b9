// SPDX-License-Identifier: Apache-2.0
#include "net/url.hpp"

#include <gtest/gtest.h>

#include "net/https_client.hpp"

namespace keyhold::net {
namespace {

std::string refusal_of(std::string_view text, PlainHttp plain_http = PlainHttp::on_this_machine) {
    const auto url = parse_url(text, plain_http);
    return url ? "" : std::string(url.error().detail());
}

TEST(Url, is_taken_apart) {
    const auto url = parse_url("https://id.example:8443/realms/a", PlainHttp::on_this_machine);
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "https");
    EXPECT_EQ(url->host, "id.example");
    EXPECT_EQ(url->origin, "https://id.example:8443");
    EXPECT_EQ(url->path, "/realms/a");
    EXPECT_EQ(parse_url("https://id.example", PlainHttp::on_this_machine)->path, "/");
    EXPECT_EQ(parse_url("http://[::1]:80/x", PlainHttp::on_this_machine)->origin, "http://[::1]:80");
}

TEST(Url, plain_http_is_for_this_machine_alone_unless_said_otherwise) {
    for (const std::string_view ours :
         {"http://127.0.0.1:8000", "http://127.9.9.9/", "http://localhost", "http://[::1]"})
        EXPECT_EQ(refusal_of(ours), "") << ours;
    for (const std::string_view other : {"http://id.example", "http://10.0.0.1", "http://localhost.example",
                                         "http://127.0.0.1.example", "http://[::2]"}) {
        EXPECT_NE(refusal_of(other), "") << other;
        EXPECT_EQ(refusal_of(other, PlainHttp::anywhere), "") << other;
    }
}

TEST(Url, what_is_no_address_of_an_issuer_is_refused) {
    for (const std::string_view text :
         {"", "id.example", "file:///etc/passwd", "ftp://id.example", "gopher://x", "https://", "https:///x",
          "javascript:1", "https://user@id.example", "https://user:pass@id.example", "https://id.example/?a=1",
          "https://id.example/#a", "https://id.example/a b", "https://id.example/\r\nHost: x",
          "https://id.example/\xC3\xA9", "https://id.example:99999"})
        EXPECT_NE(refusal_of(text, PlainHttp::anywhere), "") << text;
    EXPECT_NE(refusal_of("https://id.example/" + std::string(2048, 'a'), PlainHttp::anywhere), "");
}

TEST(Url, a_query_is_there_where_it_may_be) {
    const auto url = parse_url("https://rp.example/cb?logout=backchannel", PlainHttp::anywhere, UrlQuery::allowed);
    ASSERT_TRUE(url);
    EXPECT_EQ(url->text, "https://rp.example/cb?logout=backchannel");
    EXPECT_EQ(url->path, "/cb");
    EXPECT_FALSE(parse_url("https://rp.example/cb?x#y", PlainHttp::anywhere, UrlQuery::allowed));
}

// https://url.spec.whatwg.org/#application/x-www-form-urlencoded
TEST(Url, values_of_a_form_are_encoded) {
    EXPECT_EQ(form_encoded("a-b.c_d*e"), "a-b.c_d*e");
    EXPECT_EQ(form_encoded("a b&c=d+e:%\xC3\xA9~"), "a+b%26c%3Dd%2Be%3A%25%C3%A9%7E");
}

}  // namespace
}  // namespace keyhold::net
