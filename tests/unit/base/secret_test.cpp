// SPDX-License-Identifier: Apache-2.0
#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace keyhold {
namespace {

// What stands in the bytes of the object itself, which is where short texts are.
template <class T>
std::string bytes_of(const T& object) {
    return {reinterpret_cast<const char*>(&object), sizeof object};
}

TEST(Secret, ShowsItsTextToWhoeverAsks) {
    const Secret secret(std::string("pa55word"));
    EXPECT_EQ(secret.reveal(), "pa55word");
    EXPECT_EQ(secret.size(), 8U);
    EXPECT_FALSE(secret.empty());
}

TEST(Secret, LeavesNothingInTheTextThatItWasMadeOf) {
    std::string text("pa55word");
    const Secret secret(std::move(text));
    EXPECT_EQ(bytes_of(text).find("a55word"), std::string::npos);
}

TEST(Secret, LeavesNothingInTheSecretThatItWasMovedFrom) {
    Secret first(std::string("pa55word"));
    Secret second(std::move(first));
    EXPECT_EQ(bytes_of(first).find("a55word"), std::string::npos);
    Secret third(std::string("somethin"));
    third = std::move(second);
    EXPECT_EQ(bytes_of(second).find("a55word"), std::string::npos);
    EXPECT_EQ(third.reveal(), "pa55word");
}

TEST(Secret, LeavesNothingWhenItGoes) {
    alignas(Secret) char room[sizeof(Secret)];
    std::destroy_at(std::construct_at(reinterpret_cast<Secret*>(room), std::string("pa55word")));
    EXPECT_EQ(bytes_of(room).find("a55word"), std::string::npos);
}

}  // namespace
}  // namespace keyhold
