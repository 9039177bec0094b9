// SPDX-License-Identifier: Apache-2.0
// What the pages of /admin are made of: charts, and commands that can be copied into a shell.
#include <gtest/gtest.h>

#include <cstdio>

#include "pages/admin/chart.hpp"
#include "pages/admin/routes.hpp"

namespace keyhold::pages {
namespace {

// What a shell makes of a word.
std::string said_by_shell(const std::string& word) {
    const std::string command = "printf %s " + word;
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    std::string said;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said += static_cast<char>(c);
    ::pclose(pipe);
    return said;
}

TEST(QuotedForShell, is_read_by_a_shell_as_it_was) {
    for (const char* text : {"ann", "a b", "it's", "$(id)", "`id`", "a;b", "\"", "\\", "*", "~", "!x", "\u00E9", "#a",
                             "a\nb", "''", "<x>", "ann@example.com"})
        EXPECT_EQ(said_by_shell(quoted_for_shell(text)), text) << text;
    EXPECT_EQ(quoted_for_shell(""), "''");
    EXPECT_EQ(quoted_for_shell("ann@example.com"), "ann@example.com") << "as people write it";
}

TEST(CommandThatIsShown, takes_no_name_for_an_option) {
    EXPECT_EQ(argument_for_command("ann"), "ann");
    EXPECT_EQ(argument_for_command("--help"), "-- '--help'");
    EXPECT_EQ(option_for_command("--by", "ann"), " --by ann");
    EXPECT_EQ(option_for_command("--by", "-x"), " --by='-x'");
    EXPECT_EQ(option_for_command("--by", ""), "");
}

const std::vector<Values>& list(const Values& values, std::string_view name) {
    for (const auto& [key, value] : values)
        if (key == name) return std::get<std::vector<Values>>(value);
    throw std::logic_error("there is no such list");
}
std::string text(const Values& values, std::string_view name) {
    for (const auto& [key, value] : values)
        if (key == name) return std::get<std::string>(value);
    throw std::logic_error("there is no such text");
}

// The picture is 720 wide and 120 tall. With two bars each may take 360, of which 3 are a gap.
TEST(Chart, has_bars_as_high_as_their_share_of_the_highest) {
    const auto chart = chart_of("x", {{Time(), 30, 10}, {Time(), 0, 20}});
    EXPECT_EQ(text(chart, "good_sum"), "30");
    EXPECT_EQ(text(chart, "bad_sum"), "30");
    EXPECT_EQ(text(chart, "most"), "40");
    const auto& shapes = list(chart, "shapes");
    ASSERT_EQ(shapes.size(), 3u) << "nothing has no bar";
    const auto shape = [&](std::size_t i) {
        std::string all;
        for (const char* name : {"kind", "x", "y", "w", "h"}) all += text(shapes[i], name) + " ";
        return all;
    };
    EXPECT_EQ(shape(0), "good 0 30 357 90 ");
    EXPECT_EQ(shape(1), "bad 0 0 357 30 ");
    EXPECT_EQ(shape(2), "bad 360 60 357 60 ");
    EXPECT_EQ(list(chart, "numbers").size(), 2u);
}

TEST(Chart, shows_one_beside_a_million_and_survives_nothing_at_all) {
    const auto chart = chart_of("x", {{Time(), 1'000'000, 1}});
    ASSERT_EQ(list(chart, "shapes").size(), 2u);
    for (const Values& shape : list(chart, "shapes")) {
        EXPECT_GE(std::stoi(text(shape, "h")), 2);
        EXPECT_GE(std::stoi(text(shape, "y")), 0);
        EXPECT_LE(std::stoi(text(shape, "y")) + std::stoi(text(shape, "h")), 120);
    }
    EXPECT_TRUE(list(chart_of("x", {{Time(), 0, 0}}), "shapes").empty());
    EXPECT_TRUE(list(chart_of("x", {}), "shapes").empty());
}

}  // namespace
}  // namespace keyhold::pages
