// SPDX-License-Identifier: Apache-2.0
// keyhold::Server::reload(): other settings while the server runs.
#include <gtest/gtest.h>

#include "http_client.hpp"
#include "keyhold/server.hpp"
#include "server/library/testing.hpp"

namespace keyhold {
namespace {

TEST(LibraryReload, other_origins_count_at_once_and_what_is_wrong_changes_nothing) {
    const server::TestFolder folder;
    const std::string database = "sqlite:///" + (folder.path() / "a.db").string();
    const std::string key = folder.path() / "a.key";
    const auto options = [&](const std::string& origins) {
        return OpenOptions{.mode = Mode::dev,
                           .settings = {{"database_url", database},
                                        {"key_file", key},
                                        {"bind", "127.0.0.1:0"},
                                        {"bcrypt_cost", "4"},
                                        {"admin_bind", ""},
                                        {"cors_origins", origins}},
                           .config_file = {},
                           .log = [](std::string_view) {}};
    };
    Server program("library");
    EXPECT_THROW((void)program.reload(options("https://two.example")), std::logic_error);
    ASSERT_TRUE(program.open(options("https://one.example")));
    ASSERT_TRUE(program.start());
    const auto allows = [&](const std::string& origin) {
        const auto reply = ask(port_of(program.where()), "/openapi.json", "Origin: " + origin + "\r\n");
        return reply && reply->find("Access-Control-Allow-Origin: " + origin) != std::string::npos;
    };
    const std::string where = program.where();
    const auto again = program.start();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().detail(), "the server runs already: " + where);
    EXPECT_EQ(program.where(), where);
    EXPECT_TRUE(allows("https://one.example"));
    EXPECT_FALSE(allows("https://two.example"));
    ASSERT_TRUE(program.reload(options("https://two.example")));
    EXPECT_FALSE(allows("https://one.example"));
    EXPECT_TRUE(allows("https://two.example"));
    EXPECT_FALSE(program.reload(options("https://*.example")));
    EXPECT_TRUE(allows("https://two.example"));
    program.stop();
}

}  // namespace
}  // namespace keyhold
