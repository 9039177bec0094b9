// SPDX-License-Identifier: Apache-2.0
// Forms that come when the password was shown too long ago for them: what was typed is kept while it is asked for.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

struct LateForm : testing::Test {
    Server program;
    TestServer server{program};
    Browser browser{server};
    LateForm() {
        server.post("/register", R"({"username":"alice","password":"testpass"})");
        EXPECT_TRUE(program.users().grant("alice", "admin").ok());
        browser.sign_in("alice");
    }

    // The page was opened in time, and its form is sent six minutes later.
    TestReply send_late(std::string_view page, std::string_view form, const std::string& fields) {
        browser.get(page);
        server.advance(std::chrono::minutes(6));
        return browser.post(form, fields);
    }
    static bool holds(const TestReply& page, std::string_view text) { return page.body.find(text) != page.body.npos; }
};

TEST_F(LateForm, is_kept_while_the_password_is_asked_for_and_sent_on_with_it) {
    const std::string typed = "days=30&role=admin";
    const auto asked = send_late("/admin/users/new", "/admin/users/invite", typed);
    EXPECT_EQ(asked.status, 403);
    EXPECT_EQ(asked.field("Cache-Control"), "no-store");
    for (const char* field :
         {R"(name="days" value="30")", R"(name="role" value="admin")",
          R"(name="confirm_way" value="/admin/users/invite")", R"(name="confirm_password" type="password")",
          R"(autocomplete="username" dir="auto" readonly value="alice")", R"(href="../../admin/users/new")"})
        EXPECT_TRUE(holds(asked, field)) << field << "\n" << asked.body;
    const std::string kept = typed + "&confirm_way=%2Fadmin%2Fusers%2Finvite&confirm_username=alice&confirm_password=";
    const auto wrong = browser.post("/account/confirm", kept + "tEstpass");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_TRUE(holds(wrong, R"(name="days" value="30")"));
    EXPECT_FALSE(holds(wrong, "tEstpass"));
    const auto right = browser.post("/account/confirm", kept + "testpass");
    EXPECT_EQ(right.status, 307) << "the browser sends the form once more";
    EXPECT_EQ(right.field("Location"), "../admin/users/invite");
    const auto done = browser.post("/admin/users/invite", kept + "testpass");
    EXPECT_EQ(done.status, 200);
    EXPECT_TRUE(holds(done, "/invited?invitation=khi_"));
    EXPECT_FALSE(holds(done, "testpass"));
}

TEST_F(LateForm, that_is_refused_after_that_still_shows_what_was_typed) {
    browser.get("/admin/users/new");
    const auto refused = browser.post("/admin/users/invite", "days=30&role=admin&invited_email=nonsense");
    EXPECT_GE(refused.status, 400);
    EXPECT_TRUE(holds(refused, R"(max="365" value="30")"));
    EXPECT_TRUE(holds(refused, R"(<option value="admin" selected>)"));
}

TEST_F(LateForm, of_one_s_own_account_is_kept_as_well) {
    browser.get("/account");
    browser.post("/sign-out", "");
    browser.sign_up("bob");
    const auto asked = send_late("/account/close", "/account/close", "username=bob");
    EXPECT_TRUE(holds(asked, R"(name="username" value="bob")"));
    const std::string kept = "username=bob&confirm_way=%2Faccount%2Fclose&confirm_password=testpass";
    EXPECT_EQ(browser.post("/account/confirm", kept).field("Location"), "../account/close");
    EXPECT_EQ(browser.post("/account/close", kept).field("Location"), "../sign-out?done=closed");
}

TEST_F(LateForm, is_no_place_to_keep_a_password) {
    const auto asked = send_late("/admin/roles", "/admin/roles", "role=editor&password=s3cret-one&new_password=s3cret");
    EXPECT_TRUE(holds(asked, R"(name="role" value="editor")"));
    EXPECT_FALSE(holds(asked, "s3cret"));
}

TEST_F(LateForm, of_somebody_else_asks_for_no_password) {
    browser.get("/admin/keys");
    server.advance(std::chrono::minutes(6));
    const std::string ours = browser.form_token;
    browser.form_token = (ours.front() == 'x' ? "y" : "x") + ours.substr(1);
    const auto forged = browser.post("/admin/keys", "action=rotate");
    EXPECT_EQ(forged.status, 403);
    EXPECT_FALSE(holds(forged, "confirm_password"));
    browser.form_token = ours;
    EXPECT_FALSE(holds(browser.post("/admin/keys", "action=rotate", "cross-site"), "confirm_password"));
    EXPECT_TRUE(holds(browser.post("/admin/keys", "action=rotate"), "confirm_password"));
}

TEST_F(LateForm, leads_to_paths_of_ours_alone) {
    send_late("/admin/keys", "/admin/keys", "action=rotate");
    for (const char* way : {"//evil.example", "https:%2F%2Fevil.example", "/%5Cevil.example", ""})
        EXPECT_EQ(browser.post("/account/confirm", std::string("confirm_password=testpass&confirm_way=") + way)
                      .field("Location"),
                  "../account")
            << way;
}

TEST_F(LateForm, of_a_program_is_refused_as_ever) {
    browser.get("/admin/keys");
    server.advance(std::chrono::minutes(6));
    std::string cookie;
    for (const auto& [name, value] : browser.cookies) cookie += name + "=" + value + "; ";
    const auto refused = server.send(
        "POST", "/admin/keys", "action=rotate&form_token=" + browser.form_token,
        {{"Content-Type", "application/x-www-form-urlencoded"}, {"Cookie", cookie}, {"Sec-Fetch-Site", "same-origin"}});
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.member("code"), "password_needed");
}

}  // namespace
}  // namespace keyhold::pages
