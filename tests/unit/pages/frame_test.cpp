// SPDX-License-Identifier: Apache-2.0
// What stands around every page: language, colour, brand; and the pages that need nobody.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

struct Frame : testing::Test {
    Server program;
    TestServer server{program};
    Browser browser{server};
};

TEST_F(Frame, the_language_is_the_one_that_the_browser_asks_for) {
    struct Row {
        const char *accept, *language;
    };
    const Row rows[] = {{"de", "de"},
                        {"de-AT,en;q=0.8", "de"},
                        {"en-GB,de;q=0.9", "en"},
                        {"fr,de;q=0.5,en;q=0.4", "de"},
                        {"fr", "en"},
                        {"de;q=0", "en"},
                        {"*", "en"},
                        {"de;q=2,;,x", "en"}};
    for (const Row& row : rows) {
        browser.language = row.accept;
        EXPECT_NE(browser.get("/sign-in").body.find("<html lang=\"" + std::string(row.language) + "\""),
                  std::string::npos)
            << row.accept;
    }
    browser.language = "de";
    EXPECT_NE(browser.get("/sign-in").body.find("<h1>Anmelden</h1>"), std::string::npos);
    EXPECT_NE(browser.post("/sign-in", "username=x&password=y").body.find("<title>Fehler: Anmelden"),
              std::string::npos);
    EXPECT_NE(browser.get("/nope").body.find("Unter dieser Adresse gibt es keine Seite"), std::string::npos);
}

TEST_F(Frame, a_language_that_was_chosen_wins_and_leads_back) {
    const auto chosen = browser.get("/language/de?return_to=/sign-in%3Freturn_to%3D/account");
    EXPECT_EQ(chosen.status, 303);
    EXPECT_EQ(chosen.field("Location"), "../sign-in?return_to=/account");
    EXPECT_NE(browser.get("/sign-in").body.find("Anmelden"), std::string::npos);
    EXPECT_EQ(browser.get("/language/de?return_to=//evil.example").field("Location"), "../");
    EXPECT_EQ(browser.get("/language/xx").status, 404);
}

TEST_F(Frame, the_start_page_of_dev_has_three_calls_for_this_very_address) {
    const auto page = server.get("/", {{"Accept", "text/html"}, {"Host", "localhost:8123"}});
    for (const char* call : {"curl -X POST http://localhost:8123/register ",
                             "curl -s -X POST http://localhost:8123/login ", "curl http://localhost:8123/protected "})
        EXPECT_NE(page.body.find(call), std::string::npos) << call;
}

TEST_F(Frame, each_refusal_has_a_page_that_problem_details_name) {
    const auto refused = server.get("/protected");
    EXPECT_EQ(refused.member("type"), "/problems/not_authenticated");
    EXPECT_NE(browser.get("/problems/not_authenticated").body.find("Not authenticated"), std::string::npos);
    EXPECT_NE(browser.get("/problems").body.find("problems/not_authenticated\""), std::string::npos);
    EXPECT_EQ(browser.get("/problems/no_such_code").status, 404);
}

TEST(FrameOfAnOperator, the_colour_stands_in_a_style_that_is_kept_for_good) {
    Server program;
    TestServer server(program, {{"pages_accent_color", "#7a0019"},
                                {"pages_security_contact", "mailto:security@example.com,https://example.com/report"}});
    Browser browser(server);
    const auto page = browser.get("/sign-in");
    const std::size_t end = page.body.find("/accent.css\"");
    ASSERT_NE(end, std::string::npos);
    const std::size_t begin = page.body.rfind("\"./", end) + 2;
    const auto style = server.get(page.body.substr(begin, end - begin) + "/accent.css");
    EXPECT_EQ(style.status, 200);
    EXPECT_NE(style.body.find("--accent:#7a0019"), std::string::npos);
    EXPECT_EQ(style.field("Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(server.get("/pages/x/accent.css").status, 404);
    // RFC 9116 §2.5.3 and §2.5.5; the test's clock stands at 2026-01-01.
    EXPECT_EQ(
        server.get("/.well-known/security.txt").body,
        "Contact: mailto:security@example.com\nContact: https://example.com/report\nExpires: 2026-06-30T00:00:00Z\n");
}

TEST(FrameOfAnOperator, what_cannot_be_shown_keeps_the_server_from_starting) {
    for (const auto& setting : std::map<std::string, std::string>{{"pages_accent_color", "#ffcc00"},
                                                                  {"pages_security_contact", "security@example.com"},
                                                                  {"pages_templates_dir", "/nowhere"}}) {
        Server program;
        EXPECT_THROW(TestServer(program, {setting}), std::runtime_error) << setting.first;
    }
}

}  // namespace
}  // namespace keyhold::pages
