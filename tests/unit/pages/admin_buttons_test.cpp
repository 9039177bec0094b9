// SPDX-License-Identifier: Apache-2.0
// Buttons and boxes of /admin: none is there that would be refused for sure.
#include <gtest/gtest.h>

#include "fixture.hpp"

namespace keyhold::pages {
namespace {

struct ButtonsOfAdmin : testing::Test {
    Server program;
    TestServer server{program};
    Browser owner{server}, manager{server};
    ButtonsOfAdmin() {
        for (const char* name : {"owner", "manager", "nobody"})
            server.post("/register", R"({"password":"testpass","username":")" + std::string(name) + "\"}");
        EXPECT_TRUE(program.users().add_role("boss", {"keyhold:admin"}).ok());
        EXPECT_TRUE(program.users().grant("owner", "admin").ok());
        EXPECT_TRUE(program.users().grant("manager", "boss").ok());
        owner.sign_in("owner");
        manager.sign_in("manager");
    }
    std::string page_of(const char* name) { return "/admin/users/" + program.users().find(name)->id; }
    bool has_box(Browser& browser, const char* name) {
        return browser.get("/admin/users").body.find("name=\"user." + program.users().find(name)->id) !=
               std::string::npos;
    }
    static bool holds(const TestReply& page, std::string_view text) { return page.body.find(text) != page.body.npos; }
};

TEST_F(ButtonsOfAdmin, a_manager_ticks_no_administrator) {
    EXPECT_TRUE(has_box(manager, "nobody"));
    EXPECT_FALSE(has_box(manager, "owner"));
    EXPECT_FALSE(has_box(manager, "manager")) << "only owners change administrators";
    for (const char* name : {"nobody", "owner", "manager"}) EXPECT_TRUE(has_box(owner, name)) << name;
}

TEST_F(ButtonsOfAdmin, where_there_is_no_link_to_sign_in_as_somebody_it_says_why) {
    const std::string nobody = page_of("nobody");
    const auto before = manager.get(nobody);
    EXPECT_TRUE(holds(before, nobody + "/link"));
    EXPECT_FALSE(holds(before, "Its roles grant what yours do not"));
    EXPECT_TRUE(program.users().add_role("editor", {"notes:write"}).ok());
    EXPECT_TRUE(program.users().grant("nobody", "editor").ok());
    const auto after = manager.get(nobody);
    EXPECT_FALSE(holds(after, nobody + "/link"));
    EXPECT_TRUE(holds(after, "Its roles grant what yours do not"));
}

TEST_F(ButtonsOfAdmin, the_only_key_that_signs_is_not_to_be_retired) {
    const auto one = owner.get("/admin/keys");
    EXPECT_FALSE(holds(one, R"(value="retire")"));
    EXPECT_TRUE(holds(one, R"(value="drop")"));
    EXPECT_EQ(owner.post("/admin/keys", "action=rotate").status, 303);
    EXPECT_TRUE(holds(owner.get("/admin/keys"), R"(value="retire")"));
}

TEST_F(ButtonsOfAdmin, the_last_owner_has_none_to_be_disabled_or_deleted_or_robbed_of_the_role) {
    constexpr const char* disable = R"(name="action" value="disable")";
    const std::string self = page_of("owner");
    const auto page = owner.get(self);
    EXPECT_FALSE(holds(page, disable));
    EXPECT_FALSE(holds(page, self + "/delete"));
    EXPECT_TRUE(holds(page, "Nobody else administers this server"));
    EXPECT_TRUE(holds(page, R"(value="end_sessions")"));
    const auto roles = owner.get(self + "/roles");
    EXPECT_FALSE(holds(roles, R"(value="take")"));
    EXPECT_TRUE(holds(roles, "Nobody else administers this server"));
    EXPECT_FALSE(holds(owner.get(self + "/delete"), R"(class="danger")"));
    const auto close = owner.get("/account/close");
    EXPECT_FALSE(holds(close, R"(name="username")"));
    EXPECT_TRUE(holds(close, "Nobody would be left"));
    EXPECT_TRUE(holds(owner.get(page_of("nobody")), disable));

    EXPECT_TRUE(program.users().grant("nobody", "admin").ok());
    const auto second = owner.get(self);
    EXPECT_TRUE(holds(second, disable)) << "there is another one";
    EXPECT_TRUE(holds(second, "/delete"));
    EXPECT_TRUE(holds(owner.get(self + "/roles"), R"(value="take")"));
    EXPECT_TRUE(holds(owner.get(self + "/delete"), R"(class="danger")"));
    EXPECT_TRUE(holds(owner.get("/account/close"), R"(name="username")"));

    EXPECT_TRUE(program.users().set_disabled("nobody", true).ok());
    EXPECT_FALSE(holds(owner.get(self), disable)) << "who is disabled administers nothing";
}

}  // namespace
}  // namespace keyhold::pages
