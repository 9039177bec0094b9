// SPDX-License-Identifier: Apache-2.0
// What stands in a line of the log.
#include "server/observe/log.hpp"

#include <gtest/gtest.h>

namespace keyhold::server {
namespace {

TEST(Log, a_line_of_text_is_one_line_that_no_terminal_obeys) {
    testing::internal::CaptureStderr();
    Log log(LogFormat::text);
    log.say(Level::error,
            "no such table \"a\nerror forged\x1b[2J\x7f\xc2\x9b"
            "31m\" é");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "error no such table \"a?error forged?[2J???31m\" é\n");
}

TEST(Log, commands_are_those_of_the_program) {
    std::string line;
    Log log(LogFormat::text, [&](std::string_view text) { line = text; });
    log.name_commands_after("notes");
    log.say(Level::info, "`keyhold user add` makes accounts of keyhold, `keyhold user list` lists them");
    EXPECT_EQ(line, "info `notes user add` makes accounts of keyhold, `notes user list` lists them\n");
}

}  // namespace
}  // namespace keyhold::server
