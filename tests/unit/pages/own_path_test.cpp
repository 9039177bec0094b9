// SPDX-License-Identifier: Apache-2.0
// Open redirects: what a form may lead on to.
#include "pages/own_path.hpp"

#include <gtest/gtest.h>

namespace keyhold::pages {

TEST(OwnPath, paths_of_ours_are_kept_as_they_are) {
    for (const char* path :
         {"/", "/account", "/account/password", "/account?tab=1", "/a/", "/a%20b", "/sessions/018f-x",
          "/oauth/authorize?response_type=code&client_id=x&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=a%2Fb"})
        EXPECT_EQ(own_path(path), path);
}

// What has led browsers, proxies and frameworks elsewhere: OWASP's cheat sheet on unvalidated redirects, PortSwigger's
// list for open redirects, and the URL standard's own rules for slashes, tabs and dots.
TEST(OwnPath, nothing_leads_to_another_host) {
    const std::string_view hostile[] = {
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "\t//evil.example",
        " //evil.example",
        "https://evil.example",
        "https:evil.example",
        "http:/\\evil.example",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "evil.example",
        "@evil.example",
        ".evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/%2F/evil.example",
        "/%2f%2fevil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "/%2e%2e//evil.example",
        "/a/..//evil.example",
        "/account\r\nSet-Cookie: a=b",
        "/account%0d%0aSet-Cookie:%20a=b",
        "/\xe3\x80\x82"
        "evil.example",
        "/account#@evil.example",
        "/%",
        "/%zz",
        "",
    };
    static_assert(std::size(hostile) >= 24);
    for (const std::string_view value : hostile) EXPECT_EQ(own_path(value), "") << value;
    EXPECT_EQ(own_path(std::string("/a\0b", 4)), "");
    EXPECT_EQ(own_path("/" + std::string(5000, 'a')), "") << "longer than any of ours";
}

TEST(OwnPath, references_lead_from_a_page_to_another_one) {
    EXPECT_EQ(reference("/sign-in", "/account"), "./account");
    EXPECT_EQ(reference("/account/password", "/account"), "../account");
    EXPECT_EQ(reference("/a/b/c", "/"), "../../");
    EXPECT_EQ(reference("/", "/sign-in?x=y"), "./sign-in?x=y");
}

TEST(OwnPath, a_value_of_a_query_is_encoded) { EXPECT_EQ(encoded("/a?b=c&d=\"<ä"), "/a%3Fb%3Dc%26d%3D%22%3C%C3%A4"); }

}  // namespace keyhold::pages
