// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/secret_strength.hpp"

#include <gtest/gtest.h>

#include "domain/clients/clients.hpp"

namespace keyhold::domain {

namespace {

std::string why(std::string_view secret, double bits = signing_secret_bits) {
    return weakness_of_secret(Secret(secret), bits);
}
constexpr std::string_view published = "is a published example that everybody knows";

}  // namespace

TEST(SecretStrength, length_alone_makes_no_secret) {
    for (const std::string& text :
         {std::string(32, 'a'), std::string(40, ' '), std::string("0123456789abcdef0123456789abcdef"),
          std::string("1234567890123456789012345678901234567890"), std::string("qwertyuiopasdfghjklzxcvbnmqwertyuiop"),
          std::string("deadbeefdeadbeefdeadbeefdeadbeef"), std::string()})
        EXPECT_TRUE(why(text).starts_with("is easy to guess, as it ")) << text;
}

TEST(SecretStrength, what_stands_in_documentation_and_templates_is_known) {
    for (const char* text :
         {"your_secret_key",
          "your-secret-key",
          "YOUR_SECRET_KEY",
          "changethis",
          "changeme",
          "secret",
          "supersecret",
          "supersecretkey",
          "super-secret",
          "mysecretkey",
          "your-256-bit-secret",
          "a-string-secret-at-least-256-bits-long",
          "please-change-this-secret-key-now-please",
          "my-super-secret-key-that-is-at-least-32-characters-long",
          "thisisasecretkeythatshouldbechangedinproduction",
          "your-super-secret-jwt-key-change-this-in-production",
          "this-is-a-very-long-secret-key-for-jwt-signing",
          "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
          "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
          "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
          "83daa0256a2289b0fb23693bf1f6034d44396675749244721a2b20e896e11662",
          "3CFA76EF14937C1C0EA519F8FC057A80FCD04A7420F8E8BCD0A7567C272E007B",
          "bXktc3VwZXItc2VjcmV0LWtleS10aGF0LWlzLWF0LWxlYXN0LTMyLWNoYXJhY3RlcnMtbG9uZw==",  // the one above, in base64
          "Y2hhbmdlLXRoaXMtc2VjcmV0LWtleS1pbi1wcm9kdWN0aW9uIQ==",  // change-this-secret-key-in-production!
          "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf"})
        EXPECT_EQ(why(text), published) << text;
}

// `django-admin startproject` writes such keys: random, and committed with the first commit.
TEST(SecretStrength, what_a_generator_made_for_development_is_told_from_what_was_published) {
    for (const char* text :
         {"django-insecure-2v!k9x#q0w8e7r6t5y4u3i2o1p0a9s8d7f6g5h4j3k2l1", "insecure-815b1407e9655117189a70b2032763e5"})
        EXPECT_EQ(why(text), "begins with the mark of a generator that it is for development") << text;
}

// Made with `openssl rand`, `python3 -c "import secrets; print(secrets.token_urlsafe(32))"` and dice.
TEST(SecretStrength, what_a_generator_makes_is_good) {
    for (const char* text :
         {"815b1407e9655117189a70b2032763e5db10684a0beb562daf1227acd865c820", "6b1b36cbb04b41490bfc0ab2bfa26f86",
          "Sw3WsSOEJpY68Q/LAUOUQdOQJx0E0Nte", "the-audit-signs-with-these-thirty-two-characters"})
        EXPECT_EQ(why(text), "") << text;
    EXPECT_EQ(why("9f86d081884c7d65", client_secret_bits), "") << "online, ten guesses at a time";
    EXPECT_EQ(why("umbrella fjord teaspoon granite", passphrase_bits), "");
    EXPECT_NE(why("fjord", passphrase_bits), "");
}

TEST(SecretStrength, each_client_is_judged_and_named) {
    const auto weak =
        weak_clients(Secret(std::string("api:aaaaaaaaaaaaaaaaaaaa,web:9f86d081884c7d65,old:your-256-bit-secret")), {});
    ASSERT_EQ(weak.size(), 2U);
    EXPECT_EQ(weak[0].id, "api");
    EXPECT_EQ(weak[1].id, "old");
    EXPECT_EQ(weak[1].weakness, published);
}

TEST(SecretStrength, a_word_without_a_colon_may_be_a_secret_and_names_no_client) {
    EXPECT_TRUE(weak_clients(Secret(std::string("aaaaaaaaaaaaaaaaaaaa")), {}).empty());
    const auto weak = weak_clients(Secret(std::string("api:changethis,changethis")), {});
    ASSERT_EQ(weak.size(), 1U);
    EXPECT_EQ(weak[0].id, "api");
}

}  // namespace keyhold::domain
