// SPDX-License-Identifier: Apache-2.0
// /admin/api/users: who may ask, what a user looks like, and that a change is of what was seen.
#include "fixture.hpp"

namespace keyhold {
namespace {

class AdminUserRoutes : public SomebodySignedIn {
protected:
    AdminUserRoutes() {
        EXPECT_TRUE(program.users().grant("alice", "admin").ok());
        EXPECT_TRUE(program.users().create("bob", "a password of the test").ok());
        bob = "/admin/api/users/" + id_of("bob");
    }
    std::string tag() { return get(bob).field("ETag").value(); }

    std::string bob;  // where he is
};

TEST_F(AdminUserRoutes, are_for_administrators_and_for_looking_for_those_of_support) {
    const std::string other = server.sign_in("carol");
    const auto as_carol = [&](std::string_view method, std::string_view target) {
        return server.send(method, target, "{}", {{"Authorization", other}, {"If-Match", "\"x\""}});
    };
    expect_problem(as_carol("GET", bob), 403, "insufficient_scope");
    ASSERT_TRUE(program.users().add_role("support", {"keyhold:support"}).ok());
    ASSERT_TRUE(program.users().grant("carol", "support").ok());
    EXPECT_EQ(as_carol("GET", bob).status, 200);
    for (const std::string_view what : {"", "/email", "/sessions"})
        expect_problem(as_carol("DELETE", bob + std::string(what)), 403, "insufficient_scope");
    for (const std::string_view what : {"/roles", "/email", "/disabled", "/password", "/profile"})
        expect_problem(as_carol("PUT", bob + std::string(what)), 403, "insufficient_scope");
    for (const std::string_view where : {"/admin/api/users", "/admin/api/invitations"})
        expect_problem(as_carol("POST", where), 403, "insufficient_scope");
    expect_problem(server.get(bob), 401, "not_authenticated");
    EXPECT_EQ(get(bob).member("disabled"), "false") << "and nothing was done";
}

TEST_F(AdminUserRoutes, show_a_user_with_the_tag_of_what_was_seen) {
    const auto shown = get(bob);
    EXPECT_EQ(shown.status, 200);
    EXPECT_EQ(shown.member("username"), "bob");
    EXPECT_EQ(shown.member("created_at"), "2026-01-01T00:00:00Z");
    EXPECT_EQ(shown.member("roles"), "[]");
    EXPECT_EQ(shown.field("ETag"), "\"" + shown.member("version") + "\"");
    EXPECT_EQ(shown.field("Cache-Control"), "no-store");
    for (const std::string_view secret : {"password", "hash", "$2"})
        EXPECT_EQ(shown.body.find(secret), std::string::npos) << secret;
    for (const std::string_view id : {"x", "01a23033-6f98-7ad6-92ef-4ce35e491a6c"})
        expect_problem(get("/admin/api/users/" + std::string(id)), 404, "account_not_found");
}

TEST_F(AdminUserRoutes, find_users_by_the_begin_of_a_name_page_by_page) {
    const auto page = get("/admin/api/users?limit=1");
    EXPECT_EQ(page.status, 200);
    EXPECT_NE(page.body.find(R"("username":"alice")"), std::string::npos);
    EXPECT_EQ(page.body.find(R"("username":"bob")"), std::string::npos);
    const auto next = get("/admin/api/users?limit=1&cursor=" + page.member("next"));
    EXPECT_NE(next.body.find(R"("username":"bob")"), std::string::npos);
    EXPECT_EQ(get("/admin/api/users?prefix=zz").body, R"({"users":[]})");
    EXPECT_NE(get("/admin/api/users?username=BOB").body.find(R"("username":"bob")"), std::string::npos);
    for (const std::string_view wrong : {"limit=0", "limit=1001", "by=age", "disabled=perhaps"})
        expect_problem(get("/admin/api/users?" + std::string(wrong)), 422, "validation_failed");
}

TEST_F(AdminUserRoutes, add_a_user_and_say_where) {
    const auto made =
        post("/admin/api/users",
             R"({"username": "dora", "password": "a password of the test", "email": "dora@example.com"})");
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.field("Location"), "/admin/api/users/" + made.member("id"));
    EXPECT_EQ(made.member("email_verified"), "false");
    EXPECT_EQ(made.member("id"), id_of("dora"));
    const auto again = [&](std::string_view body, int status, std::string_view code) {
        expect_problem(post("/admin/api/users", body), status, code);
    };
    again(R"({"username": "DORA", "password": "a password of the test"})", 400, "username_taken");
    again(R"({"username": "emil", "password": "a password of the test", "email": "Dora@example.com"})", 400,
          "email_taken");
    again(R"({"username": "emil", "password": "a password of the test", "roles": ["none"]})", 404, "role_not_found");
    again(R"({"username": "emil"})", 422, "validation_failed");
    EXPECT_FALSE(program.users().find("emil"));
}

TEST_F(AdminUserRoutes, change_nothing_without_the_tag_or_with_an_old_one) {
    const std::string seen = tag();
    const auto change = [&](std::string_view tag) {
        return send("PUT", bob + "/disabled", R"({"disabled": true})", tag);
    };
    expect_problem(change(""), 428, "precondition_required");
    for (const std::string_view wrong : {"\"x\"", "W/\"x\"", "x"})
        expect_problem(change(wrong), 412, "precondition_failed");
    EXPECT_EQ(get(bob).member("disabled"), "false");
    const auto done = change(seen);
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.member("disabled"), "true");
    EXPECT_NE(done.field("ETag"), seen);
    expect_problem(change(seen), 412, "precondition_failed");
    EXPECT_EQ(change("*").status, 200) << "whatever it is, as long as it is there (RFC 9110 §13.1.1)";
}

