// SPDX-License-Identifier: Apache-2.0
// Signing up, in and out by forms, from the request to the answer.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

constexpr std::string_view access_cookie = "__Host-keyhold", refresh_cookie = "__Host-keyhold-refresh";

struct Pages : testing::Test {
    Server program;
    TestServer server{program};
    Browser browser{server};

    void add(const std::string& name) {
        server.post("/register", R"({"password":"testpass","username":")" + name + "\"}");
    }
    bool is_signed_in() {
        return server.get("/me", {{"Cookie", "__Host-keyhold=" + browser.cookies["__Host-keyhold"]}}).status == 200;
    }
};

TEST_F(Pages, who_signs_up_is_signed_in_and_sent_on) {
    const auto sent = browser.sign_up("alice");
    EXPECT_EQ(sent.status, 303);
    EXPECT_EQ(sent.field("Location"), "./account");
    EXPECT_EQ(sent.field("Cache-Control"), "no-store");
    EXPECT_TRUE(is_signed_in()) << "the JSON API knows the same session";
}

TEST_F(Pages, who_signs_in_is_sent_where_he_wanted_to_go) {
    add("alice");
    browser.get("/sign-in?return_to=/account/sessions");
    const auto sent = browser.post("/sign-in", "username=alice&password=testpass&return_to=%2Faccount%2Fsessions");
    EXPECT_EQ(sent.status, 303);
    EXPECT_EQ(sent.field("Location"), "./account/sessions");
    EXPECT_TRUE(is_signed_in());
    const auto elsewhere = browser.post("/sign-in", "username=alice&password=testpass&return_to=%2F%2Fevil.example");
    EXPECT_NE(elsewhere.field("Location"), "//evil.example");
}

TEST_F(Pages, a_wrong_password_keeps_the_name_and_forgets_the_password) {
    add("alice");
    browser.get("/sign-in");
    const auto wrong = browser.post("/sign-in", "username=alice&password=tEstpass&return_to=%2Faccount");
    EXPECT_EQ(wrong.status, 422);
    EXPECT_NE(wrong.body.find("<title>Error: "), std::string::npos);
    EXPECT_NE(wrong.body.find(R"(value="alice")"), std::string::npos);
    EXPECT_NE(wrong.body.find(R"(name="return_to" value="/account")"), std::string::npos);
    EXPECT_EQ(wrong.body.find("tEstpass"), std::string::npos);
    EXPECT_FALSE(browser.cookies.contains(std::string(access_cookie)));
    const auto unknown = browser.post("/sign-in", "username=nobody&password=tEstpass&return_to=%2Faccount");
    EXPECT_EQ(unknown.status, 422);
}

TEST_F(Pages, a_form_without_its_token_or_cookie_does_nothing) {
    add("alice");
    browser.get("/sign-in");
    const std::string good = browser.form_token;
    for (const std::string& token : {std::string(), std::string("x"), good + "x", std::string(43, 'A')}) {
        browser.form_token = token;
        EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 403) << token;
    }
    browser.form_token = good;
    const auto cookies = std::exchange(browser.cookies, {});
    EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 403) << "no cookie";
    browser.cookies = cookies;
    browser.form_token = good;
    EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 303);
}

TEST_F(Pages, nobody_is_signed_in_by_a_form_of_somebody_elses_browser) {
    add("mallory");
    Browser other(server);
    other.get("/sign-in");  // the attacker's own token, in a form that the victim's browser sends
    browser.get("/sign-in");
    browser.form_token = other.form_token;
    EXPECT_EQ(browser.post("/sign-in", "username=mallory&password=testpass").status, 403);
    EXPECT_FALSE(browser.cookies.contains(std::string(access_cookie)));
}

TEST_F(Pages, a_form_of_another_site_does_nothing_even_with_the_token) {
    add("alice");
    browser.get("/sign-in");
    for (const std::string_view site : {"cross-site", "same-site", ""})
        EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass", site).status, 403) << site;
    EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 303);
}

TEST_F(Pages, a_form_from_before_a_log_in_is_worth_nothing_after_it) {
    add("alice");
    browser.get("/sign-in");
    const std::string before = browser.form_token;
    EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 303);
    browser.form_token = before;
    EXPECT_EQ(browser.post("/sign-out", "").status, 403);
    EXPECT_TRUE(is_signed_in());
}

