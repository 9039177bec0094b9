// SPDX-License-Identifier: Apache-2.0
// What roff would take for its own stays text: groff_char(7), groff(7) "Control characters".
#include "cli/tools/roff.hpp"

#include <gtest/gtest.h>

namespace keyhold::cli {
namespace {

Roff page() { return Roff({"made-up", "1", "2026-11-30", "keyhold"}); }

std::string after_the_title(const Roff& made) { return made.text().substr(made.text().find('\n') + 1); }

TEST(Roff, a_page_begins_with_its_title_in_capitals) {
    EXPECT_EQ(page().text(), ".TH \"MADE\\-UP\" 1 \"2026-11-30\" \"keyhold\"\n");
}

TEST(Roff, prose_that_begins_with_a_dot_or_a_quote_is_no_request) {
    Roff made = page();
    made.paragraph(".so /etc/passwd");
    made.paragraph("'tis prose");
    EXPECT_EQ(after_the_title(made), "\\&.so /etc/passwd\n.PP\n\\(aqtis prose\n");
}

TEST(Roff, a_dot_that_comes_to_the_beginning_of_a_line_is_no_request_either) {
    Roff made = page();
    const std::string words(75, 'a');
    made.paragraph(words + " .env and more");
    EXPECT_EQ(after_the_title(made), words + "\n\\&.env and more\n");
}

TEST(Roff, a_backslash_is_printed) {
    Roff made = page();
    made.paragraph("a\\fBb");
    EXPECT_EQ(after_the_title(made), "a\\efBb\n");
}

TEST(Roff, code_is_bold_and_its_signs_are_those_that_are_typed) {
    Roff made = page();
    made.paragraph("as `a-b ~c` says, well-known");
    EXPECT_EQ(after_the_title(made), "as \\fBa\\-b \\(tic\\fP says, well-known\n");
}

TEST(Roff, a_flag_is_what_is_typed_without_being_marked_as_code) {
    Roff made = page();
    made.paragraph("with --json");
    EXPECT_EQ(after_the_title(made), "with \\-\\-json\n");
}

TEST(Roff, a_quotation_mark_ends_no_argument) {
    Roff made = page();
    made.subsection("say \"x\"");
    EXPECT_EQ(after_the_title(made), ".SS \"say \\(dqx\\(dq\"\n");
}

TEST(Roff, an_item_is_its_code_its_placeholder_and_prose) {
    Roff made = page();
    made.section("OPTIONS");
    made.item("--days", "NUMBER", "How long.");
    EXPECT_EQ(after_the_title(made), ".SH OPTIONS\n.TP\n\\fB\\-\\-days\\fP \\fINUMBER\\fP\nHow long.\n");
}

}  // namespace
}  // namespace keyhold::cli