TEST_F(AdminUserRoutes, give_a_user_roles_an_address_and_a_password) {
    ASSERT_TRUE(program.users().add_role("author", {"notes:write"}).ok());
    expect_problem(send("PUT", bob + "/roles", R"({"roles": ["author"]})", tag()), 403, "rights_exceeded");
    ASSERT_TRUE(program.users().grant("alice", "author").ok());
    EXPECT_EQ(send("PUT", bob + "/roles", R"({"roles": ["author"]})", tag()).member("roles"), R"(["author"])");
    expect_problem(send("PUT", bob + "/roles", R"({"roles": ["none"]})", tag()), 404, "role_not_found");
    EXPECT_EQ(send("PUT", bob + "/email", R"({"email": "bob@example.com", "verified": true})", tag()).status, 200);
    EXPECT_EQ(get(bob).member("email_verified"), "true");
    EXPECT_EQ(send("DELETE", bob + "/email", {}, tag()).status, 200);
    EXPECT_EQ(get(bob).body.find("bob@example.com"), std::string::npos);
    const auto told = send("PUT", bob + "/password", R"({"password": "another one of the test"})", tag());
    EXPECT_LT(told.status, 300) << told.body;
    const auto logs_in = [&](std::string_view password) {
        return server.post("/login", R"({"username": "bob", "password": ")" + std::string(password) + "\"}").status;
    };
    EXPECT_EQ(logs_in("a password of the test"), 401);
    EXPECT_EQ(logs_in("another one of the test"), 200);
}

TEST_F(AdminUserRoutes, keep_the_last_administrator) {
    const std::string self = "/admin/api/users/" + id_of("alice");
    const std::string seen = get(self).field("ETag").value();
    expect_problem(send("DELETE", self, {}, seen), 409, "last_administrator");
    expect_problem(send("PUT", self + "/roles", R"({"roles": []})", seen), 409, "last_administrator");
    expect_problem(send("PUT", self + "/disabled", R"({"disabled": true})", seen), 409, "last_administrator");
    EXPECT_EQ(get("/me").status, 200);
}

