// SPDX-License-Identifier: Apache-2.0
// The command that `keyhold adopt` says comes next: what was given, as a shell reads it, and no password.
#include <gtest/gtest.h>

#include <sstream>

#include "cli/adoption/adopt.hpp"

namespace keyhold::cli {
namespace {

struct AdoptNext : testing::Test {
    std::istringstream in;
    std::ostringstream out, err;
    Context context{.in = in, .out = out, .err = err, .sources = {}};
    AdoptOptions options;
    std::string next() { return again(context, options, "--apply"); }
};

}  // namespace

TEST(ShellWord, a_word_is_quoted_where_a_shell_would_read_something_else) {
    EXPECT_EQ(shell_word("./my-app/v2_1"), "./my-app/v2_1");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("my app"), "'my app'");
    EXPECT_EQ(shell_word("it's $HOME `x`"), R"('it'\''s $HOME `x`')");
    EXPECT_EQ(shell_word("~"), "'~'");
    EXPECT_EQ(shell_word("a;b"), "'a;b'");
}

TEST_F(AdoptNext, says_again_what_was_said) {
    options.folder = "my app";
    options.names = {.table = "users",
                     .name = "login",
                     .password = "hash",
                     .active = {"on"},
                     .disabled = {"off", "gone=yes"},
                     .everybody = true,
                     .values = {"role=a user"},
                     .no_registration = true};
    context.sources.flags = {{"secret_key_file", "key"}};
    EXPECT_EQ(next(),
              "keyhold adopt 'my app' --secret-key-file key --table users --name-column login --password-column hash "
              "--value 'role=a user' --active-column on --disabled-column off --disabled-column gone=yes "
              "--everybody-may-log-in --no-registration --apply");
}

TEST_F(AdoptNext, a_url_with_a_password_is_not_said_again) {
    context.sources.flags = {{"database_url", "sqlite:///./app.db"}};
    EXPECT_EQ(next(), "keyhold adopt --database-url sqlite:///./app.db --apply");
    context.sources.flags = {{"database_url", "postgresql://ann:secret@db.example/app"}};
    EXPECT_EQ(next(), "keyhold adopt --apply    # with DATABASE_URL as --database-url was");
}

}  // namespace keyhold::cli
