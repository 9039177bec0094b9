// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/redirect_uri.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace keyhold::domain {
namespace {

constexpr std::string_view registered =
    "https://app.example.com/cb http://127.0.0.1/cb http://[::1]:8080/cb "
    "http://localhost:3000/cb com.example.app:/cb https://app.example.com/q?x=1";

// RFC 9700 §4.1.1, RFC 8252 §8.3 and what was found in servers: each is a registered one with one thing changed.
constexpr std::string_view hostile[]{
    "https://app.example.com/cb/",                      // suffix
    "https://app.example.com/cb/../evil",               //
    "https://app.example.com/cb%2f..%2fevil",           //
    "https://app.example.com/./cb",                     //
    "https://app.example.com/cb?next=https://evil.tv",  // a query that was not registered
    "https://app.example.com/cb#",                      // fragment
    "https://app.example.com/cb#@evil.tv",              //
    "https://app.example.com.evil.tv/cb",               // suffix of the host
    "https://evil.tv/app.example.com/cb",               //
    "https://app.example.com@evil.tv/cb",               // userinfo
    "https://app.example.com:443@evil.tv/cb",           //
    "https://evil.tv\\@app.example.com/cb",             // browsers read '\' as '/'
    "https://app.example.com\\.evil.tv/cb",             //
    "https://app.example.com:8443/cb",                  // port
    "http://app.example.com/cb",                        // scheme
    "HTTPS://app.example.com/cb",                       // case
    "https://APP.example.com/cb",                       //
    "https://app.example.com/CB",                       //
    "https://xn--pp-via.example.com/cb",                // IDN
    "http://localhost:3001/cb",                         // localhost is a name, and its port is not free
    "http://127.0.0.1:80@evil.tv/cb",                   //
    "http://127.0.0.1.evil.tv/cb",                      //
    "http://127.0.0.1:99999/cb",                        // no port
    "com.example.app.evil:/cb",                         // another app's scheme
    "http://2130706433/cb",                             // 127.0.0.1 as a number
    "javascript:alert(1)//https://app.example.com/cb",  //
    " https://app.example.com/cb",                      //
    "https://app.example.com/cb ",                      //
    "https://app.example.com/cb\r\nX: y",               //
    "https://app.example.com/cb http://127.0.0.1/cb",   // two at once
    "",
};

TEST(RedirectUri, is_compared_letter_by_letter) {
    for (const std::string_view good : {"https://app.example.com/cb", "http://localhost:3000/cb", "com.example.app:/cb",
                                        "https://app.example.com/q?x=1"})
        EXPECT_TRUE(is_registered_redirect_uri(registered, good)) << good;
    for (const std::string_view bad : hostile) EXPECT_FALSE(is_registered_redirect_uri(registered, bad)) << bad;
}

TEST(RedirectUri, of_a_loopback_address_has_any_port) {
    for (const std::string_view good : {"http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb",
                                        "http://[::1]/cb", "http://[::1]:54321/cb"})
        EXPECT_TRUE(is_registered_redirect_uri(registered, good)) << good;
    for (const std::string_view bad : {"https://127.0.0.1:1/cb", "http://127.0.0.1:1/other", "http://127.0.0.1:1/cb?x",
                                       "http://127.0.0.2:1/cb", "http://[::2]:1/cb", "http://127.0.0.1:/cb"})
        EXPECT_FALSE(is_registered_redirect_uri(registered, bad)) << bad;
}

TEST(RedirectUri, can_be_registered_for_https_this_machine_and_apps) {
    for (const std::string_view good :
         {"https://app.example.com/cb", "https://app.example.com:8443/cb?x=%2F", "http://127.0.0.1/cb",
          "http://[::1]:1/cb", "http://localhost/", "com.example.app:/oauth/cb", "com.example.app://cb"})
        EXPECT_TRUE(check_redirect_uri(good).ok()) << good;
}

class Unregistrable : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

TEST_P(Unregistrable, is_refused_with_its_reason) {
    const auto& [uri, why] = GetParam();
    const auto checked = check_redirect_uri(uri);
    ASSERT_FALSE(checked) << uri;
    EXPECT_NE(checked.error().detail().find(why), std::string_view::npos) << uri << ": " << checked.error().detail();
}

INSTANTIATE_TEST_SUITE_P(
    RedirectUri, Unregistrable,
    testing::Values(std::tuple("http://app.example.com/cb", "use https"), std::tuple("https://a.tv/cb#x", "fragment"),
                    std::tuple("https://a.tv/*", "letter by letter"), std::tuple("https://*.a.tv/", "letter by letter"),
                    std::tuple("https://me:pw@a.tv/", "'@'"), std::tuple("https://a.tv/a/../b", "segments"),
                    std::tuple("https://a.tv/%2E%2e/b", "segments"), std::tuple("https://a.tv/%zz", "hex"),
                    std::tuple("/cb", "absolute"), std::tuple("app.example.com/cb", "absolute"),
                    std::tuple("https:///cb", "no host"), std::tuple("https:cb", "no host"),
                    std::tuple("https://a.tv:x/", "no host"), std::tuple("javascript:alert(1)", "turned round"),
                    std::tuple("data:text/html,x", "turned round"), std::tuple("myapp:/cb", "turned round"),
                    std::tuple("https://a.tv/a b", "white space"), std::tuple("https://a.tv\\b", "white space"),
                    std::tuple("https://a.tv/\xc3\xa9", "white space")));

TEST(RedirectUri, that_is_very_long_is_refused) {
    const std::string good = "https://a.tv/" + std::string(1011, 'x');
    EXPECT_TRUE(check_redirect_uri(good).ok());
    EXPECT_FALSE(check_redirect_uri(good + "x").ok());
}

}  // namespace
}  // namespace keyhold::domain
