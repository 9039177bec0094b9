// SPDX-License-Identifier: Apache-2.0
// /me/applications of somebody who has connected none; what one can do and cannot any more is
// tests/e2e/test_applications.py's.
#include "fixture.hpp"

namespace keyhold {
namespace {

class ApplicationRoutes : public SomebodySignedIn {};

TEST_F(ApplicationRoutes, list_nothing_where_nothing_is_connected) {
    const auto listed = get("/me/applications");
    EXPECT_EQ(listed.status, 200);
    EXPECT_EQ(listed.body, R"({"applications":[]})");
    EXPECT_EQ(listed.field("Cache-Control"), "no-store");
}

TEST_F(ApplicationRoutes, refuse_to_disconnect_what_is_not_connected) {
    expect_problem(send("DELETE", "/me/applications/nothing"), 404, "client_not_found");
}

TEST_F(ApplicationRoutes, are_for_whoever_is_signed_in) {
    expect_problem(server.get("/me/applications"), 401, "not_authenticated");
    expect_problem(server.send("DELETE", "/me/applications/nothing"), 401, "not_authenticated");
    server.advance(std::chrono::minutes(30));
    expect_problem(get("/me/applications"), 401, "token_expired");
}

}  // namespace
}  // namespace keyhold
