// SPDX-License-Identifier: Apache-2.0
// Sessions: refreshing, logging out, and what clients of ours may ask about them.
#include <gtest/gtest.h>

#include "keyhold/testing.hpp"

namespace keyhold {
namespace {

constexpr std::string_view alice = R"({"username": "alice", "password": "testpass"})";

using Changed = std::map<std::string, std::string>;  // settings

struct Tokens {
    std::string access, refresh;
};

Tokens tokens_of(const TestReply& reply) { return {reply.member("access_token"), reply.member("refresh_token")}; }

Tokens log_in(TestServer& server) {
    server.post("/register", alice);
    return tokens_of(server.post("/login", alice));
}

std::string refresh_body(const std::string& token) { return R"({"refresh_token": ")" + token + R"("})"; }

TEST(SessionRoutes, a_log_out_counts_at_once) {
    Server program;
    TestServer server(program);
    const std::string token = server.sign_in("alice");
    const std::string other = server.sign_in("bob");
    EXPECT_EQ(server.post("/logout", "", {{"Authorization", token}}).status, 200);
    EXPECT_EQ(server.get("/protected", {{"Authorization", token}}).member("code"), "token_not_live");
    EXPECT_EQ(server.get("/protected", {{"Authorization", other}}).status, 200);
}

TEST(SessionRoutes, a_refresh_token_has_one_successor) {
    Server program;
    TestServer server(program);
    const Tokens first = log_in(server);
    server.advance(std::chrono::hours(1));
    EXPECT_EQ(server.get("/protected", {{"Authorization", "Bearer " + first.access}}).status, 401);
    const Tokens second = tokens_of(server.post("/refresh", refresh_body(first.refresh)));
    EXPECT_EQ(server.get("/protected", {{"Authorization", "Bearer " + second.access}}).status, 200);
    EXPECT_NE(second.refresh, first.refresh);
}

// Decision 0055: used again after its successor was used and the grace is over, it was stolen.
TEST(SessionRoutes, a_stolen_refresh_token_ends_the_session) {
    Server program;
    TestServer server(program);
    const Tokens first = log_in(server);
    const Tokens second = tokens_of(server.post("/refresh", refresh_body(first.refresh)));
    const Tokens third = tokens_of(server.post("/refresh", refresh_body(second.refresh)));
    server.advance(std::chrono::seconds(11));
    EXPECT_EQ(server.get("/protected", {{"Authorization", "Bearer " + third.access}}).status, 200);
    EXPECT_EQ(server.post("/refresh", refresh_body(first.refresh)).member("code"), "refresh_token_invalid");
    EXPECT_EQ(server.get("/protected", {{"Authorization", "Bearer " + third.access}}).status, 401);
    EXPECT_NE(server.log().find("was used twice"), std::string::npos);
}

TEST(SessionRoutes, a_session_that_nobody_refreshes_is_over_after_its_idle_days) {
    Server program;
    TestServer server(program, {{"refresh_token_idle_days", "14"}});
    const Tokens first = log_in(server);
    server.advance(std::chrono::days(13));
    const Tokens second = tokens_of(server.post("/refresh", refresh_body(first.refresh)));
    EXPECT_FALSE(second.refresh.empty());
    server.advance(std::chrono::days(15));
    EXPECT_EQ(server.post("/refresh", refresh_body(second.refresh)).status, 401);
}

// RFC 7662 §2.2, §2.3: an unknown client learns nothing; base64("app:" + the secret) is RFC 7617's.
TEST(ClientRoutes, introspection_is_for_clients_with_a_secret) {
    Server program;
    TestServer server(program, {{"clients", "app:0123456789abcdef"}});
    const std::string token = "token=" + server.sign_in("alice").substr(7);
    const auto ask = [&](std::string_view authorization) {
        return server.post("/introspect", token,
                           {{"Content-Type", "application/x-www-form-urlencoded"}, {"Authorization", authorization}});
    };
    const auto known = ask("Basic YXBwOjAxMjM0NTY3ODlhYmNkZWY=");
    EXPECT_EQ(known.status, 200);
    EXPECT_EQ(known.member("active"), "true");
    EXPECT_EQ(known.member("username"), "alice");
    const auto unknown = ask("Basic YXBwOjAxMjM0NTY3ODlhYmNkZUY=");
    EXPECT_EQ(unknown.status, 401);
    EXPECT_EQ(unknown.member("error"), "invalid_client");
}

TEST(KeyRoutes, the_public_key_that_signs_is_published) {
    Server program;
    TestServer server(program);
    const auto keys = server.get("/.well-known/jwks.json");
    EXPECT_EQ(keys.status, 200);
    EXPECT_NE(keys.body.find(R"("crv":"P-256")"), std::string::npos);
    EXPECT_EQ(keys.body.find(R"("d":)"), std::string::npos) << "the private part stays here";
}

TEST(DocsRoutes, the_document_names_every_route_and_its_lock) {
    Server program;
    TestServer server(program);
    const auto document = server.get("/openapi.json");
    EXPECT_EQ(document.status, 200);
    for (const char* path : {"/register", "/login", "/protected", "/refresh", "/logout"})
        EXPECT_NE(document.body.find('"' + std::string(path) + '"'), std::string::npos) << path;
}

}  // namespace
}  // namespace keyhold
