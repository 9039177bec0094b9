// SPDX-License-Identifier: Apache-2.0
// /account: what somebody sees and does about the own account.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

struct AccountPages : testing::Test {
    Server program;
    TestServer server{program};
    Browser browser{server};
    AccountPages() { browser.sign_up("alice"); }

    std::string access_token() { return browser.cookies["__Host-keyhold"]; }
    int status_of_token(const std::string& token) {
        return server.get("/me", {{"Authorization", "Bearer " + token}}).status;
    }
};

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST_F(AccountPages, strangers_are_sent_to_sign_in_and_come_back) {
    Browser stranger(server);
    for (const char* page :
         {"/account", "/account/password", "/account/sessions", "/account/events", "/account/close", "/account/data"}) {
        const auto reply = stranger.get(page);
        EXPECT_EQ(reply.status, 303) << page;
        const std::string_view up = std::string_view(page) == "/account" ? "./" : "../";
        EXPECT_EQ(reply.field("Location"), std::string(up) + "sign-in?return_to=" + page);
    }
    EXPECT_EQ(browser.get("/account").status, 200);
}

TEST_F(AccountPages, another_password_ends_the_other_sessions_and_keeps_this_one) {
    const std::string elsewhere =
        server.post("/login", R"({"username":"alice","password":"testpass"})").member("access_token");
    browser.get("/account/password");
    const auto wrong = browser.post("/account/password", "current_password=wrong&new_password=another-pass");
    EXPECT_EQ(wrong.status, 403);
    EXPECT_NE(wrong.body.find("The current password is not right"), std::string::npos);
    EXPECT_EQ(wrong.body.find("another-pass"), std::string::npos);
    const auto weak = browser.post("/account/password", "current_password=testpass&new_password=short");
    EXPECT_EQ(weak.status, 422);
    EXPECT_NE(weak.body.find("at least 8 characters"), std::string::npos);
    EXPECT_EQ(status_of_token(elsewhere), 200);
    const auto changed = browser.post("/account/password", "current_password=testpass&new_password=another-pass");
    EXPECT_EQ(changed.status, 303);
    EXPECT_EQ(changed.field("Location"), "../account?done=password");
    EXPECT_NE(browser.get("/account?done=password").body.find("Your password is changed"), std::string::npos);
    EXPECT_EQ(status_of_token(elsewhere), 401);
    EXPECT_EQ(server.post("/login", R"({"username":"alice","password":"another-pass"})").status, 200);
}

TEST_F(AccountPages, what_happened_stands_in_words_page_by_page) {
    server.send("POST", "/login", R"({"username":"alice","password":"wrong-pass"})",
                {{"User-Agent", "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"}});
    for (int i = 0; i < 21; ++i)
        server.send("POST", "/login", R"({"username":"alice","password":"testpass"})",
                    {{"User-Agent", "<img src=x onerror=alert(1)>"}});
    const auto page = browser.get("/account/events");
    EXPECT_EQ(count(page.body, "You signed in"), 20u);
    EXPECT_EQ(page.body.find("<img"), std::string::npos);
    const std::size_t at = page.body.find("account/events?cursor=");
    ASSERT_NE(at, std::string::npos);
    const std::string next = page.body.substr(at, page.body.find('"', at) - at);
    const auto older = browser.get("/" + next);
    EXPECT_EQ(count(older.body, "You signed in"), 2u);
    EXPECT_NE(older.body.find("A sign-in with a wrong password was refused"), std::string::npos);
    EXPECT_NE(older.body.find("Firefox on Android"), std::string::npos);
    EXPECT_NE(older.body.find("The account was made"), std::string::npos);
}

TEST_F(AccountPages, sessions_stand_in_words_and_one_of_them_is_this_one) {
    server.send("POST", "/login", R"({"username":"alice","password":"testpass"})",
                {{"User-Agent", "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"}});
    server.send("POST", "/login", R"({"username":"alice","password":"testpass"})",
                {{"User-Agent", "<img src=x onerror=alert(1)>"}});
    const auto page = browser.get("/account/sessions");
    EXPECT_NE(page.body.find("Firefox on Android"), std::string::npos);
    EXPECT_EQ(count(page.body, "this one"), 1u);
    EXPECT_EQ(page.body.find("<img"), std::string::npos);
    EXPECT_NE(page.body.find("&lt;img src=x onerror=alert(1)&gt;"), std::string::npos);
    EXPECT_EQ(count(page.body, R"(name="id")"), 2u) << "the two others can be ended alone";
}

