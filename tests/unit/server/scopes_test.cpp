// SPDX-License-Identifier: Apache-2.0
// A program's own routes that ask for scopes: keyhold::UserWith.
#include <gtest/gtest.h>

#include "domain/errors.hpp"
#include "keyhold/testing.hpp"

namespace keyhold {
namespace {

// One route for whoever may read, one for whoever may read and write.
void add_routes(Server& program) {
    program.get("/notes", [](const UserWith<"notes:read">& who) { return who.username() + " reads"; });
    program.post("/notes", [](const UserWith<"notes:read notes:write">& who) { return who.username() + " writes"; });
    program.get("/rights", [](const User& who) {
        std::string text;
        for (const std::string& role : who.roles()) text += role + " ";
        for (const std::string& scope : who.scopes()) text += scope + " ";
        return text + (who.has_scope("notes:read") ? "yes" : "no");
    });
}

}  // namespace

TEST(Scopes, a_route_asks_for_a_scope_and_says_which_one_is_missing) {
    Server program("notes");
    add_routes(program);
    TestServer server(program);
    EXPECT_EQ(server.get("/notes").status, 401);
    const std::string token = server.sign_in("alice");
    const auto refused = server.get("/notes", {{"Authorization", token}});
    EXPECT_EQ(refused.status, 403);
    // RFC 6750 §3.1.
    EXPECT_EQ(refused.field("WWW-Authenticate"), R"(Bearer error="insufficient_scope", scope="notes:read")");
    EXPECT_EQ(refused.member("error"), "insufficient_scope");
    EXPECT_EQ(refused.member("detail"), "This needs the scope notes:read");
    ASSERT_TRUE(program.users().add_role("reader", {"notes:read"}).ok());
    ASSERT_TRUE(program.users().grant("Alice", "reader").ok());
    EXPECT_EQ(server.get("/notes", {{"Authorization", token}}).body, "alice reads") << "at the next request";
    const auto both = server.post("/notes", "{}", {{"Authorization", token}});
    EXPECT_EQ(both.status, 403);
    EXPECT_EQ(both.field("WWW-Authenticate"), R"(Bearer error="insufficient_scope", scope="notes:read notes:write")");
    ASSERT_TRUE(program.users().add_role("reader", {"notes:write"}).ok());
    EXPECT_EQ(server.post("/notes", "{}", {{"Authorization", token}}).body, "alice writes");
    ASSERT_TRUE(program.users().revoke("alice", "reader").ok());
    EXPECT_EQ(server.get("/notes", {{"Authorization", token}}).status, 403);
}

TEST(Scopes, a_user_knows_what_he_may_do) {
    Server program("notes");
    add_routes(program);
    TestServer server(program);
    const std::string token = server.sign_in("alice");
    EXPECT_EQ(server.get("/rights", {{"Authorization", token}}).body, "no");
    ASSERT_TRUE(program.users().add_role("reader", {"notes:read"}).ok());
    ASSERT_TRUE(program.users().grant("alice", "reader").ok());
    EXPECT_EQ(server.get("/rights", {{"Authorization", token}}).body, "reader notes:read yes");
    EXPECT_EQ(program.users().grant("nobody", "reader").error().errc(), errors::account_not_found);
    EXPECT_EQ(program.users().grant("alice", "nothing").error().errc(), errors::role_not_found);
    EXPECT_EQ(program.users().revoke("nobody", "reader").error().errc(), errors::account_not_found);
}

TEST(Scopes, the_document_says_what_each_route_asks_for) {
    Server program("notes");
    add_routes(program);
    TestServer server(program);
    const std::string document = server.get("/openapi.json").body;
    EXPECT_NE(document.find(R"("security":[{"OAuth2PasswordBearer":["notes:read","notes:write"]}])"),
              std::string::npos);
    EXPECT_NE(document.find(R"("security":[{"OAuth2PasswordBearer":["notes:read"]}])"), std::string::npos);
    EXPECT_NE(document.find(R"("security":[{"OAuth2PasswordBearer":[]}])"), std::string::npos);
    EXPECT_NE(document.find(R"("notes:read":"","notes:write":"")"), std::string::npos) << "for Swagger's Authorize";
}

}  // namespace keyhold
