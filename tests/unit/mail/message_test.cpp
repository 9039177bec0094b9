// SPDX-License-Identifier: Apache-2.0
#include "mail/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace keyhold::mail {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Message a_message() {
    return {.id = "019abcde-f012-7abc-8def-0123456789ab",
            .date = Time(std::chrono::seconds(1'796'011'920)),  // date -u -d '2026-11-30 04:12'
            .from = "keyhold@example.org",
            .to = "ann@example.com",
            .subject = "A subject",
            .text = "Hello\n",
            .html = "<p>Hello</p>\n"};
}

// The head, field by field, up to the empty line.
std::string head_of(const Message& message) {
    const std::string all = written(message);
    return all.substr(0, all.find("\r\n\r\n") + 2);
}

TEST(Message, has_the_fields_of_rfc_5322) {
    EXPECT_EQ(head_of(a_message()),
              "Date: Mon, 30 Nov 2026 04:12:00 +0000\r\n"
              "From: <keyhold@example.org>\r\n"
              "To: <ann@example.com>\r\n"
              "Message-ID: <019abcde-f012-7abc-8def-0123456789ab@example.org>\r\n"
              "Subject: A subject\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Type: multipart/alternative; boundary=\"=_019abcde-f012-7abc-8def-0123456789ab\"\r\n");
}

TEST(Message, the_text_comes_before_the_html) {
    const std::string all = written(a_message());
    EXPECT_LT(all.find("text/plain"), all.find("text/html"));
    EXPECT_THAT(all, EndsWith("\r\n--=_019abcde-f012-7abc-8def-0123456789ab--\r\n"));
}

TEST(Message, each_try_is_the_same_mail) { EXPECT_EQ(written(a_message()), written(a_message())); }

TEST(Message, no_value_begins_a_field_of_its_own) {
    for (const std::string_view attack : {"x\r\nBcc: all@example.com", "x\nBcc: all@example.com",
                                          "x\rBcc: all@example.com", "\r\n\r\nBcc: in the body"}) {
        Message message = a_message();
        message.subject = message.from_name = message.language = attack;
        EXPECT_THAT(written(message), Not(HasSubstr("\nBcc"))) << attack;
        EXPECT_THAT(written(message), Not(HasSubstr("\rBcc"))) << attack;
        Message to = a_message();
        to.to = "ann@example.com" + std::string(attack);
        EXPECT_THROW(written(to), std::logic_error);
    }
    Message message = a_message();
    message.id = "a\r\nBcc: x";
    EXPECT_THROW(written(message), std::logic_error);
}

TEST(Message, a_display_name_cannot_end_its_quotes) {
    Message message = a_message();
    message.from_name = R"(Ann" <eve@example.com>, "\)";
    EXPECT_THAT(head_of(message), HasSubstr(R"(From: "Ann\" <eve@example.com>, \"\\" <keyhold@example.org>)"));
}

TEST(Message, no_line_of_a_body_ends_the_mail_or_is_longer_than_76) {
    Message message = a_message();
    message.text = ".\n..\nFrom here\n" + std::string(3000, '.') + "\n" + std::string(3000, 'F') + "\nspace \n";
    std::string all = written(message);
    for (std::size_t at = 0; at < all.size();) {
        const auto end = all.find("\r\n", at);
        ASSERT_NE(end, all.npos);
        const std::string line = all.substr(at, end - at);
        EXPECT_LE(line.size(), 98U);
        EXPECT_FALSE(line.starts_with(".")) << line;
        EXPECT_FALSE(line.starts_with("From ")) << line;
        at = end + 2;
    }
}

// RFC 2045 §6.7.
TEST(QuotedPrintable, is_that_of_the_standard) {
    EXPECT_EQ(quoted_printable("a=b"), "a=3Db");
    EXPECT_EQ(quoted_printable("\xC3\xBC"), "=C3=BC");
    EXPECT_EQ(quoted_printable("end \nnext"), "end=20\r\nnext");
    EXPECT_EQ(quoted_printable("a\r\nb"), "a\r\nb");
    EXPECT_EQ(quoted_printable("a\rb"), "a=0Db");
    EXPECT_EQ(quoted_printable(std::string(80, 'a')), std::string(75, 'a') + "=\r\n" + std::string(5, 'a'));
}

// RFC 2047 §4.2, §5, §8.
TEST(EncodedWords, are_those_of_the_standard) {
    EXPECT_EQ(encoded_words("plain text"), "plain text");
    EXPECT_EQ(encoded_words("Best\xC3\xA4tigen Sie"), "=?utf-8?q?Best=C3=A4tigen_Sie?=");
    EXPECT_EQ(encoded_words("a =?utf-8?q?b?="), "=?utf-8?q?a_=3D=3Futf=2D8=3Fq=3Fb=3F=3D?=");
}

TEST(EncodedWords, no_word_is_longer_than_75_or_ends_within_a_character) {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "\xE6\x97\xA5";  // U+65E5
    const std::string words = encoded_words(text);
    for (std::size_t at = 0; at < words.size();) {
        const auto end = std::min(words.find("\r\n ", at), words.size());
        const std::string word = words.substr(at, end - at);
        EXPECT_LE(word.size(), 75U);
        EXPECT_EQ((word.size() - std::string_view("=?utf-8?q?").size() - std::string_view("?=").size()) % 9, 0U)
            << word;
        at = end + 3;
    }
}

TEST(Address, what_can_stand_in_a_field_is_one) {
    for (const std::string_view good :
         {"ann@example.com", "a.b+c@x", "\"a b\"@example.com", "\"a\\\"@b\"@example.com", "j\xC3\xBCrgen@example.com"})
        EXPECT_TRUE(is_address(good)) << good;
    for (const std::string_view bad :
         {"", "ann", "@example.com", "ann@", "a@b@c", "ann @example.com", "ann@example.com>", "<ann@example.com",
          "ann@example.com\r\n", "ann@exam\nple.com", "a,b@example.com", "\"a@example.com", "a\"b\"@example.com",
          "ann@example.com (x)", "\xFF@example.com", "ann@example.com;bob@example.com"})
        EXPECT_FALSE(is_address(bad)) << bad;
    EXPECT_FALSE(is_address(std::string(255, 'a') + "@x"));
}

}  // namespace
}  // namespace keyhold::mail