TEST_F(AdminUserRoutes, end_sessions_one_or_all) {
    const auto in = server.post("/login", R"({"username": "bob", "password": "a password of the test"})");
    const std::string his = "Bearer " + in.member("access_token");
    EXPECT_NE(get(bob + "/sessions").body.find(R"("id":)"), std::string::npos);
    expect_problem(send("DELETE", bob + "/sessions/x"), 404, "session_not_found");
    EXPECT_EQ(server.get("/me", {{"Authorization", his}}).status, 200);
    EXPECT_EQ(send("DELETE", bob + "/sessions").member("ended"), "1");
    EXPECT_EQ(server.get("/me", {{"Authorization", his}}).member("code"), "token_not_live");
}

TEST_F(AdminUserRoutes, delete_a_user_for_good) {
    EXPECT_LT(send("DELETE", bob, {}, tag()).status, 300);
    expect_problem(get(bob), 404, "account_not_found");
    EXPECT_FALSE(program.users().find("bob"));
}

TEST_F(AdminUserRoutes, make_an_invitation_of_so_many_days) {
    const auto made = post("/admin/api/invitations", R"({"days": 2})");
    EXPECT_FALSE(made.member("invitation").empty());
    EXPECT_EQ(made.member("expires_at"), "2026-01-03T00:00:00Z");
    for (const std::string_view wrong : {R"({"days": 0})", R"({"days": 366})", R"({"days": "two"})"})
        expect_problem(post("/admin/api/invitations", wrong), 422, "validation_failed");
}

// The ids say nothing by which somebody could register.
TEST_F(AdminUserRoutes, list_invitations_and_take_them_back) {
    const std::string all = "/admin/api/invitations";
    EXPECT_EQ(get(all).body, R"({"invitations":[]})");
    const std::string late = post(all, R"({"days": 3})").member("invitation");
    const std::string soon = post(all, R"({"days": 2})").member("invitation");
    const std::string first = get(all + "?limit=1").body;
    EXPECT_NE(first.find("2026-01-03T00:00:00Z"), std::string::npos) << first;
    const std::string next = get(all + "?limit=1").member("next");
    const std::string second = get(all + "?limit=1&cursor=" + next).body;
    EXPECT_NE(second.find("2026-01-04T00:00:00Z"), std::string::npos) << second;
    EXPECT_EQ(get(all + "?limit=1&cursor=" + next).member("next"), "") << "it is the last";
    for (const std::string& code : {late, soon}) EXPECT_EQ((first + second).find(code), std::string::npos);
    const auto id_in = [](const std::string& body) { return body.substr(body.find("\"id\":\"") + 6, 43); };
    const auto registered = [&](const std::string& name, const std::string& code) {
        return server
            .post("/register", R"({"username": ")" + name +
                                   R"(", "password": "a password of the test", "invitation": ")" + code + "\"}")
            .status;
    };
    EXPECT_EQ(registered("eve", id_in(first)), 403);
    EXPECT_EQ(registered("eve", "khi_" + id_in(first)), 403);
    expect_problem(send("DELETE", all + "/" + id_in(first), {}, "\"x\""), 412, "precondition_failed");
    EXPECT_EQ(send("DELETE", all + "/" + id_in(first)).status, 204);
    EXPECT_EQ(registered("eve", soon), 403);
    expect_problem(send("DELETE", all + "/" + id_in(first)), 404, "not_found");
    EXPECT_EQ(registered("eve", late), 200);
    expect_problem(send("DELETE", all + "/" + id_in(second)), 404, "not_found");
    EXPECT_EQ(get(all).body, R"({"invitations":[]})");
    expect_problem(send("DELETE", all + "/" + late), 404, "not_found");
    EXPECT_NE(get("/admin/api/events?kind=invitation_revoked").body.find("\"kind\":\"invitation_revoked\""),
              std::string::npos);
    EXPECT_EQ(get(all + "?cursor=nonsense").body, R"({"invitations":[]})");
}

}  // namespace
}  // namespace keyhold