// It is 2026-01-01T00:00:00Z; the script makes it the time of where the reader is.
TEST_F(AccountPages, times_can_be_read_without_a_script) {
    constexpr std::string_view moment = R"(<time datetime="2026-01-01T00:00:00Z">2026-01-01 00:00 UTC</time>)";
    EXPECT_EQ(count(browser.get("/account/sessions").body, moment), 2u) << "when it began, and was used";
    EXPECT_EQ(count(browser.get("/account/events").body, moment), 2u) << "made, and signed in";
    EXPECT_EQ(count(browser.get("/account").body,
                    R"(<time datetime="2026-01-01T00:00:00Z" data-part="date">2026-01-01</time>)"),
              1u);
}

TEST_F(AccountPages, what_is_not_there_leads_back_to_where_one_was) {
    const auto own = browser.get("/account/nope");
    EXPECT_EQ(own.status, 404);
    EXPECT_NE(own.body.find(R"(<a href="../account">My account</a>)"), std::string::npos);
    EXPECT_NE(browser.get("/admin/nope").body.find(R"(<a href="../admin">Administration</a>)"), std::string::npos);
    EXPECT_EQ(browser.get("/nope").body.find("Administration"), std::string::npos);
    const auto forbidden = browser.get("/admin/users");
    EXPECT_EQ(forbidden.status, 403);
    EXPECT_EQ(forbidden.body.find("Administration</a>"), std::string::npos) << "it would be refused again";
}

TEST_F(AccountPages, one_session_ends_and_then_all_others) {
    server.advance(std::chrono::seconds(1));
    const std::string first =
        server.post("/login", R"({"username":"alice","password":"testpass"})").member("access_token");
    server.advance(std::chrono::seconds(1));  // the list is in the order in which they began
    const std::string second =
        server.post("/login", R"({"username":"alice","password":"testpass"})").member("access_token");
    const auto page = browser.get("/account/sessions");
    constexpr std::string_view before = R"(name="id" value=")";
    const std::string newest = page.body.substr(page.body.find(before) + before.size(), 36);
    EXPECT_EQ(browser.post("/account/sessions", "id=" + newest).field("Location"), "../account/sessions?done=one");
    EXPECT_EQ(status_of_token(second), 401);
    EXPECT_EQ(status_of_token(first), 200);
    EXPECT_EQ(browser.post("/account/sessions", "").field("Location"), "../account/sessions?done=others");
    EXPECT_EQ(status_of_token(first), 401);
    EXPECT_EQ(status_of_token(access_token()), 200);
}

