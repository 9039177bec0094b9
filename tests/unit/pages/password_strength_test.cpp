// SPDX-License-Identifier: Apache-2.0
// What the script of a page is told of a password while it is typed.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

struct PasswordStrength : testing::Test {
    Server program;
    TestServer server{program, {{"password_min_score", "3"}}};
    Browser browser{server};
    TestReply ask(std::string_view fields) { return browser.post("/password-strength", std::string(fields)); }
};

TEST_F(PasswordStrength, is_what_the_form_will_say_in_the_language_of_the_page) {
    browser.get("/sign-up");
    const auto weak = ask("username=ann&password=password123");
    EXPECT_EQ(weak.status, 200);
    EXPECT_EQ(weak.field("Cache-Control"), "no-store");
    EXPECT_EQ(weak.body.find("password123"), std::string::npos);
    EXPECT_EQ(weak.member("is_good"), "false");
    const auto sent = browser.post("/sign-up", "username=ann&password=password123");
    EXPECT_EQ(sent.status, 422);
    EXPECT_NE(sent.body.find(weak.member("says")), std::string::npos) << weak.member("says");

    browser.language = "de";
    EXPECT_EQ(ask("username=ann&password=short").member("says"), "Ein Passwort hat mindestens 8 Zeichen");
    const auto good = ask("username=ann&password=correct+horse+battery+staple");
    EXPECT_EQ(good.member("is_good"), "true");
    EXPECT_EQ(good.member("says"), "Dieses Passwort ist schwer zu erraten.");
}

TEST_F(PasswordStrength, praises_nothing_where_it_does_not_know_the_name) {
    browser.get("/sign-up");
    EXPECT_EQ(ask("password=Quoxalith-Verbann").member("says"), "");
    EXPECT_EQ(ask("username=&token=khl_unknown&password=Quoxalith-Verbann").member("says"), "");
    EXPECT_NE(ask("username=quoxalith.verbann&password=Quoxalith-Verbann").member("says").find("username"),
              std::string::npos);
}

TEST_F(PasswordStrength, is_told_to_our_own_pages_alone) {
    browser.get("/sign-up");
    EXPECT_EQ(browser.post("/password-strength", "username=ann&password=password123", "cross-site").status, 403);
    browser.form_token = "of-another-page";
    EXPECT_EQ(ask("username=ann&password=password123").status, 403);
    EXPECT_EQ(browser.get("/password-strength?password=password123").status, 405) << "never in an address";
}

}  // namespace
}  // namespace keyhold::pages
