// SPDX-License-Identifier: Apache-2.0
// What links and codes in mails are made of beside the database: all that an installation keeps secret outside of it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "server/library/testing.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {
namespace {

class OutsideSecretTest : public testing::Test {
protected:
    OutsideSecretTest() { settings.key_file = (folder.path() / "keyhold.key").string(); }
    std::string secret() const { return std::string(secret_outside_of_the_database(settings).reveal()); }
    static Secret text(std::string_view of) { return Secret(of); }

    TestFolder folder;
    Settings settings;
};

TEST_F(OutsideSecretTest, a_passphrase_without_a_key_file_is_one) {
    EXPECT_EQ(secret(), "");
    settings.key_passphrase = text("one passphrase");
    const std::string first = secret();
    EXPECT_NE(first, "") << "or a copy of the database makes links";
    settings.key_passphrase = text("another passphrase");
    EXPECT_NE(secret(), first);
}

TEST_F(OutsideSecretTest, a_passphrase_counts_beside_a_key_file_and_beside_a_secret_key) {
    std::ofstream(settings.key_file) << "of the file";
    EXPECT_EQ(secret(), "of the file") << "links that are on their way stay good";
    settings.key_passphrase = text("passphrase");
    EXPECT_NE(secret(), "of the file");
    settings.secret_key = text("a secret key");
    const std::string both = secret();
    settings.key_passphrase = Secret();
    EXPECT_EQ(secret(), "a secret key");
    EXPECT_NE(both, "a secret key");
}

}  // namespace
}  // namespace keyhold::server
