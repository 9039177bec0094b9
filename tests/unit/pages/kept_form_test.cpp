// SPDX-License-Identifier: Apache-2.0
// Forms whose session has ended: what was typed is kept while its sender signs in again, and is sent for nobody else.
#include <gtest/gtest.h>

#include <utility>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

struct EndedSession : testing::Test {
    Server program;
    TestServer server{program};
    Browser browser{server};
    EndedSession() {
        for (const char* name : {"alice", "bob"})
            server.post("/register", R"({"password":"testpass","username":")" + std::string(name) + "\"}");
        EXPECT_TRUE(program.users().grant("alice", "admin").ok());
        EXPECT_TRUE(program.users().grant("bob", "admin").ok());
        browser.sign_in("alice");
    }

    std::string bearer() { return "Bearer " + browser.cookies["__Host-keyhold"]; }
    // From elsewhere: the browser keeps its cookies.
    void end_session() { server.post("/logout", "", {{"Authorization", bearer()}}); }
    // The page was opened in the session, and its form is sent when that has ended.
    TestReply send_after_end(std::string_view page, std::string_view form, const std::string& fields) {
        browser.get(page);
        end_session();
        return browser.post(form, fields);
    }
    TestReply send_invitation() {
        return send_after_end("/admin/users/new", "/admin/users/invite", "days=30&role=admin");
    }
    static bool holds(const TestReply& page, std::string_view text) { return page.body.find(text) != page.body.npos; }
    // The hidden fields of the sign-in page, as a browser sends them.
    static std::string hidden_fields(const TestReply& page) {
        std::string fields;
        constexpr std::string_view before = R"(type="hidden" name=")", between = R"(" value=")";
        for (std::size_t at = page.body.find(before); at != page.body.npos; at = page.body.find(before, at + 1)) {
            const std::size_t name = at + before.size(), name_end = page.body.find('"', name),
                              value = name_end + between.size();
            if (const std::string field = page.body.substr(name, name_end - name); field != "form_token")
                fields += "&" + field + "=" + page.body.substr(value, page.body.find('"', value) - value);
        }
        return fields;
    }
    TestReply sign_in_with(std::string_view name, std::string_view password, const std::string& kept) {
        return browser.post("/sign-in", "username=" + std::string(name) + "&password=" + std::string(password) + kept);
    }
};

TEST_F(EndedSession, keeps_a_form_until_its_sender_is_signed_in_again) {
    const auto asked = send_invitation();
    EXPECT_EQ(asked.status, 403);
    EXPECT_EQ(asked.field("Cache-Control"), "no-store");
    EXPECT_FALSE(asked.field("WWW-Authenticate"));
    for (const char* field : {R"(name="kept.days" value="30")", R"(name="kept.role" value="admin")",
                              R"(name="kept_way" value="/admin/users/invite")", R"(name="password" type="password")",
                              R"(name="return_to" value="/admin/users/new")", "Your session has ended"})
        EXPECT_TRUE(holds(asked, field)) << field << "\n" << asked.body;
    EXPECT_FALSE(holds(asked, "alice")) << "a browser whose session was ended is told no name";
    const auto wrong = sign_in_with("alice", "tEstpass", hidden_fields(asked));
    EXPECT_EQ(wrong.status, 422);
    EXPECT_TRUE(holds(wrong, R"(name="kept.days" value="30")"));
    EXPECT_FALSE(holds(wrong, "tEstpass"));
    const std::string before = browser.form_token;
    const auto right = sign_in_with("alice", "testpass", hidden_fields(wrong));
    EXPECT_EQ(right.status, 200);
    EXPECT_EQ(right.field("Cache-Control"), "no-store");
    for (const char* part : {R"(action="./admin/users/invite" data-sends)", R"(name="days" value="30")",
                             R"(name="role" value="admin")", R"(href="./admin/users/new")", ">alice</a>"})
        EXPECT_TRUE(holds(right, part)) << part << "\n" << right.body;
    EXPECT_FALSE(holds(right, "testpass"));
    EXPECT_NE(browser.form_token, before) << "the token of the new session";
    const auto done = browser.post("/admin/users/invite", "days=30&role=admin");
    EXPECT_EQ(done.status, 200);
    EXPECT_TRUE(holds(done, "/invited?invitation=khi_"));
}

TEST_F(EndedSession, sends_nothing_for_anybody_else) {
    const auto asked = send_invitation();
    const auto sent = sign_in_with("bob", "testpass", hidden_fields(asked));
    EXPECT_EQ(sent.status, 303);
    EXPECT_EQ(sent.field("Location"), "./admin/users/new") << "the page of the form, as it is for anybody";
    EXPECT_EQ(browser.get("/admin/users/new").status, 200);
}

TEST_F(EndedSession, sends_a_form_nowhere_else) {
    const std::string kept = hidden_fields(send_invitation()), way = "/admin/users/invite";
    for (const char* other : {"/admin/keys", "/account/close", "//evil.example", "https://evil.example/admin/", ""}) {
        std::string changed = kept;
        changed.replace(changed.find("kept_way=" + way) + 9, way.size(), other);
        Browser same = browser;
        EXPECT_EQ(same.post("/sign-in", "username=alice&password=testpass" + changed).status, 303) << other;
    }
    EXPECT_EQ(sign_in_with("alice", "testpass", kept).status, 200);
}

