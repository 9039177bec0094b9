// SPDX-License-Identifier: Apache-2.0
#include "server/every_error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace keyhold::server {
namespace {

TEST(EveryErrorTest, has_a_code_of_its_own) {
    std::set<std::string_view> codes;
    for (const Errc why : every_error()) EXPECT_TRUE(codes.insert(why.row().code).second) << why.row().code;
}

TEST(EveryErrorTest, is_a_refusal_with_a_sentence) {
    for (const Errc why : every_error()) {
        EXPECT_TRUE(why.row().status >= 400 && why.row().status <= 599) << why.row().code;
        EXPECT_FALSE(why.row().title.empty() || why.row().detail.empty()) << why.row().code;
    }
}

// RFC 6749 §5.2 and RFC 6750 §3: %x20-21 / %x23-5B / %x5D-7E. Words of theirs have no spaces.
TEST(EveryErrorTest, has_an_oauth_word_in_the_characters_that_are_allowed) {
    for (const Errc why : every_error()) {
        const std::string_view word = why.row().oauth;
        EXPECT_TRUE(std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; })) << word;
    }
}

}  // namespace
}  // namespace keyhold::server
