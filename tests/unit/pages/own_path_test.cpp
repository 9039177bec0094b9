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

TEST(ListedUrl, leads_to_pages_of_the_listed_origins) {
    const std::vector<std::string> listed{"https://app.example.com", "http://localhost:3000"};
    for (const char* url : {"https://app.example.com", "https://app.example.com/", "https://app.example.com?tab=1",
                            "https://app.example.com/notes/1?a=b%20c&d=e", "https://app.example.com//evil.example",
                            "http://localhost:3000/x"})
        EXPECT_EQ(listed_url(url, listed), url);
    EXPECT_EQ(origin_of_url("https://app.example.com/notes?x"), "https://app.example.com");
    EXPECT_EQ(origin_of_url("https://app.example.com?x"), "https://app.example.com");
    EXPECT_EQ(origin_of_url("http://localhost:3000"), "http://localhost:3000");
    EXPECT_EQ(origin_of_url("com.example.app:/cb"), "");
}

// What browsers read as another origin than the one that it looks like (WHATWG URL §4.4), and what is another one.
TEST(ListedUrl, leads_to_no_other_origin) {
    const std::vector<std::string> listed{"https://app.example.com", "http://localhost:3000"};
    const std::string_view hostile[] = {
        "https://app.example.com@evil.example",
        "https://app.example.com:@evil.example/",
        "https://app.example.com:443@evil.example/",
        "https://evil@app.example.com",
        "https://app.example.com.evil.example",
        "https://app.example.com-evil.example",
        "https://app.example.comevil.example/",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com\\.evil.example/",
        "https:\\\\app.example.com",
        "https://\tapp.example.com/",
        "https://app.example.com\t.evil.example/",
        "https://app.example.com\n@evil.example/",
        "https://app.example.com/\r\nSet-Cookie: a=b",
        "https://app.example.com/\t",
        " https://app.example.com/",
        "https://app.example.com.",
        "https://app.example.com./",
        "https://app.example.com:443/",
        "https://app.example.com:8443/",
        "http://app.example.com/",
        "//app.example.com/",
        "https:app.example.com",
        "https:///app.example.com/",
        "HTTPS://app.example.com/",
        "https://APP.example.com/",
        "https://app.example.com#@evil.example",
        "https://app.example.com%2eevil.example/",
        "https://app.example.com%40evil.example/",
        "https://app.example.com\xe3\x80\x82"
        "evil.example/",
        "https://sub.app.example.com/",
        "https://example.com/",
        "http://localhost:30001/",
        "http://localhost:3000@evil.example/",
        "http://localhost/",
        "https://localhost:3000/",
        "https://evil.example/?https://app.example.com/",
        "javascript:https://app.example.com/",
        "",
    };
    for (const std::string_view value : hostile) EXPECT_EQ(listed_url(value, listed), "") << value;
    EXPECT_EQ(listed_url("https://app.example.com/", {}), "") << "none is listed";
    EXPECT_EQ(listed_url("https://app.example.com/" + std::string(5000, 'a'), listed), "");
    EXPECT_EQ(listed_url(std::string("https://app.example.com/\0", 25), listed), "");
}

TEST(OwnPath, references_lead_from_a_page_to_another_one) {
    EXPECT_EQ(reference("/sign-in", "/account"), "./account");
    EXPECT_EQ(reference("/account/password", "/account"), "../account");
    EXPECT_EQ(reference("/a/b/c", "/"), "../../");
    EXPECT_EQ(reference("/", "/sign-in?x=y"), "./sign-in?x=y");
    EXPECT_EQ(reference("/sign-in", "https://app.example.com/x"), "https://app.example.com/x");
}

TEST(OwnPath, a_value_of_a_query_is_encoded) { EXPECT_EQ(encoded("/a?b=c&d=\"<ä"), "/a%3Fb%3Dc%26d%3D%22%3C%C3%A4"); }

}  // namespace keyhold::pages