TEST_F(EndedSession, keeps_no_form_of_another_site_or_browser) {
    browser.get("/admin/users/new");
    end_session();
    const std::string ours = browser.form_token;
    for (const char* site : {"cross-site", "same-site", ""}) {
        const auto refused = browser.post("/admin/users/invite", "days=30", site);
        EXPECT_FALSE(holds(refused, "kept")) << site;
    }
    Browser other(server);
    other.sign_in("bob");
    other.get("/admin/users/new");
    // Of another browser, changed, of another session, and none.
    for (const std::string& token : {other.form_token, (ours.front() == 'x' ? "y" : "x") + ours.substr(1),
                                     ours.substr(0, ours.find('.')) + other.form_token.substr(ours.find('.')),
                                     ours.substr(0, ours.find('.')), std::string()}) {
        browser.form_token = token;
        const auto refused = browser.post("/admin/users/invite", "days=30");
        EXPECT_EQ(refused.field("Location"), "../../sign-in?return_to=/admin/users/new") << token;
    }
    browser.form_token = ours;
    EXPECT_TRUE(holds(browser.post("/admin/users/invite", "days=30"), "kept_way"));
}

TEST_F(EndedSession, keeps_a_form_of_a_session_that_ran_out_with_its_cookies) {
    browser.get("/admin/users/new");
    server.advance(std::chrono::days(15));
    for (const char* cookie : {"__Host-keyhold", "__Host-keyhold-refresh"}) browser.cookies.erase(cookie);
    const auto asked = browser.post("/admin/users/invite", "days=30");
    EXPECT_TRUE(holds(asked, R"(name="kept.days" value="30")"));
    EXPECT_EQ(sign_in_with("alice", "testpass", hidden_fields(asked)).status, 200);
}

TEST_F(EndedSession, keeps_no_form_from_before_a_sign_out) {
    browser.get("/admin/users/new");
    const std::string before = browser.form_token;
    browser.post("/sign-out", "");
    browser.form_token = before;
    EXPECT_EQ(browser.post("/admin/users/invite", "days=30").field("Location"),
              "../../sign-in?return_to=/admin/users/new")
        << "whoever signs out leaves nothing behind";
}

TEST_F(EndedSession, keeps_no_form_with_a_password) {
    const auto asked =
        send_after_end("/account/password", "/account/password", "current_password=testpass&new_password=another-pass");
    EXPECT_EQ(asked.field("Location"), "../sign-in?return_to=/account/password");
}

TEST_F(EndedSession, keeps_a_form_that_was_kept_for_the_password_already) {
    const auto asked = send_after_end("/admin/users/new", "/account/confirm",
                                      "days=30&confirm_way=%2Fadmin%2Fusers%2Finvite&confirm_username=alice"
                                      "&confirm_password=testpass");
    EXPECT_TRUE(holds(asked, R"(name="kept_way" value="/admin/users/invite")"));
    EXPECT_TRUE(holds(asked, R"(name="kept.days" value="30")"));
    EXPECT_FALSE(holds(asked, "testpass"));
    EXPECT_EQ(sign_in_with("alice", "testpass", hidden_fields(asked)).status, 200);
}

TEST_F(EndedSession, keeps_no_form_that_could_not_come_back_with_a_name_and_a_password) {
    browser.get("/admin/users/new");
    end_session();
    const auto is_kept = [&, ours = browser.form_token](const std::string& fields) {
        browser.form_token = ours;
        return holds(browser.post("/admin/users/invite", fields), "kept_way");
    };
    std::string many;
    for (int i = 0; i < 56; ++i) many.append(i == 0 ? "a" : "&a").append(std::to_string(i)).append("=1");
    EXPECT_TRUE(is_kept("days=" + std::string(std::size_t{55} * 1024, '1')));
    EXPECT_FALSE(is_kept("days=" + std::string(std::size_t{57} * 1024, '1')));
    EXPECT_TRUE(is_kept(many));
    EXPECT_FALSE(is_kept(many + "&b=1"));
}

TEST_F(EndedSession, sends_nothing_to_an_account_that_was_closed_meanwhile) {
    Browser tab(server);
    tab.sign_in("bob");
    tab.get("/admin/users/new");
    Browser other(server);
    other.sign_in("bob");
    other.get("/account/close");
    ASSERT_EQ(other.post("/account/close", "username=bob").status, 303);
    const auto asked = tab.post("/admin/users/invite", "days=30");
    ASSERT_TRUE(holds(asked, "kept_way"));
    const auto back = tab.post("/sign-in", "username=bob&password=testpass" + hidden_fields(asked));
    EXPECT_EQ(back.field("Location"), "./admin/users/new");
}

TEST_F(EndedSession, is_a_401_for_a_program) {
    browser.get("/admin/keys");
    end_session();
    std::string cookie;
    for (const auto& [name, value] : browser.cookies) cookie += name + "=" + value + "; ";
    const auto refused = server.send(
        "POST", "/admin/keys", "action=rotate&form_token=" + browser.form_token,
        {{"Content-Type", "application/x-www-form-urlencoded"}, {"Cookie", cookie}, {"Sec-Fetch-Site", "same-origin"}});
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.member("code"), "not_authenticated");
}

// Pages that were shown before an update have tokens without the session behind.
TEST_F(EndedSession, is_no_matter_for_a_form_of_an_earlier_release) {
    browser.get("/account");
    browser.form_token = browser.form_token.substr(0, browser.form_token.find('.'));
    EXPECT_EQ(browser.post("/account/language", "language=de").field("Location"), "../account?done=language");
}

}  // namespace
}  // namespace keyhold::pages
