// SPDX-License-Identifier: Apache-2.0
// Where /admin and /admin/api are answered: with everything else, or at the administrators' listener alone (admin_at).
#include <gtest/gtest.h>

#include "http_client.hpp"
#include "server/components.hpp"
#include "server/library/testing.hpp"
#include "server/server.hpp"
#include "server/settings/safety.hpp"

namespace keyhold::server {
namespace {

using Changed = std::map<std::string, std::string>;  // settings

// A server with both listeners, and somebody who administers it.
struct TwoListeners {
    explicit TwoListeners(Changed settings)
        : server(Server::open(
                     {.mode = Mode::dev, .loaded = test_settings(folder, with_port(std::move(settings))).value()}, log)
                     .value()) {
        if (auto started = server->start(); !started) throw std::runtime_error(std::string(started.error().detail()));
        clients = port_of(server->where());
        admin = port_of(server->where_admin());
        Components& parts = server->components();
        for (const char* name : {"ann", "bob"})
            if (!parts.accounts.create(name, Secret(std::string_view("testpass")))) throw std::runtime_error(name);
        const auto ann = parts.accounts.find("ann");
        if (!parts.roles.grant(ann->id, "admin", domain::Roles::whoever_runs_the_server))
            throw std::runtime_error("no administrator");
    }
    static Changed with_port(Changed settings) {
        settings.insert({"admin_bind", "127.0.0.1:0"});
        return settings;
    }
    // Of an access token, for `name`; it is got where everybody gets it.
    std::string bearer(std::string_view name) const {
        const std::string form = "username=" + std::string(name) + "&password=testpass";
        const std::string reply =
            ask(clients, "/login",
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(form.size()) +
                    "\r\n\r\n" + form,
                "POST")
                .value_or("");
        constexpr std::string_view before = "\"access_token\":\"";
        const std::size_t at = reply.find(before) + before.size();
        return "Authorization: Bearer " + reply.substr(at, reply.find('"', at) - at) + "\r\n";
    }
    TestFolder folder;
    std::string text;
    Log log{LogFormat::text, [this](std::string_view line) { text += line; }};
    std::unique_ptr<Server> server;
    std::uint16_t clients = 0, admin = 0;
};

std::string status_of(std::uint16_t port, std::string_view path, std::string_view fields = {},
                      std::string_view method = "GET") {
    const std::string reply = ask(port, path, fields, method).value_or("");
    constexpr std::size_t begin = std::string_view("HTTP/1.1 ").size();
    return reply.size() < begin + 3 ? "nothing" : reply.substr(begin, 3);
}

constexpr std::string_view for_people = "Accept: text/html\r\n";

TEST(AdminListener, by_itself_it_has_no_administration_and_the_other_one_does) {
    const TwoListeners one(Changed{});
    const std::string ann = one.bearer("ann");
    EXPECT_EQ(status_of(one.clients, "/admin/api/users", ann), "200");
    EXPECT_EQ(status_of(one.clients, "/admin", for_people), "303");
    for (const char* path : {"/admin/api/users", "/admin", "/sign-in"})
        EXPECT_EQ(status_of(one.admin, path, ann), "404") << path;
    EXPECT_EQ(status_of(one.admin, "/livez"), "200");
}

TEST(AdminListener, it_alone_has_the_administration_where_admin_at_says_so) {
    const TwoListeners one(Changed{{"admin_at", "admin_bind"}});
    const std::string ann = one.bearer("ann");
    for (const char* path : {"/admin", "/admin/", "/admin/users", "/admin/api/users", "/%61dmin/api/users",
                             "/admin/api/users?limit=1", "/admin/api/settings", "/admin/api/backups"}) {
        EXPECT_EQ(status_of(one.clients, path, ann), "404") << path;
        EXPECT_EQ(status_of(one.clients, path, ann + "Content-Length: 0\r\n", "POST"), "404") << path;
    }
    EXPECT_EQ(ask(one.clients, "/openapi.json").value_or("").find("/admin/"), std::string::npos);
    EXPECT_EQ(status_of(one.admin, "/admin/api/users", ann), "200");
    EXPECT_EQ(status_of(one.admin, "/admin", for_people), "303");  // to /sign-in, which has to be there then
    EXPECT_EQ(status_of(one.admin, "/sign-in"), "200");
    EXPECT_EQ(status_of(one.admin, "/livez"), "200");
    EXPECT_EQ(status_of(one.admin, "/metrics"), "200");
    EXPECT_EQ(status_of(one.clients, "/livez"), "404");
    EXPECT_EQ(status_of(one.clients, "/sign-in"), "200");
    EXPECT_EQ(status_of(one.admin, "/protected", ann), "404");  // what is no administration is at the other one
}

TEST(AdminListener, it_asks_for_the_same_as_the_other_one_would) {
    const TwoListeners here(Changed{{"admin_at", "bind"}}), apart(Changed{{"admin_at", "admin_bind"}});
    const auto expect = [&](std::string_view path, const std::string& fields, std::string_view method,
                            std::string_view wanted, const char* name) {
        const auto of = [&](const TwoListeners& one) {
            return (name == nullptr ? std::string() : one.bearer(name)) + fields;
        };
        EXPECT_EQ(status_of(here.clients, path, of(here), method), wanted) << path << ' ' << fields;
        EXPECT_EQ(status_of(apart.admin, path, of(apart), method), wanted) << path << ' ' << fields;
    };
    const std::string empty = "Content-Type: application/json\r\nContent-Length: 2\r\n", body = "\r\n{}";
    expect("/admin/api/users", "", "GET", "401", nullptr);
    expect("/admin/api/users", "", "GET", "403", "bob");  // no scope
    expect("/admin/api/invitations", empty + body, "POST", "200", "ann");
    expect("/admin/api/invitations", "Origin: https://evil.example\r\n" + empty + body, "POST", "403", "ann");
    expect("/admin/api/invitations", "Sec-Fetch-Site: cross-site\r\nOrigin: null\r\n" + empty + body, "POST", "403",
           "ann");
}

TEST(AdminListener, requests_there_stand_in_the_log_where_administrators_act_there) {
    TwoListeners one(Changed{{"admin_at", "admin_bind"}, {"access_log", "true"}});
    EXPECT_EQ(status_of(one.admin, "/admin/api/users"), "401");
    one.server->stop();
    EXPECT_NE(one.text.find("/admin/api/users"), std::string::npos) << one.text;
}

TEST(AdminListener, without_an_address_it_cannot_have_the_administration) {
    const TestFolder folder;
    const auto refused = test_settings(folder, {{"admin_at", "admin_bind"}, {"admin_bind", ""}});
    ASSERT_TRUE(refused) << "each of the two is good";
    const auto checked = check_settings(refused->settings);
    ASSERT_FALSE(checked);
    EXPECT_NE(std::string(checked.error().detail()).find("admin_at = admin_bind needs admin_bind"), std::string::npos);
    EXPECT_FALSE(test_settings(folder, {{"admin_at", "everywhere"}}));
    const auto good = test_settings(folder, {{"admin_at", "admin_bind"}, {"admin_bind", "127.0.0.1:0"}});
    ASSERT_TRUE(good);
    EXPECT_TRUE(check_settings(good->settings));
}

}  // namespace
}  // namespace keyhold::server
