// SPDX-License-Identifier: Apache-2.0
#include "http/connection/accept.hpp"

#include <gtest/gtest.h>

namespace keyhold::http {

// RFC 9110 §12.5.1: its example, and the table of weights that follows it.
TEST(Accept, the_most_specific_range_decides) {
    constexpr std::string_view accept =
        "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5";
    EXPECT_EQ(weight_of(accept, "text/html"), 300);
    EXPECT_EQ(weight_of(accept, "image/jpeg"), 500);
    EXPECT_EQ(weight_of(accept, "text/plain"), 700);
    EXPECT_EQ(weight_of("text/*, TEXT/HTML;Q=0.25", "text/html"), 250);
    EXPECT_EQ(weight_of("*/*;q=1.000", "text/html"), 1000);
    EXPECT_EQ(weight_of("image/*", "text/html"), 0);
    EXPECT_EQ(weight_of("", "text/html"), 0);
}

TEST(Accept, a_range_that_is_malformed_says_nothing) {
    for (const char* accept : {"text/html;q=1.5", "text/html;q=", "text/html;q=0.1234", "text/html;q=2",
                               "text/html;q=-1", "text/html;q=0,5x", "text", "*", "/", ";;;,,,", "text/html;q=1.001"})
        EXPECT_EQ(weight_of(accept, "text/html"), 0) << accept;
    EXPECT_EQ(weight_of("text/html;q=x, text/html;q=0.5", "text/html"), 500);
}

// What Firefox, Chromium and Safari send when somebody types an address, and what programs send.
TEST(Accept, browsers_want_a_page_and_programs_do_not) {
    const auto wants = [](std::string_view accept) {
        const Field field{"Accept", accept};
        Request request;
        request.fields = {&field, 1};
        return wants_page(request);
    };
    EXPECT_TRUE(wants("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
    EXPECT_TRUE(
        wants("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
              "application/signed-exchange;v=b3;q=0.7"));
    EXPECT_TRUE(wants("application/json;q=0.5, text/html"));
    for (const char* accept : {"*/*", "", "application/json", "application/json, text/plain, */*", "text/html;q=0",
                               "application/json, text/html", "text/html;q=0.5, application/problem+json;q=0.5"})
        EXPECT_FALSE(wants(accept)) << accept;
    EXPECT_FALSE(wants_page(Request{}));
}

}  // namespace keyhold::http
