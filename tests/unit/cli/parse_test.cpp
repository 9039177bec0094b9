// SPDX-License-Identifier: Apache-2.0
// Words and what comes of them, on a table of the test's own.
#include "cli/parse.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace keyhold::cli {
namespace {

Command table() {
    return {
        .name = "tool",
        .about = "A tool",
        .example = "tool box open x",
        .parameters = {{.name = "--json", .help = "As JSON", .takes = Takes::nothing},
                       {.name = "--level", .help = "How much"}},
        .commands = {
            {.name = "box",
             .about = "Boxes",
             .example = "tool box open x",
             .commands = {
                 {.name = "open",
                  .about = "Open a box",
                  .example = "tool box open x",
                  .parameters = {{.name = "box", .help = "Which", .required = true},
                                 {.name = "--times",
                                  .help = "How often",
                                  .takes = Takes::number,
                                  .otherwise = "2",
                                  .least = 1,
                                  .most = 9},
                                 {.name = "--into", .help = "Where", .excludes = {"--away"}},
                                 {.name = "--away", .help = "Off", .takes = Takes::nothing},
                                 {.name = "--colour", .help = "Which", .otherwise = "red", .allowed = {"red", "blue"}},
                                 {.name = "--tag", .help = "Tags", .takes = Takes::texts}},
                  .run = [](Context&, const Values&) {}}}}}};
}

class Parse : public testing::Test {
protected:
    Parsed of(std::vector<const char*> words) {
        words.insert(words.begin(), "tool");
        return parse(program_, words);
    }
    const Command program_ = table();
};

TEST_F(Parse, words_become_the_values_of_the_command_that_they_name) {
    const Parsed parsed = of({"box", "open", "x", "--times", "3", "--tag", "a", "--tag", "b", "--away"});
    ASSERT_NE(parsed.command, nullptr) << parsed.complaint;
    EXPECT_EQ(parsed.command->name, "open");
    EXPECT_EQ(parsed.values.text("box"), "x");
    EXPECT_EQ(parsed.values.number("--times"), 3);
    EXPECT_EQ(parsed.values.texts("--tag"), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(parsed.values.given("--away"));
    EXPECT_FALSE(parsed.values.given("--into"));
}

TEST_F(Parse, what_is_not_given_has_its_default) {
    const Parsed parsed = of({"box", "open", "x"});
    ASSERT_NE(parsed.command, nullptr);
    EXPECT_EQ(parsed.values.number("--times"), 2);
    EXPECT_EQ(parsed.values.text("--colour"), "red");
    EXPECT_FALSE(parsed.values.given("--colour"));
    EXPECT_TRUE(parsed.values.texts("--tag").empty());
}

TEST_F(Parse, flags_of_the_program_stand_before_or_behind_the_command) {
    for (const std::vector<const char*>& words :
         {std::vector<const char*>{"--json", "--level", "7", "box", "open", "x"},
          {"box", "open", "x", "--json", "--level", "7"}}) {
        const Parsed parsed = of(words);
        ASSERT_NE(parsed.command, nullptr);
        EXPECT_TRUE(parsed.everywhere.given("--json"));
        EXPECT_EQ(parsed.everywhere.text("--level"), "7");
    }
    EXPECT_FALSE(of({"box", "open", "x"}).everywhere.given("--level"));
}

struct Wrong {
    const char* what;
    std::vector<const char*> words;
    const char* complaint;  // a part of it
};

// Each is `box open x` with one thing changed.
TEST_F(Parse, words_that_the_table_does_not_allow_are_complained_about) {
    ASSERT_NE(of({"box", "open", "x"}).command, nullptr);
    for (const Wrong& wrong :
         {Wrong{"no number", {"box", "open", "x", "--times", "many"}, "--times"},
          Wrong{"below the bounds", {"box", "open", "x", "--times", "0"}, "1"},
          Wrong{"above the bounds", {"box", "open", "x", "--times", "10"}, "9"},
          Wrong{"another text", {"box", "open", "x", "--colour", "green"}, "green"},
          Wrong{"two that exclude each other", {"box", "open", "x", "--into", "y", "--away"}, "excludes"},
          Wrong{"a flag that is none", {"box", "open", "x", "--tims", "3"}, "--tims"},
          Wrong{"a word too many", {"box", "open", "x", "y"}, "y"}}) {
        const Parsed parsed = of(wrong.words);
        EXPECT_EQ(parsed.command, nullptr) << wrong.what;
        EXPECT_NE(parsed.complaint.find(wrong.complaint), std::string::npos) << wrong.what << ": " << parsed.complaint;
        EXPECT_EQ(parsed.usage, "") << wrong.what;
    }
}

TEST_F(Parse, what_is_missing_is_complained_about_with_the_help) {
    for (const std::vector<const char*>& words : {std::vector<const char*>{"box", "open"}, {"box"}, {}}) {
        const Parsed parsed = of(words);
        EXPECT_EQ(parsed.command, nullptr);
        EXPECT_NE(parsed.complaint.find("required"), std::string::npos) << parsed.complaint;
        EXPECT_TRUE(parsed.usage.starts_with("Example: ")) << parsed.usage;
    }
}

TEST_F(Parse, help_is_an_answer_and_nothing_is_run) {
    const Parsed parsed = of({"box", "open", "--help"});
    EXPECT_EQ(parsed.command, nullptr);
    EXPECT_EQ(parsed.complaint, "");
    EXPECT_TRUE(parsed.answer.starts_with("Example: tool box open x\n")) << parsed.answer;
    EXPECT_NE(parsed.answer.find("--times"), std::string::npos);
}

TEST_F(Parse, a_name_that_the_command_does_not_have_is_a_fault_of_the_program) {
    const Parsed parsed = of({"box", "open", "x"});
    EXPECT_THROW((void)parsed.values.given("--time"), std::logic_error);
    EXPECT_THROW((void)parsed.values.text("--json"), std::logic_error);  // of the program, not of the command
}

}  // namespace
}  // namespace keyhold::cli
