// SPDX-License-Identifier: Apache-2.0
#include "mail/texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace keyhold::mail {
namespace {

using testing::HasSubstr;
using testing::Not;

Rendered render(std::string_view kind, std::string_view language, const Facts& facts) {
    return Catalogue().render(kind, language, facts);
}

Facts some_facts() {
    return {.service = "Notes",
            .to = "ann@example.com",
            .name = "ann",
            .link = "https://id.example/reset?token=abc&x=1",
            .code = "ABCD-EFGH",
            .until = Time(std::chrono::seconds(1'796'011'920)),  // date -u -d '2026-11-30 04:12'
            .at = Time(std::chrono::seconds(1'796'011'920)),
            .from = "192.0.2.7",
            .device = "Firefox",
            .address = "new@example.com"};
}

// https://www.rfc-editor.org/rfc/rfc4647#section-3.4, https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
TEST(Language, is_the_best_that_the_reader_takes) {
    EXPECT_EQ(language_for("de"), "de");
    EXPECT_EQ(language_for("de-AT"), "de");
    EXPECT_EQ(language_for("DE-at, en;q=0.9"), "de");
    EXPECT_EQ(language_for("en;q=0.8, de;q=0.9"), "de");
    EXPECT_EQ(language_for("tlh, de;q=0.5, en;q=0.4"), "de");
    EXPECT_EQ(language_for("de;q=0, en"), "en");
}

TEST(Language, is_english_where_nothing_else_is_said_in_a_way_that_we_understand) {
    for (const std::string_view field :
         {"", "*", "tlh", "de;q=0", "de;q=2", "de;q=0.1234", "de;q=x", "de;level=1", ",,;", "d e"})
        EXPECT_EQ(language_for(field), "en") << field;
}

TEST(Texts, every_kind_can_be_said_in_every_language) {
    for (const std::string_view language : languages())
        for (const char* const kind : {"verify", "reset", "login_link", "change_new", "change_old", "address_changed",
                                       "password_changed", "new_device", "taken", "test"}) {
            const Rendered mail = render(kind, language, some_facts());
            EXPECT_FALSE(mail.subject.empty());
            for (const std::string& text : {mail.subject, mail.text, mail.html})
                EXPECT_THAT(text, Not(HasSubstr("{{"))) << language << ' ' << kind;
        }
}

TEST(Texts, a_mail_has_its_link_its_code_and_its_end_in_both_forms) {
    const Rendered mail = render("reset", "en", some_facts());
    EXPECT_EQ(mail.subject, "Set a new password for Notes");
    for (const std::string& form : {mail.text, mail.html}) {
        EXPECT_THAT(form, HasSubstr("ABCD-EFGH"));
        EXPECT_THAT(form, HasSubstr("until 2026-11-30 04:12 UTC."));
        EXPECT_THAT(form, HasSubstr("Asked for at 2026-11-30 04:12 UTC from 192.0.2.7."));
    }
    EXPECT_THAT(mail.text, HasSubstr("\nhttps://id.example/reset?token=abc&x=1\n"));
    EXPECT_THAT(mail.html, HasSubstr("href=\"https://id.example/reset?token=abc&amp;x=1\""));
}

// Anybody can have it sent to an address of somebody else, and choose what his account is called.
TEST(Texts, a_mail_to_an_address_that_somebody_typed_says_nothing_that_he_chose) {
    Facts facts = some_facts();
    facts.name = "You won, see evil.example";
    for (const char* language : {"de", "en", "es", "fr", "ja", "pt"}) {
        const Rendered mail = render("change_new", language, facts);
        for (const std::string& text : {mail.subject, mail.text, mail.html})
            EXPECT_THAT(text, Not(HasSubstr("evil.example"))) << language;
    }
}

TEST(Texts, nothing_is_said_of_an_old_address_where_none_is_asked) {
    const std::pair<const char*, const char*> sentences[]{{"en", "The old address is asked too."},
                                                          {"de", "Die alte Adresse wird auch gefragt."},
                                                          {"fr", "ancienne adresse"},
                                                          {"es", "anterior"},
                                                          {"pt", "anterior"},
                                                          {"ja", "\u4ee5\u524d"}};
    for (const auto& [language, sentence] : sentences) {
        Facts facts = some_facts();
        EXPECT_THAT(render("change_new", language, facts).text, Not(HasSubstr(sentence))) << language;
        facts.old_is_asked = true;
        EXPECT_THAT(render("change_new", language, facts).text, HasSubstr(sentence)) << language;
    }
}

TEST(Texts, an_address_that_was_taken_away_is_said_to_be_gone) {
    Facts facts = some_facts();
    EXPECT_THAT(render("address_changed", "en", facts).text, HasSubstr("has the address new@example.com now."));
    facts.address = "";
    EXPECT_THAT(render("address_changed", "en", facts).text, HasSubstr("at Notes has no address any more. Mails"));
}

TEST(Texts, a_notice_has_neither_link_nor_code) {
    Facts facts = some_facts();
    facts.link = facts.code = "";
    facts.until.reset();
    const Rendered mail = render("password_changed", "de", facts);
    EXPECT_THAT(mail.html, Not(HasSubstr("<a ")));
    EXPECT_THAT(mail.text, Not(HasSubstr("Code")));
    EXPECT_THAT(mail.text, Not(HasSubstr("\n\n\n"))) << "where link and code would be";
    EXPECT_THAT(mail.text, HasSubstr("Das geschah um 2026-11-30 04:12 UTC von 192.0.2.7."));
}

TEST(Texts, what_somebody_calls_himself_is_no_markup_and_no_template) {
    Facts facts = some_facts();
    facts.name = "<script>x</script>{{code}}{{{link}}}";
    facts.device = "\"><img src=x>";
    const Rendered mail = render("new_device", "en", facts);
    EXPECT_THAT(mail.html, Not(HasSubstr("<script")));
    EXPECT_THAT(mail.html, Not(HasSubstr("<img")));
    EXPECT_THAT(mail.html, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(mail.text, HasSubstr("<script>x</script>{{code}}{{{link}}}"));
}

TEST(Texts, what_is_not_there_is_a_fault_of_the_program) {
    EXPECT_THROW(render("resett", "en", some_facts()), std::logic_error);
    EXPECT_THROW(render("reset", "tlh", some_facts()), std::logic_error);
    EXPECT_TRUE(is_kind("reset"));
    EXPECT_FALSE(is_kind("resett"));
}

}  // namespace
}  // namespace keyhold::mail
