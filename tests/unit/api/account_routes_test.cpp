// SPDX-License-Identifier: Apache-2.0
// Registering, logging in and what a token opens, from the request to the answer.
#include <gtest/gtest.h>

#include "keyhold/testing.hpp"

namespace keyhold {
namespace {

constexpr std::string_view alice = R"({"username": "alice", "password": "testpass"})";
constexpr std::string_view alice_wrong = R"({"username": "alice", "password": "testpasS"})";

TEST(AccountRoutes, register_and_log_in_as_the_tutorial_does) {
    Server program;
    TestServer server(program);
    const auto made = server.post("/register", alice);
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.member("msg"), "User created successfully");
    const auto signed_in = server.post("/login", alice);
    EXPECT_EQ(signed_in.status, 200);
    EXPECT_EQ(signed_in.member("token_type"), "bearer");
    EXPECT_EQ(signed_in.member("expires_in"), "1800");
    EXPECT_EQ(signed_in.field("Cache-Control"), "no-store");
    const auto greeting = server.get("/protected", {{"Authorization", "Bearer " + signed_in.member("access_token")}});
    EXPECT_EQ(greeting.status, 200);
    EXPECT_EQ(greeting.member("message"), "Welcome alice");
}

TEST(AccountRoutes, a_log_in_takes_the_form_of_oauth_too) {
    Server program;
    TestServer server(program);
    server.post("/register", alice);
    const auto signed_in = server.post("/login", "grant_type=password&username=alice&password=testpass",
                                       {{"Content-Type", "application/x-www-form-urlencoded"}});
    EXPECT_EQ(signed_in.status, 200);
    const auto other = server.post("/login", "grant_type=implicit&username=alice&password=testpass",
                                   {{"Content-Type", "application/x-www-form-urlencoded"}});
    EXPECT_EQ(other.status, 400);
    EXPECT_EQ(other.member("error"), "unsupported_grant_type");
}

TEST(AccountRoutes, a_name_is_taken_once) {
    Server program;
    TestServer server(program);
    EXPECT_EQ(server.post("/register", alice).status, 200);
    const auto again = server.post("/register", alice);
    EXPECT_EQ(again.status, 400);
    EXPECT_EQ(again.member("detail"), "Username already exists");
}

TEST(AccountRoutes, a_wrong_password_and_an_unknown_name_look_alike) {
    Server program;
    TestServer server(program);
    server.post("/register", alice);
    const auto wrong = server.post("/login", alice_wrong);
    const auto unknown = server.post("/login", R"({"username": "nobody", "password": "testpass"})");
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(wrong.member("detail"), "Invalid credentials");
    EXPECT_TRUE(wrong.field("WWW-Authenticate").value_or("").starts_with("Bearer"));
    EXPECT_EQ(wrong.body, unknown.body);
    EXPECT_EQ(wrong.fields, unknown.fields);
    EXPECT_EQ(server.post("/login", alice).status, 200);
}

TEST(AccountRoutes, credentials_in_a_url_are_refused_with_a_sentence) {
    Server program;
    TestServer server(program);
    const auto refused = server.post("/login?username=alice&password=testpass", "");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.member("code"), "credentials_in_query");
    EXPECT_NE(refused.member("detail").find("curl -X POST '/login'"), std::string::npos) << "it shows how it is done";
}

TEST(AccountRoutes, a_protected_route_wants_a_token) {
    Server program;
    TestServer server(program);
    const auto refused = server.get("/protected");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.field("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(server.get("/protected", {{"Authorization", "Bearer x.y.z"}}).member("code"), "token_malformed");
}

// RFC 7519 §4.1.4: not accepted on or after the time of `exp`; the tutorial's tokens live for 30 minutes.
TEST(AccountRoutes, a_token_is_good_until_the_clock_says_that_it_is_over) {
    Server program;
    TestServer server(program);
    const std::string token = server.sign_in("alice");
    server.advance(std::chrono::minutes(30) - std::chrono::seconds(1));
    EXPECT_EQ(server.get("/protected", {{"Authorization", token}}).status, 200);
    server.advance(std::chrono::seconds(1));
    EXPECT_EQ(server.get("/protected", {{"Authorization", token}}).member("code"), "token_expired");
}

TEST(AccountRoutes, whoever_is_signed_in_is_told_who_that_is) {
    Server program;
    TestServer server(program);
    const auto me = server.get("/me", {{"Authorization", server.sign_in("alice")}});
    EXPECT_EQ(me.member("username"), "alice");
    EXPECT_EQ(me.member("created_at"), "2026-01-01T00:00:00Z");
}

TEST(AccountRoutes, a_new_password_ends_all_other_sessions) {
    Server program;
    TestServer server(program);
    const std::string here = server.sign_in("alice");
    const auto there = server.post("/login", R"({"username": "alice", "password": "a password of the test"})");
    const std::string other = "Bearer " + there.member("access_token");
    const auto wrong = server.post("/password", R"({"current_password": "wrong", "new_password": "another one"})",
                                   {{"Authorization", here}});
    EXPECT_EQ(wrong.status, 403);
    EXPECT_EQ(server.get("/protected", {{"Authorization", other}}).status, 200);
    const auto changed =
        server.post("/password", R"({"current_password": "a password of the test", "new_password": "another one"})",
                    {{"Authorization", here}});
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(server.get("/protected", {{"Authorization", here}}).status, 200);
    EXPECT_EQ(server.get("/protected", {{"Authorization", other}}).member("code"), "token_not_live");
}

}  // namespace
}  // namespace keyhold
