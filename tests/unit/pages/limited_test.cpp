// SPDX-License-Identifier: Apache-2.0
// What somebody may do whose token or session was made for some scopes alone, and whose browser stands unlocked.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

constexpr const char* access_cookie = "__Host-keyhold";

struct LimitedVisitor : testing::Test {
    Server program;
    TestServer server{program};
    Browser browser{server};
    LimitedVisitor() {
        server.post("/register", R"({"username":"alice","password":"testpass"})");
        EXPECT_TRUE(program.users().grant("alice", "admin").ok());
    }

    // As a tool has it: the owner's session, refreshed for less.
    std::string token_for(std::string_view scope) {
        const auto login = server.post("/login", R"({"username":"alice","password":"testpass"})");
        const auto less = server.post("/refresh", R"({"refresh_token":")" + login.member("refresh_token") +
                                                      R"(","scope":")" + std::string(scope) + R"("})");
        EXPECT_EQ(less.status, 200) << less.body;
        return less.member("access_token");
    }
    TestReply add_role(std::string_view name) {
        return server.send(
            "POST", "/admin/api/roles", R"({"role":")" + std::string(name) + R"(","scopes":[]})",
            {{"Cookie", access_cookie + ("=" + browser.cookies[access_cookie])}, {"Sec-Fetch-Site", "same-origin"}});
    }
};

TEST_F(LimitedVisitor, opens_no_page_for_administrators_with_a_token_in_the_cookie) {
    browser.cookies[access_cookie] = token_for("notes:read");
    for (const char* page : {"/admin", "/admin/users", "/admin/settings", "/admin/roles"})
        EXPECT_EQ(browser.get(page).status, 403) << page;
    EXPECT_EQ(browser.get("/account").status, 200) << "the account is theirs";
    browser.cookies[access_cookie] = token_for("keyhold:admin");
    EXPECT_EQ(browser.get("/admin/users").status, 200);
}

TEST_F(LimitedVisitor, changes_nothing_below_admin_with_a_cookie_once_the_password_was_shown_long_ago) {
    browser.sign_in("alice");
    EXPECT_LT(add_role("first").status, 300);
    server.advance(std::chrono::minutes(6));
    const auto late = add_role("second");
    EXPECT_EQ(late.status, 403);
    EXPECT_EQ(late.member("code"), "password_needed");
    const std::string bearer = "Bearer " + browser.cookies[access_cookie];
    EXPECT_LT(server.post("/admin/api/roles", R"({"role":"third","scopes":[]})", {{"Authorization", bearer}}).status,
              300)
        << "whoever has the token is no page of ours";
}

// It holds every password hash: a browser that stands unlocked does not give it away, nor does a link on another site.
TEST_F(LimitedVisitor, takes_no_backup_with_a_cookie_once_the_password_was_shown_long_ago) {
    const auto take = [&](std::string_view path, std::string_view site) {
        return server.send("GET", path, "",
                           {{"Cookie", access_cookie + ("=" + browser.cookies[access_cookie])},
                            {"Sec-Fetch-Site", std::string(site)}});
    };
    browser.sign_in("alice");
    const std::string path = "/admin/api/backups/keyhold-2026-01-01T000000Z.db";
    EXPECT_EQ(take(path, "same-origin").status, 404) << "there is none of this name";
    EXPECT_EQ(take(path, "none").status, 404);
    for (const std::string& elsewhere : {path, std::string("/admin/backups/keyhold-2026-01-01T000000Z.db")})
        EXPECT_EQ(take(elsewhere, "cross-site").status, 403) << elsewhere;
    EXPECT_EQ(take(path, "cross-site").member("code"), "cross_site_request");
    server.advance(std::chrono::minutes(6));
    EXPECT_EQ(take(path, "same-origin").member("code"), "password_needed");
    EXPECT_EQ(take("/admin/api/backups", "same-origin").status, 200) << "to look at the list is no danger";
    const std::string bearer = "Bearer " + browser.cookies[access_cookie];
    EXPECT_EQ(server.send("GET", path, "", {{"Authorization", bearer}}).status, 404);
}

}  // namespace
}  // namespace keyhold::pages
