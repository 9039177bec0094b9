// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/password_strength.hpp"

#include <gtest/gtest.h>

namespace keyhold::domain {

namespace {

PasswordStrength strength(std::string_view password, std::vector<std::string> context = {}) {
    return measure_strength(Secret(password), context);
}

}  // namespace

// The examples of the zxcvbn paper (Wheeler, USENIX Security 2016) and of its demonstration page.
TEST(PasswordStrength, is_low_for_what_people_choose_and_says_why) {
    struct Case {
        const char* password;
        const char* why;
    };
    for (const Case& row : std::initializer_list<Case>{{"password", "common word"},
                                                       {"password123", "common word"},
                                                       {"testpass", "common word"},
                                                       {"P@ssw0rd", "swapped for signs"},
                                                       {"abcdefghijk", "sequence"},
                                                       {"aaaaaaaaaaaa", "repeats"},
                                                       {"zxcvbnm,", "neighbouring keys"},
                                                       {"19850212", "date"}}) {
        const auto measured = strength(row.password);
        EXPECT_LT(measured.score, 3) << row.password;
        EXPECT_NE(measured.weakness.find(row.why), std::string_view::npos) << row.password << ": " << measured.weakness;
    }
}

TEST(PasswordStrength, is_high_for_what_nobody_would_try) {
    for (const char* password : {"correct horse battery staple", "kxqvwzjb tlmn", "Umbrella-Fjord-71-teaspoon",
                                 "re\u0301sume\u0301 of the owls"})
        EXPECT_GE(strength(password).score, 3) << password;
}

TEST(PasswordStrength, is_low_for_words_of_the_context_in_any_case) {
    EXPECT_GE(strength("Quoxalith-Verbann").score, 3);
    const auto measured = strength("Quoxalith-Verbann", words_of("quoxalith.verbann@example.com"));
    EXPECT_LT(measured.score, 3);
    EXPECT_NE(measured.weakness.find("username"), std::string_view::npos) << measured.weakness;
    EXPECT_LT(strength("keyhold2024", {"keyhold"}).score, 3);
}

TEST(PasswordStrength, is_measured_of_any_password_that_can_be) {
    EXPECT_EQ(strength("x").score, 0);
    EXPECT_LT(strength(std::string(1024, 'a')).score, 3);
    EXPECT_GE(strength("\xc3\xa9\xe5\xaf\x86\xf0\x9f\x98\x80 umbrella fjord teaspoon").score, 3);
    std::string every;
    for (int c = 1; c < 256; ++c) every += static_cast<char>(c);
    EXPECT_EQ(strength(every).score, 4);
}

TEST(PasswordStrength, takes_names_apart) {
    EXPECT_EQ(words_of("Bob.Smith@example.com"),
              (std::vector<std::string>{"bob.smith@example.com", "bob", "smith", "example", "com"}));
    EXPECT_EQ(words_of("testuser1"), (std::vector<std::string>{"testuser1", "testuser"}));
    EXPECT_EQ(words_of("ab"), std::vector<std::string>{});
    EXPECT_TRUE(words_of("").empty());
    EXPECT_LE(words_of(std::string(100, 'a') + " b c d e f g h i j k l m n o p q r s t u v w x y z").size(), 16u);
}

}  // namespace keyhold::domain
