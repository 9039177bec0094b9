// SPDX-License-Identifier: Apache-2.0
// An operator's own templates and texts: what they replace, and what is refused at the start.
#include "pages/overrides.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

namespace fs = std::filesystem;

struct Overrides : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("keyhold-pages-" + std::to_string(::getpid()));
    Overrides() { fs::create_directories(folder / "texts"); }
    ~Overrides() override { fs::remove_all(folder); }
    Overrides(const Overrides&) = delete;
    Overrides& operator=(const Overrides&) = delete;

    void write(const char* name, std::string_view text) const { std::ofstream(folder / name) << text; }
    std::string complaint() const {
        const auto loaded = load_templates(folder.string());
        return loaded ? std::string() : std::string(loaded.error().detail());
    }
    std::string at(const char* place) const { return (folder / place).string(); }
};

TEST_F(Overrides, a_template_and_a_text_of_the_operator_are_shown) {
    write("sign_out.mustache", "<h1>Bye</h1>\n{{#signed_in}}<p>{{signed_in}}</p>{{/signed_in}}\n{{>sign_out.done}}\n");
    write("texts/en.txt", "# ours\nsign_in.title: Come in to {{brand}}\n");
    Server program;
    TestServer server(program, {{"pages_templates_dir", folder.string()}, {"pages_brand", "Acme & Sons"}});
    Browser browser(server);
    const auto out = browser.get("/sign-out");
    EXPECT_NE(out.body.find("<h1>Bye</h1>"), std::string::npos);
    EXPECT_NE(out.body.find("You are signed out"), std::string::npos) << "what the folder does not name stays";
    EXPECT_NE(browser.get("/sign-in").body.find("<h1>Come in to Acme &amp; Sons</h1>"), std::string::npos);
    EXPECT_NE(browser.get("/nope").body.find("Acme &amp; Sons"), std::string::npos) << "error pages too";
}

TEST_F(Overrides, what_no_page_would_show_is_refused_with_file_and_line) {
    write("sign_in.mustache", "<h1>Hello</h1>\n<p>{{user}}</p>\n");
    EXPECT_EQ(complaint(), at("sign_in.mustache") + ":2: this page has no value {{user}}");
    write("sign_in.mustache", "<h1>Hello</h1>\n\n{{>sign_in.titel}}\n");
    EXPECT_EQ(complaint(),
              at("sign_in.mustache") + ":3: {{>sign_in.titel}} is no text, and no part that may stand here");
    write("sign_in.mustache", "<form method=\"POST\" action=\"{{root}}sign-in\"></form>\n");
    EXPECT_EQ(complaint(), at("sign_in.mustache") + ": its form has to keep {{>form_token}}");
    write("sign_in.mustache", "{{#error}}\n<p>{{error}}</p>\n");
    EXPECT_EQ(complaint(), at("sign_in.mustache") + ":1: {{#error}} is not closed");
    write("sign_in.mustache", "{{/error}}");
    EXPECT_EQ(complaint(), at("sign_in.mustache") + ":1: {{/error}} closes what is not open");
    write("sign_in.mustache", "a\n{{error");
    EXPECT_EQ(complaint(), at("sign_in.mustache") + ":2: a tag does not end");
    write("sign_in.mustache", "{{=<% %>=}}");
    EXPECT_EQ(complaint(), at("sign_in.mustache") + ":1: the delimiters stay as they are");
    write("sign_in.mustache", "<p>{{error}}</p>");
    EXPECT_EQ(complaint(), "");
}

TEST_F(Overrides, nothing_is_shown_unescaped) {
    for (const char* tag : {"{{{username}}}", "{{&username}}", "{{{main}}}"}) {
        write("sign_in.mustache", tag);
        EXPECT_NE(complaint().find("would show markup"), std::string::npos) << tag;
    }
    fs::remove(folder / "sign_in.mustache");
    write("texts/en.txt", "sign_out.who: {{{signed_in}}}\n");
    EXPECT_NE(complaint().find("texts/en.txt:1: "), std::string::npos);
    write("texts/en.txt", "# ours\n\nsign_out.who: {{signed_in\n");
    EXPECT_EQ(complaint(), at("texts/en.txt") + ":3: a tag does not end");
}

TEST_F(Overrides, nothing_holds_itself) {
    write("form_token.mustache", "{{>error_summary}}");
    EXPECT_NE(complaint().find("form_token.mustache:1: "), std::string::npos);
    write("form_token.mustache", "{{>sign_in}}");
    EXPECT_NE(complaint().find("form_token.mustache:1: "), std::string::npos);
    fs::remove(folder / "form_token.mustache");
    write("texts/en.txt", "\nsign_in.title: {{>sign_in.title}}\n");
    EXPECT_NE(complaint().find("texts/en.txt:2: "), std::string::npos);
}

TEST_F(Overrides, what_is_not_utf_8_is_refused_by_its_line_and_a_byte_order_mark_is_passed_over) {
    write("texts/en.txt", "\xef\xbb\xbfsign_in.title: Gr\xc3\xbc\xc3\x9f Gott\n");
    EXPECT_EQ(complaint(), "");
    write("texts/en.txt", "# ours\nsign_in.title: Gr\xfc\xdf Gott\n");  // in Latin-1
    EXPECT_EQ(complaint(), at("texts/en.txt") + ":2: it is not UTF-8: save the file with that encoding");
}

TEST_F(Overrides, a_name_that_nothing_has_is_refused) {
    write("sign-in.mustache", "<p>");
    EXPECT_EQ(complaint(), at("sign-in.mustache") + ": there is no page of that name");
    fs::remove(folder / "sign-in.mustache");
    write("texts/en.txt", "sign_in.titel: Hello\n");
    EXPECT_EQ(complaint(), at("texts/en.txt") + ":1: nothing shows a text sign_in.titel");
    fs::remove(folder / "texts/en.txt");
    write("texts/xx.txt", "sign_in.title: Hello\n");
    EXPECT_EQ(complaint(), at("texts/xx.txt") + ": there is no such language");
    EXPECT_NE(std::string(load_templates(at("nowhere")).error().detail()).find("is no folder"), std::string::npos);
}

TEST_F(Overrides, a_broken_one_keeps_the_server_from_starting) {
    write("sign_in.mustache", "<p>{{user}}</p>");
    Server program;
    EXPECT_THROW(TestServer(program, {{"pages_templates_dir", folder.string()}}), std::runtime_error);
}

}  // namespace
}  // namespace keyhold::pages
