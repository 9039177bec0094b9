// SPDX-License-Identifier: Apache-2.0
// What is said of a password while it is typed is what is said of it when it is sent.
#include "domain/passwords/password_advisor.hpp"

#include <gtest/gtest.h>

#include "domain/errors.hpp"

namespace keyhold::domain {
namespace {

constexpr std::string_view here = "192.0.2.1";

struct PasswordAdvisorTest : testing::Test {
    PasswordRules rules{.min_characters = 8, .min_score = 3};
    FixedClock clock{Time(std::chrono::seconds(1'800'000'000))};
    PasswordAdvisor advisor{rules, clock};
    PasswordAdvice advise(std::string_view password, std::string_view name = "ann") {
        return advisor.advise(Secret(password), name, here).value();
    }
};

TEST_F(PasswordAdvisorTest, says_what_the_rules_will_say) {
    for (const char* password :
         {"", "short", "password123", "Quoxalith-Verbann", "correct horse battery staple", "\xff"}) {
        const auto wrong = check_password(Secret(std::string_view(password)), "quoxalith.verbann", rules);
        const auto advice = advise(password, "quoxalith.verbann");
        EXPECT_EQ(advice.is_refused, !wrong.empty()) << password;
        EXPECT_EQ(advice.weakness, wrong.empty() ? "" : wrong[0].msg) << password;
    }
    EXPECT_FALSE(advise("Quoxalith-Verbann").is_refused) << "of somebody who is not called so";
}

TEST_F(PasswordAdvisorTest, names_a_weakness_also_where_the_rules_let_it_pass) {
    rules.min_score = 0;
    const auto advice = advise("password123");
    EXPECT_FALSE(advice.is_refused);
    EXPECT_NE(advice.weakness.find("easy to guess"), std::string::npos);
    EXPECT_EQ(advise("correct horse battery staple").weakness, "");
}

TEST_F(PasswordAdvisorTest, looks_at_so_many_passwords_from_one_address_and_at_more_after_a_while) {
    int looked_at = 0;
    while (looked_at < 1000 && advisor.advise(Secret(std::string("password123")), "ann", here)) ++looked_at;
    EXPECT_EQ(looked_at, 200);
    EXPECT_EQ(advisor.advise(Secret(std::string("password123")), "ann", here).error().errc(),
              errors::too_many_requests);
    EXPECT_TRUE(advisor.advise(Secret(std::string("password123")), "ann", "192.0.2.2"));
    clock.advance(std::chrono::minutes(1));
    EXPECT_TRUE(advisor.advise(Secret(std::string("password123")), "ann", here));
}

}  // namespace
}  // namespace keyhold::domain