TEST_F(Pages, a_form_that_another_tab_was_quicker_with_leads_on_and_does_nothing) {
    add("alice"), add("bob");
    browser.get("/sign-in");
    const std::string before = browser.form_token;
    ASSERT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 303);
    const auto cookie = browser.cookies[std::string(access_cookie)];
    browser.form_token = before;
    const auto again = browser.post("/sign-in", "username=bob&password=testpass&return_to=%2Faccount%2Fsessions");
    EXPECT_EQ(again.status, 303);
    EXPECT_EQ(again.field("Location"), "./account/sessions");
    EXPECT_EQ(browser.cookies[std::string(access_cookie)], cookie) << "alice stays signed in";
    browser.get("/sign-out");
    const std::string of_alice = browser.form_token;
    ASSERT_EQ(browser.post("/sign-out", "").status, 303);
    browser.form_token = of_alice;
    EXPECT_EQ(browser.post("/sign-out", "").field("Location"), "./sign-out");
}

TEST_F(Pages, a_name_that_is_taken_is_told_beside_its_field) {
    add("alice");
    const auto taken = browser.sign_up("alice");
    EXPECT_EQ(taken.status, 400);
    EXPECT_NE(taken.body.find(R"(<p class="wrong" id="username-error">This name is taken)"), std::string::npos);
    EXPECT_NE(taken.body.find(R"(value="alice" aria-invalid="true")"), std::string::npos);
}

TEST_F(Pages, a_log_in_gives_other_cookies_than_those_that_were_there) {
    add("alice");
    browser.get("/sign-in");
    const auto planted = browser.cookies;
    browser.post("/sign-in", "username=alice&password=testpass");
    for (const auto& [name, value] : planted) EXPECT_NE(browser.cookies[name], value) << name;
}

TEST_F(Pages, signing_out_ends_the_session_and_says_so) {
    browser.sign_up("alice");
    const auto token = browser.cookies[std::string(access_cookie)];
    browser.get("/sign-out");
    const auto out = browser.post("/sign-out", "");
    EXPECT_EQ(out.status, 303);
    EXPECT_FALSE(browser.cookies.contains(std::string(access_cookie)));
    EXPECT_FALSE(browser.cookies.contains(std::string(refresh_cookie)));
    EXPECT_EQ(server.get("/me", {{"Authorization", "Bearer " + token}}).status, 401) << "it has ended";
    EXPECT_NE(browser.get("/sign-out").body.find("You are signed out"), std::string::npos);
}

TEST_F(Pages, showing_the_password_again_renews_the_session) {
    browser.sign_up("alice");
    const auto before = browser.cookies[std::string(access_cookie)],
               refresh = browser.cookies[std::string(refresh_cookie)];
    server.advance(std::chrono::minutes(6));
    EXPECT_EQ(browser.get("/account/close").field("Location"), "../sign-in?again=1&return_to=/account/close");
    EXPECT_EQ(browser.get("/sign-in").status, 303) << "who is signed in has nothing to do there";
    const auto again = browser.get("/sign-in?again=1");
    EXPECT_EQ(again.status, 200);
    EXPECT_NE(again.body.find(R"(value="alice" readonly)"), std::string::npos);
    EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 303);
    EXPECT_TRUE(is_signed_in());
    EXPECT_EQ(server.get("/me", {{"Authorization", "Bearer " + before}}).status, 200) << "it is the same session";
    EXPECT_EQ(browser.cookies[std::string(refresh_cookie)], refresh);
    EXPECT_EQ(browser.get("/account/close").status, 200) << "which knows when that was";
    server.advance(std::chrono::minutes(6));
    EXPECT_EQ(browser.get("/account/close").status, 303);
    EXPECT_EQ(browser.get("/account/renew?return_to=/account").field("Location"), "../account");
}

TEST_F(Pages, a_wrong_password_renews_nothing) {
    browser.sign_up("alice");
    server.advance(std::chrono::minutes(6));
    browser.get("/sign-in?again=1");
    EXPECT_EQ(browser.post("/sign-in", "username=alice&password=tEstpass").status, 422);
    EXPECT_EQ(browser.get("/account/close").status, 303);
}

