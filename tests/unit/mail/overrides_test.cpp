// SPDX-License-Identifier: Apache-2.0
// An operator's own texts and templates of mails: what they replace, and what is refused at the start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "mail/texts.hpp"

namespace keyhold::mail {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct MailOverrides : testing::Test {
    fs::path folder = fs::temp_directory_path() / ("keyhold-mails-" + std::to_string(::getpid()));
    MailOverrides() { fs::create_directories(folder / "texts"); }
    ~MailOverrides() override { fs::remove_all(folder); }
    MailOverrides(const MailOverrides&) = delete;
    MailOverrides& operator=(const MailOverrides&) = delete;

    void write(const char* name, std::string_view text) const { std::ofstream(folder / name) << text; }
    std::string complaint() const {
        const auto loaded = Catalogue::load(folder.string());
        return loaded ? std::string() : std::string(loaded.error().detail());
    }
    std::string at(const char* place) const { return (folder / place).string(); }
    const Facts facts{.service = "Notes & Co",
                      .to = "ann@example.com",
                      .name = "<ann>",
                      .link = "https://id.example/reset?token=abc&x=1",
                      .code = "ABCD-EFGH"};
};

TEST_F(MailOverrides, a_text_is_said_in_its_language_and_all_others_stay) {
    write("texts/de.txt",
          "# unsere\n\nreset.subject: Neues Kennwort bei {{service}}\nreset.body: Guten Tag {{name}}!\n");
    const auto catalogue = Catalogue::load(folder.string());
    ASSERT_TRUE(catalogue) << catalogue.error().detail();
    const Rendered german = catalogue->render("reset", "de", facts), english = catalogue->render("reset", "en", facts);
    EXPECT_EQ(german.subject, "Neues Kennwort bei Notes & Co");
    EXPECT_THAT(german.text, HasSubstr("Guten Tag <ann>!"));
    EXPECT_THAT(german.html, HasSubstr("Guten Tag &lt;ann&gt;!")) << "escaped as ours are";
    EXPECT_THAT(german.html, HasSubstr("ABCD-EFGH"));
    EXPECT_EQ(english.text, Catalogue().render("reset", "en", facts).text);
}

TEST_F(MailOverrides, a_template_stands_around_every_mail) {
    write("mail.html.mustache",
          "<h1>Acme</h1>\n<p>{{body}}</p>{{#link}}<a href=\"{{link}}\">{{button}}</a>{{/link}}\n");
    const auto catalogue = Catalogue::load(folder.string());
    ASSERT_TRUE(catalogue) << catalogue.error().detail();
    const Rendered mail = catalogue->render("reset", "en", facts);
    EXPECT_THAT(mail.html, HasSubstr("<h1>Acme</h1>"));
    EXPECT_THAT(mail.html, HasSubstr("account &lt;ann&gt; at Notes &amp; Co"));
    EXPECT_THAT(mail.html, HasSubstr("<a href=\"https://id.example/reset?token=abc&amp;x=1\">Set a new password</a>"));
    EXPECT_EQ(mail.text, Catalogue().render("reset", "en", facts).text);
}

TEST_F(MailOverrides, the_last_sentence_may_be_left_out) {
    write("texts/en.txt", "reset.aside:\n");
    const auto catalogue = Catalogue::load(folder.string());
    ASSERT_TRUE(catalogue) << catalogue.error().detail();
    EXPECT_THAT(catalogue->render("reset", "en", facts).text, Not(HasSubstr("ignore this mail")));
}

TEST_F(MailOverrides, what_no_mail_could_say_is_refused_with_file_and_line) {
    const auto of = [this](std::string_view text) {
        write("texts/en.txt", text);
        return complaint();
    };
    const std::string file = at("texts/en.txt");
    EXPECT_EQ(of("\nreset.body: Dear {{nmae}}\n"), file + ":2: this mail has no value {{nmae}}");
    EXPECT_EQ(of("\n\nreset.body: Dear {{name\n"), file + ":3: a tag does not end");
    EXPECT_EQ(of("reset.body: {{#name}}x\n"), file + ":1: {{#name}} is not closed");
    EXPECT_EQ(of("reset.body: {{{name}}}\n"), file + ":1: {{{name}}} would show markup: write {{name}}");
    EXPECT_EQ(of("reset.body: {{>footer}}\n"), file + ":1: a mail has no parts: {{>footer}}");
    EXPECT_EQ(of("#\nreset.bdoy: Hello\n"), file + ":2: no mail shows a text reset.bdoy");
    EXPECT_EQ(of("reset.subject:\n"), file + ":1: reset.subject is empty");
    EXPECT_EQ(of("password_changed.button: Go\n"), file + ":1: no mail shows a text password_changed.button");
    // It goes to an address that anybody can have typed, and what he calls himself is a sentence of his own.
    EXPECT_EQ(of("change_new.body: {{name}} has this address\n"), file + ":1: this mail has no value {{name}}");
    EXPECT_EQ(of("change_new.body: An account at {{service}} has {{to}}\n"), "");
}

TEST_F(MailOverrides, a_file_that_nothing_reads_is_refused) {
    write("texts/xx.txt", "reset.body: x\n");
    EXPECT_EQ(complaint(), at("texts/xx.txt") + ": there is no such language");
    fs::remove(folder / "texts/xx.txt");
    write("reset.mustache", "x");
    EXPECT_EQ(complaint(), at("reset.mustache") + ": mails have mail.txt.mustache and mail.html.mustache alone");
    fs::remove(folder / "reset.mustache");
    write("mail.html.mustache", "\n<p>{{{body}}}</p>");
    EXPECT_EQ(complaint(), at("mail.html.mustache") + ":2: {{{body}}} would show markup: write {{body}}");
    fs::remove(folder / "mail.html.mustache");
    write("mail.txt.mustache", "{{{title}}}\n{{text}}\n");
    EXPECT_EQ(complaint(), at("mail.txt.mustache") + ":2: this mail has no value {{text}}");
    EXPECT_EQ(Catalogue::load(at("nowhere")).error().detail(),
              "mail_templates_dir: " + at("nowhere") + " is no folder");
}

}  // namespace
}  // namespace keyhold::mail
