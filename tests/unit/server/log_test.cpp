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
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "error no such table \"a?error forged?[2J?\xc2?31m\" é\n");
}

}  // namespace
}  // namespace keyhold::server
