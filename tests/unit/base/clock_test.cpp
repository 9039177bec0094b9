// SPDX-License-Identifier: Apache-2.0
#include "base/clock.hpp"

#include <gtest/gtest.h>

#include "base/internet_date.hpp"

namespace keyhold {

namespace {
constexpr Time moment{std::chrono::seconds(1'700'000'000)};  // date -u -d @1700000000: 2023-11-14 22:13:20
}

TEST(Clock, writes_and_reads_rfc_3339) {
    EXPECT_EQ(rfc3339(moment), "2023-11-14T22:13:20Z");
    EXPECT_EQ(parse_time("2023-11-14T22:13:20Z"), moment);
}

// The example of RFC 9110 §5.6.7.
TEST(Clock, writes_dates_of_http_and_of_mails) {
    EXPECT_EQ(internet_date(Time(std::chrono::seconds(784'111'777))), "Sun, 06 Nov 1994 08:49:37");
}

TEST(Clock, reads_what_databases_and_languages_write) {
    for (const char* text :
         {"2023-11-14 22:13:20", "2023-11-14 22:13:20.123456", "2023-11-14t22:13:20.5z", "2023-11-14T23:13:20+01:00",
          "2023-11-14 22:13:20+00", "2023-11-14T16:43:20-0530", "1700000000"})
        EXPECT_EQ(parse_time(text), moment) << text;
}

TEST(Clock, reads_nothing_else_as_a_time) {
    for (const char* text :
         {"", "now", "2023-11-14", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-11-14T24:00:00Z",
          "2023-11-14T22:13:20Zulu", "2023-11-14T22:13", "23-11-14T22:13:20Z", "2023-11-14T22:13:20.Z", "1e9",
          "99999999999999999999", "9999999999999", "2023-11-14T22:13:20+25:00"})
        EXPECT_EQ(parse_time(text), std::nullopt) << text;
}

TEST(Clock, reads_a_day_as_its_first_moment) {
    EXPECT_EQ(parse_day_or_time("2023-11-14"), parse_time("2023-11-14T00:00:00Z"));
    EXPECT_EQ(parse_day_or_time("2023-11-14T22:13:20Z"), parse_time("2023-11-14T22:13:20Z"));
    EXPECT_EQ(parse_day_or_time("1700000000"), parse_time("1700000000")) << "as long as a day, and no day";
    for (const char* text : {"", "2023-11-1", "2023-02-29", "2023-1-114", "today"})
        EXPECT_EQ(parse_day_or_time(text), std::nullopt) << text;
}

}  // namespace keyhold