TEST_F(Pages, who_signs_in_as_somebody_else_leaves_the_session_before) {
    add("bob");
    browser.sign_up("alice");
    const auto before = browser.cookies[std::string(access_cookie)];
    browser.get("/sign-in?again=1");
    EXPECT_EQ(browser.post("/sign-in", "username=bob&password=testpass").status, 303);
    EXPECT_EQ(server.get("/me", {{"Authorization", "Bearer " + before}}).status, 401) << "nobody would ever end it";
    EXPECT_NE(server.get("/me", {{"Cookie", "__Host-keyhold=" + browser.cookies["__Host-keyhold"]}}).body.find("bob"),
              std::string::npos);
}

TEST_F(Pages, a_session_that_has_ended_is_not_renewed_but_followed_by_another) {
    browser.sign_up("alice");
    browser.get("/sign-in?again=1");
    const auto before = browser.cookies[std::string(access_cookie)];
    server.post("/logout", "", {{"Authorization", "Bearer " + before}});
    browser.form_token.clear();
    browser.get("/sign-in");
    EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 303);
    EXPECT_NE(browser.cookies[std::string(access_cookie)], before);
    EXPECT_TRUE(is_signed_in());
}

TEST_F(Pages, whose_access_cookie_has_run_out_stays_signed_in) {
    browser.sign_up("alice");
    server.advance(std::chrono::minutes(31));
    browser.cookies.erase(std::string(access_cookie));  // browsers drop it
    EXPECT_NE(browser.get("/").body.find("alice"), std::string::npos) << "the other cookie says who it is";
    const auto renewed = browser.get("/account/renew?return_to=/sign-out");
    EXPECT_EQ(renewed.status, 303);
    EXPECT_EQ(renewed.field("Location"), "../sign-out");
    EXPECT_TRUE(is_signed_in());
    browser.get("/sign-out");
    EXPECT_EQ(browser.post("/sign-out", "").status, 303);
    const auto over = browser.get("/account/renew?return_to=/account");
    EXPECT_EQ(over.field("Location"), "../sign-in?return_to=/account");
}

TEST_F(Pages, too_many_wrong_passwords_are_told_with_when_to_come_back) {
    add("alice");
    browser.get("/sign-in");
    for (int i = 0; i < 10; ++i) EXPECT_EQ(browser.post("/sign-in", "username=alice&password=wrong").status, 422);
    const auto locked = browser.post("/sign-in", "username=alice&password=testpass");
    EXPECT_EQ(locked.status, 429);
    EXPECT_EQ(locked.field("Retry-After"), "30");
    EXPECT_NE(locked.body.find("in 30 s."), std::string::npos);
    server.advance(std::chrono::seconds(31));
    EXPECT_EQ(browser.post("/sign-in", "username=alice&password=testpass").status, 303);
}

TEST_F(Pages, longer_waits_are_told_in_minutes) {
    add("alice");
    browser.get("/sign-in");
    for (int i = 0; i < 10; ++i) browser.post("/sign-in", "username=alice&password=wrong");
    server.advance(std::chrono::seconds(31));
    browser.post("/sign-in", "username=alice&password=wrong");
    const auto locked = browser.post("/sign-in", "username=alice&password=testpass");
    EXPECT_EQ(locked.field("Retry-After"), "60") << "twice as long";
    EXPECT_NE(locked.body.find("in 1 min 0 s."), std::string::npos);
}

TEST_F(Pages, what_is_wrong_with_a_new_account_stands_beside_its_field) {
    add("alice");
    browser.get("/sign-up");
    const auto short_one = browser.post("/sign-up", "username=bob&password=short");
    EXPECT_EQ(short_one.status, 422);
    EXPECT_NE(short_one.body.find("at least 8 characters"), std::string::npos);
    EXPECT_NE(short_one.body.find(R"(value="bob")"), std::string::npos);
    EXPECT_EQ(short_one.body.find("short\""), std::string::npos);
    const auto taken = browser.post("/sign-up", "username=alice&password=testpass");
    EXPECT_EQ(taken.status, 400);
    EXPECT_NE(taken.body.find("This name is taken"), std::string::npos);
}

TEST(PagesOfAClosedServer, nobody_signs_up_where_registration_is_closed) {
    Server program;
    TestServer server(program, {{"registration", "closed"}});
    Browser browser(server);
    const auto page = browser.get("/sign-up");
    EXPECT_NE(page.body.find("Nobody can create an account here"), std::string::npos);
    EXPECT_EQ(page.body.find("name=\"password\""), std::string::npos);
    browser.get("/sign-in");
    EXPECT_EQ(browser.post("/sign-up", "username=alice&password=testpass").status, 403);
}

