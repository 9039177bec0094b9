// SPDX-License-Identifier: Apache-2.0
// From settings to what the hasher is made of.
#include <gtest/gtest.h>

#include "server/settings/password_settings.hpp"

namespace keyhold::server {
namespace {

Settings settings(const std::string& password_hash) {
    Settings settings;
    settings.password_hash = password_hash;
    settings.bcrypt_cost = 13;
    settings.argon2_memory = 65536;
    settings.argon2_passes = 3;
    settings.argon2_lanes = 4;
    return settings;
}

TEST(PasswordSettings, name_the_scheme_and_its_cost) {
    EXPECT_EQ(password_settings(settings("bcrypt"))->scheme, crypto::PasswordScheme::bcrypt);
    const auto argon2id = password_settings(settings("argon2id"));
    EXPECT_EQ(argon2id->scheme, crypto::PasswordScheme::argon2id);
    EXPECT_EQ(argon2id->bcrypt_cost, 13);
    EXPECT_EQ(argon2id->argon2_memory, 65536U);
    EXPECT_EQ(argon2id->argon2_passes, 3U);
    EXPECT_EQ(argon2id->argon2_lanes, 4U);
}

TEST(PasswordSettings, refuse_another_scheme_by_its_name) {
    for (const std::string name : {"", "md5", "Bcrypt"}) {
        const auto refused = password_settings(settings(name));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().errc(), errors::configuration);
        EXPECT_NE(refused.error().detail().find("'" + name + "'"), std::string_view::npos);
    }
}

TEST(PasswordSettings, leave_a_tenth_of_a_quota_to_the_threads_that_talk_to_clients) {
    EXPECT_EQ(hashing_share(2, std::nullopt), 1.0);
    EXPECT_DOUBLE_EQ(hashing_share(1, 0.5), 0.45);
    EXPECT_DOUBLE_EQ(hashing_share(2, 1.5), 0.675);
    EXPECT_EQ(hashing_share(2, 8.0), 1.0);
}

}  // namespace
}  // namespace keyhold::server
