// SPDX-License-Identifier: Apache-2.0
// What everybody may read: the document, the keys, the pages of /docs.
#include <gtest/gtest.h>

#include "keyhold/testing.hpp"

namespace keyhold {
namespace {

TEST(PublicRoutes, the_keys_are_public_and_may_be_kept_for_a_while) {
    Server program;
    TestServer server(program);
    const auto keys = server.get("/.well-known/jwks.json");
    EXPECT_EQ(keys.status, 200);
    EXPECT_NE(keys.body.find(R"("kty":"EC")"), std::string::npos) << keys.body;
    for (const std::string_view secret : {"\"d\"", "\"k\"", "\"p\"", "PRIVATE"})
        EXPECT_EQ(keys.body.find(secret), std::string::npos) << secret;
    EXPECT_NE(keys.field("Cache-Control").value_or("").find("max-age"), std::string::npos);
}

TEST(PublicRoutes, the_document_is_the_programs_and_names_the_lock_of_each_route) {
    Server program("notes", "1.2.3");
    program.get("/mine", [](const User& who) { return who.username(); });
    TestServer server(program);
    const auto document = server.get("/openapi.json");
    EXPECT_EQ(document.status, 200);
    EXPECT_EQ(document.member("openapi"), "3.1.0");
    EXPECT_NE(document.member("info").find(R"("title":"notes","version":"1.2.3")"), std::string::npos)
        << document.member("info");
    for (const std::string_view path : {R"("/mine":{)", R"("/login":{)", R"("/protected":{)"})
        EXPECT_NE(document.body.find(path), std::string::npos) << path;
}

TEST(PublicRoutes, what_may_not_be_asked_so_is_told_how) {
    Server program;
    TestServer server(program);
    const auto refused = server.post("/openapi.json", "{}");
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.field("Allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(server.get("/docs/nothing.js").status, 404);
}

}  // namespace
}  // namespace keyhold