TEST(PagesByInvitation, a_new_account_needs_one) {
    Server program;
    TestServer server(program, {{"registration", "invite"}});
    Browser browser(server);
    EXPECT_NE(browser.get("/sign-up").body.find("name=\"invitation\""), std::string::npos);
    const auto refused = browser.post("/sign-up", "username=alice&password=testpass&invitation=khi_unknown");
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(refused.body.find("khi_unknown"), std::string::npos) << "what was typed is kept";
}

// What strangers write is shown as text: in the form, in the frame, in an error.
TEST_F(Pages, markup_that_is_typed_stays_text) {
    browser.get("/sign-in");
    const auto page = browser.post("/sign-in", "username=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&password=x");
    EXPECT_EQ(page.body.find("<script>alert"), std::string::npos);
    EXPECT_NE(page.body.find("&quot;&gt;&lt;script&gt;alert(1)"), std::string::npos);
    const auto mustache =
        browser.post("/sign-in", "username=%7B%7B%7Bmain%7D%7D%7D%7B%7B%3Esign_in.title%7D%7D&password=x");
    EXPECT_NE(mustache.body.find("{{{main}}}{{&gt;sign_in.title}}"), std::string::npos) << "values are no templates";
}

TEST_F(Pages, a_page_may_do_nothing_but_load_its_style_and_script_and_send_its_form) {
    const auto page = browser.get("/sign-in");
    const std::string policy = page.field("Content-Security-Policy").value_or("");
    for (const char* rule : {"default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'",
                             "frame-ancestors 'none'"})
        EXPECT_NE(policy.find(rule), std::string::npos) << rule;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(page.field("Cache-Control"), "no-store");
    for (const char* inline_code : {"<style", " style=", "onclick", "<script>"})
        EXPECT_EQ(page.body.find(inline_code), std::string::npos) << inline_code;
    EXPECT_LE(page.body.size(), 12u * 1024);
}

TEST(PagesByAddress, the_page_asks_for_what_people_sign_in_with_and_who_signs_up_is_signed_in_by_it) {
    Server program;
    TestServer server{program, {{"login_with", "email"}}};
    Browser browser{server};
    EXPECT_NE(browser.get("/sign-in").body.find(R"(<label for="username">E-mail address</label>)"), std::string::npos);
    browser.get("/sign-up");
    const auto sent = browser.post("/sign-up", "username=yan&email=y%40corp.example&password=testpass");
    EXPECT_EQ(sent.status, 303);
    EXPECT_EQ(sent.field("Location"), "./account");
    const auto again = browser.get("/sign-in?again=1");
    EXPECT_NE(again.body.find(R"(value="y@corp.example" readonly)"), std::string::npos);
}

TEST(PagesBesideAFrontEnd, lead_back_to_a_listed_origin_and_to_no_other) {
    Server program;
    TestServer server{program, {{"cookie_origins", "https://app.example.com"}}};
    Browser browser{server};
    const std::string way = "return_to=https%3A%2F%2Fapp.example.com%2Fnotes";
    for (const char* page : {"/sign-in?", "/sign-up?"})
        EXPECT_TRUE(browser.get(page + way)
                        .field("Content-Security-Policy")
                        .value_or("")
                        .ends_with("form-action 'self' https://app.example.com"))
            << page;
    const auto sent = browser.post("/sign-up", "username=alice&password=testpass&" + way);
    EXPECT_EQ(sent.field("Location"), "https://app.example.com/notes");
    EXPECT_EQ(browser.get("/sign-in?" + way).field("Location"), "https://app.example.com/notes");
    for (const char* other : {"https%3A%2F%2Fapp.example.com.evil.example",
                              "https%3A%2F%2Fapp.example.com%40evil.example", "https%3A%2F%2Fevil.example"})
        EXPECT_EQ(browser.get(std::string("/sign-in?return_to=") + other).field("Location"), "./account") << other;
}

TEST_F(Pages, the_page_says_that_a_name_or_an_address_signs_in) {
    EXPECT_NE(browser.get("/sign-in").body.find(R"(<label for="username">Name or e-mail address</label>)"),
              std::string::npos);
}

}  // namespace
}  // namespace keyhold::pages
