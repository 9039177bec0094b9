// SPDX-License-Identifier: Apache-2.0
// What stands around every page: language, colour, brand; and the pages that need nobody.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/base64url.hpp"
#include "fixture.hpp"
#include "pages/logo.hpp"

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

// Where the link to the other language leads: the page, or what it says instead.
std::string way_to_german(Browser& browser, const TestReply& page) {
    const std::size_t begin = page.body.find("language/de");
    const std::string link = page.body.substr(begin, page.body.find('"', begin) - begin);
    const std::string to = browser.get("/" + link).field("Location").value();
    return to.substr(to.find_first_not_of("./"));
}

TEST_F(Frame, the_other_language_of_a_form_that_was_refused_is_that_of_its_page) {
    struct Row {
        const char *form, *fields, *page;
    };
    browser.sign_up("alice");
    for (const Row& row :
         {Row{"/account/password", "new_password=x", "account/password"}, Row{"/verify/send", "", "verify"},
          Row{"/device/decision", "user_code=WDJB-MJHT&decision=allow", "device"},
          Row{"/device", "user_code=WDJB-MJHT", "device"}}) {
        browser.get("/account");  // whose forms are of this session
        const auto refused = browser.post(row.form, row.fields);
        ASSERT_GE(refused.status, 400) << row.form;
        const std::string page = way_to_german(browser, refused);
        EXPECT_EQ(page, row.page);
        const auto again = browser.get("/" + page);
        EXPECT_EQ(again.status, 200) << page;
        EXPECT_NE(again.body.find("<html lang=\"de\""), std::string::npos) << page;
        browser.get("/language/en");
    }
}

TEST_F(Frame, the_other_language_keeps_what_a_page_was_asked_for_by) {
    browser.get("/sign-up?invitation=khi_x&return_to=/account/events");
    const auto refused =
        browser.post("/sign-up", "username=ann&password=x&invitation=khi_x&return_to=%2Faccount%2Fevents");
    EXPECT_EQ(refused.status, 403) << "nobody has made this invitation";
    const std::string page = way_to_german(browser, refused);
    EXPECT_EQ(page, "sign-up?invitation=khi_x&return_to=/account/events");
    EXPECT_NE(browser.get("/" + page).body.find(R"(name="invitation" value="khi_x")"), std::string::npos);
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

TEST_F(Frame, a_refusal_lets_whoever_is_signed_in_sign_out) {
    EXPECT_EQ(browser.get("/nowhere").body.find("sign-out"), std::string::npos);
    browser.sign_up("alice");
    browser.get("/account");
    for (const char* page : {"/nowhere", "/admin/users", "/problems/no_such_code"}) {
        const auto refused = browser.get(page);
        EXPECT_GE(refused.status, 400) << page;
        EXPECT_NE(refused.body.find(">alice</a>"), std::string::npos) << page;
        EXPECT_NE(refused.field("Content-Security-Policy").value_or("").find("script-src 'self'"), std::string::npos);
        EXPECT_EQ(refused.field("Cache-Control"), "no-store") << page;
    }
    EXPECT_EQ(browser.post("/sign-out", "").field("Location"), "./sign-out") << "by the form of the refusal";
    EXPECT_EQ(browser.get("/nowhere").body.find("sign-out"), std::string::npos);
}

// As other pages know it: by the refresh cookie, which the database is asked about.
TEST_F(Frame, a_refusal_of_a_handler_knows_who_is_signed_in_when_the_access_cookie_has_run_out) {
    browser.sign_up("alice");
    browser.cookies.erase("__Host-keyhold");
    const auto refused = browser.get("/problems/no_such_code");
    EXPECT_EQ(refused.status, 404);
    EXPECT_NE(refused.body.find(">alice</a>"), std::string::npos);
    EXPECT_EQ(browser.get("/nowhere").body.find(">alice</a>"), std::string::npos) << "an I/O thread asks no database";
    EXPECT_EQ(browser.post("/sign-out", "").field("Location"), "./sign-out") << "by the form of the refusal";
    EXPECT_EQ(browser.get("/problems/no_such_code").body.find("sign-out"), std::string::npos);
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

// A PNG of one pixel.
const std::string png =
    *base64url::decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII");

struct LogoOfAnOperator : testing::Test {
    std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("keyhold-logo-" + std::to_string(::getpid()));
    Server program;
    ~LogoOfAnOperator() override { std::filesystem::remove(file); }
    LogoOfAnOperator() = default;
    LogoOfAnOperator(const LogoOfAnOperator&) = delete;
    LogoOfAnOperator& operator=(const LogoOfAnOperator&) = delete;
    void write(std::string_view bytes) const { std::ofstream(file, std::ios::binary) << bytes; }
    std::map<std::string, std::string> settings() const {
        return {{"pages_brand_logo", file.string()}, {"pages_brand", "Acme \"&\" Sons"}};
    }
};

TEST_F(LogoOfAnOperator, stands_in_the_head_and_is_kept_for_good) {
    write(png);
    TestServer server(program, settings());
    Browser browser(server);
    for (const char* path : {"/sign-in", "/nope"}) {
        const auto page = browser.get(path);
        const std::size_t begin = page.body.find("<img src=\"./pages/") + 11;
        const std::string target = page.body.substr(begin, page.body.find('"', begin) - begin);
        EXPECT_NE(page.body.find("/logo\" alt=\"Acme &quot;&amp;&quot; Sons\">"), std::string::npos) << path;
        const auto logo = server.get(target);
        EXPECT_EQ(logo.status, 200) << target;
        EXPECT_EQ(logo.body, png);
        EXPECT_EQ(logo.field("Cache-Control"), "public, max-age=31536000, immutable");
        const auto again = server.get(target, {{"If-None-Match", logo.field("ETag").value()}});
        EXPECT_EQ(again.status, 304);
        EXPECT_EQ(again.body, "");
    }
    EXPECT_EQ(server.get("/pages/x/logo").status, 404);
}

// W3C, Scalable Vector Graphics 2 §2.5: scripts run where it is a document of its own.
TEST_F(LogoOfAnOperator, runs_nothing_and_loads_nothing_where_it_is_opened_alone) {
    write("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>");
    TestServer server(program, settings());
    Browser browser(server);
    const std::string page = browser.get("/sign-in").body;
    const std::size_t begin = page.find("<img src=\"./pages/") + 11;
    const auto logo = server.get(page.substr(begin, page.find('"', begin) - begin));
    EXPECT_EQ(logo.field("Content-Security-Policy"),
              "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox");
}

TEST_F(LogoOfAnOperator, is_a_small_picture_or_the_server_does_not_start) {
    const auto complaint = [this] {
        const auto logo = load_logo(file.string());
        return logo ? std::string() : std::string(logo.error().detail());
    };
    const std::string begin = "pages_brand_logo: " + file.string() + " ";
    EXPECT_EQ(complaint(), begin + "cannot be read: No such file or directory");
    EXPECT_THROW(TestServer(program, settings()), std::runtime_error);
    write("GIF89a");
    EXPECT_EQ(complaint(), begin + "is no PNG and no SVG: pages show no other pictures");
    write("<!-- <svg> --><html><script>alert(1)</script></html>");
    EXPECT_NE(complaint(), "");
    write("");
    EXPECT_NE(complaint(), "");
    write(png + std::string(64 * 1024, ' '));
    EXPECT_EQ(complaint(), begin + "is larger than 64 KiB, which every page would load: make it smaller");
    write("\xef\xbb\xbf\n<svg/>");
    EXPECT_EQ(complaint(), "");
    write(png);
    EXPECT_EQ(complaint(), "");
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