TEST_F(AccountPages, nobody_ends_a_session_of_somebody_else) {
    Browser other(server);
    other.sign_up("bob");
    const auto page = server.get("/sessions", {{"Authorization", "Bearer " + access_token()}});
    const std::string id = page.body.substr(page.body.find(R"("id":")") + 6, 36);
    other.get("/account/sessions");
    EXPECT_EQ(other.post("/account/sessions", "id=" + id).status, 303);
    EXPECT_EQ(status_of_token(access_token()), 200);
}

TEST_F(AccountPages, what_is_dangerous_asks_for_the_password_after_five_minutes) {
    EXPECT_EQ(browser.get("/account/close").status, 200);
    EXPECT_EQ(browser.get("/account/data").status, 200);
    server.advance(std::chrono::minutes(5) + std::chrono::seconds(1));
    for (const char* page : {"/account/close", "/account/data"})
        EXPECT_EQ(browser.get(page).field("Location"), std::string("../sign-in?again=1&return_to=") + page);
    browser.get("/account");
    EXPECT_EQ(browser.post("/account/close", "username=alice").status, 403);
    EXPECT_EQ(status_of_token(access_token()), 200) << "nothing was done";
    browser.get("/sign-in?again=1&return_to=/account/close");
    const auto again = browser.post("/sign-in", "username=alice&password=testpass&return_to=/account/close");
    EXPECT_EQ(again.field("Location"), "./account/close");
    EXPECT_EQ(browser.get("/account/close").status, 200);
}

TEST_F(AccountPages, my_data_is_a_file_that_nobody_keeps) {
    const auto file = browser.get("/account/data");
    EXPECT_EQ(file.status, 200);
    EXPECT_NE(file.body.find(R"("username":"alice")"), std::string::npos);
    EXPECT_NE(file.body.find(R"("sessions":[{"id":)"), std::string::npos);
    EXPECT_EQ(file.field("Cache-Control"), "no-store");
    EXPECT_TRUE(file.field("Content-Disposition").value_or("").starts_with("attachment"));
    EXPECT_EQ(file.body.find("hash"), std::string::npos);
}

TEST_F(AccountPages, closing_wants_the_name_and_ends_everything_until_somebody_signs_in) {
    EXPECT_NE(browser.get("/account/close").body.find("For 7 days you have it back"), std::string::npos);
    const auto other = browser.post("/account/close", "username=alicia");
    EXPECT_EQ(other.status, 422);
    EXPECT_NE(other.body.find(R"(value="alicia")"), std::string::npos);
    EXPECT_EQ(server.post("/login", R"({"username":"alice","password":"testpass"})").status, 200);
    const std::string token = access_token();
    const auto closed = browser.post("/account/close", "username=alice");
    EXPECT_EQ(closed.field("Location"), "../sign-out?done=closed");
    EXPECT_EQ(status_of_token(token), 401);
    const auto over = browser.get("/sign-out?done=closed");
    EXPECT_NE(over.body.find("Your account is closed"), std::string::npos);
    EXPECT_NE(over.body.find(R"(href="./sign-in")"), std::string::npos) << "by which one has it back";
    EXPECT_EQ(server.post("/login", R"({"username":"alice","password":"wrong-pass"})").status, 401);
    browser.get("/sign-in");
    const auto back = browser.post("/sign-in", "username=alice&password=testpass");
    EXPECT_EQ(back.field("Location"), "./account?done=came_back");
    EXPECT_NE(browser.get("/account?done=came_back").body.find("Your account is open again"), std::string::npos);
    const auto events = browser.get("/account/events");
    EXPECT_NE(events.body.find("The account was closed"), std::string::npos);
    EXPECT_NE(events.body.find("The account was opened again"), std::string::npos);
    EXPECT_EQ(status_of_token(token), 401) << "what has ended stays so";
    EXPECT_EQ(status_of_token(access_token()), 200);
}

TEST_F(AccountPages, nobody_comes_back_after_seven_days) {
    browser.get("/account/close");
    browser.post("/account/close", "username=alice");
    server.advance(std::chrono::hours(7 * 24) - std::chrono::seconds(1));
    EXPECT_EQ(server.post("/login", R"({"username":"alice","password":"wrong-pass"})").status, 401);
    server.advance(std::chrono::seconds(1));
    EXPECT_EQ(server.post("/login", R"({"username":"alice","password":"testpass"})").status, 401);
}

TEST_F(AccountPages, each_form_wants_its_token_and_a_page_of_ours) {
    for (const char* page : {"/account/password", "/account/sessions", "/account/close", "/sign-out"}) {
        browser.get("/account");
        const std::string good = browser.form_token;
        browser.form_token = "x";
        EXPECT_EQ(browser.post(page, "username=alice").status, 403) << page;
        browser.form_token = good;
        EXPECT_EQ(browser.post(page, "username=alice", "same-site").status, 403) << page;
    }
    EXPECT_EQ(status_of_token(access_token()), 200);
}

TEST_F(AccountPages, whose_access_cookie_has_run_out_is_sent_around_once) {
    server.advance(std::chrono::minutes(31));
    browser.cookies.erase("__Host-keyhold");
    const auto around = browser.get("/account/sessions?done=one");
    EXPECT_EQ(around.field("Location"), "../account/renew?return_to=/account/sessions%3Fdone%3Done");
    EXPECT_EQ(browser.get("/account/renew?return_to=/account/sessions%3Fdone%3Done").field("Location"),
              "../account/sessions?done=one");
    EXPECT_EQ(browser.get("/account/sessions").status, 200);
}

TEST(WellKnown, programs_find_what_they_look_for) {
    Server program;
    TestServer server(program);
    EXPECT_EQ(server.get("/.well-known/change-password").field("Location"), "../account/password");
    EXPECT_EQ(server.get("/robots.txt").body, "User-agent: *\nDisallow: /\n");
    EXPECT_EQ(server.get("/.well-known/security.txt").status, 404) << "nobody has said whom to tell";
}

}  // namespace
}  // namespace keyhold::pages
