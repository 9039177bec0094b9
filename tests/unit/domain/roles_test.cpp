// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/roles.hpp"

#include "domain/accounts/role_book.hpp"
#include "domain/errors.hpp"
#include "domain/words.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

namespace {

using Names = std::vector<std::string>;

class RolesTest : public DomainTest {
protected:
    std::string code_of(const Result<>& result) { return result ? "done" : std::string(result.error().row().code); }
    Roles roles{*stores.roles, clock};
};

}  // namespace

TEST_F(RolesTest, names_are_small_and_scopes_are_those_of_the_standard) {
    for (const char* name : {"a", "editor", "2nd-line", "x.y_z"}) EXPECT_TRUE(is_role_name(name)) << name;
    for (const char* name : {"", "Editor", "-x", ".x", "a b", "a,b", "\u00E9", "a\"", "a\n"})
        EXPECT_FALSE(is_role_name(name)) << name;
    EXPECT_TRUE(is_role_name(std::string(64, 'a')));
    EXPECT_FALSE(is_role_name(std::string(65, 'a')));
    // RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E.
    for (const char* scope : {"!", "#", "[", "]", "~", "notes:read", "https://api.example/x"})
        EXPECT_TRUE(is_scope(scope)) << scope;
    for (const char* scope : {"", " ", "\"", "\\", "\x7f", "\t", "a b", "\u00E9"})
        EXPECT_FALSE(is_scope(scope)) << scope;
}

TEST_F(RolesTest, scopes_are_separated_by_spaces_and_sorted) {
    EXPECT_EQ(parse_scopes(" b a  b ").value(), (Names{"a", "b"}));
    EXPECT_TRUE(parse_scopes("")->empty());
    EXPECT_EQ(parse_scopes("a \"").error().errc(), errors::invalid_scope);
    EXPECT_EQ(text_of({"a", "b"}), "a b");
}

TEST_F(RolesTest, several_roles_grant_what_each_grants_once) {
    const std::vector<store::Role> all{{"x", {"a", "b"}, {}}, {"y", {"b", "c"}, {}}};
    EXPECT_EQ(rights_of(all, Names{"y", "x"}), (Rights{{"x", "y"}, {"a", "b", "c"}}));
    EXPECT_EQ(rights_of(all, Names{"x", "gone"}), (Rights{{"x"}, {"a", "b"}}));
    EXPECT_TRUE(rights_of(all, Names{"x"}).has_scope("b"));
    EXPECT_FALSE(rights_of(all, Names{"x"}).has_scope("c"));
}

TEST_F(RolesTest, what_would_not_fit_into_tokens_is_refused_when_it_is_granted) {
    put("ann", "fake$x");
    const std::string id = id_of("ann");
    Names scopes;
    for (char c = 'a'; c < 'a' + 9; ++c) scopes.push_back(std::string(99, c));
    ASSERT_TRUE(roles.add("large", scopes, Roles::whoever_runs_the_server).ok());
    EXPECT_EQ(code_of(roles.grant(id, "large", Roles::whoever_runs_the_server)), "done");
    ASSERT_TRUE(roles.add("small", {std::string(99, 'x')}, Roles::whoever_runs_the_server).ok());
    const auto refused = roles.grant(id, "small", Roles::whoever_runs_the_server);
    ASSERT_EQ(code_of(refused), "rights_too_large");
    // 10 scopes of 99 bytes with 9 spaces: 999. {"scope":"","roles":["large","small"]}: 38.
    EXPECT_EQ(refused.error().detail(),
              "The roles and scopes of an account would take 1037 bytes of its tokens, and 1024 is the most");
    EXPECT_EQ(store->find_by_id(id)->roles.names(), "large");
    EXPECT_EQ(roles.add("large", {std::string(99, 'y')}, Roles::whoever_runs_the_server).error().errc(),
              errors::rights_too_large);
    // 9 of them with 8 spaces, and one more space: 900. {"scope":"","roles":["large"]}: 30. 94 are left.
    EXPECT_EQ(roles.add("large", {std::string(95, 'y')}, Roles::whoever_runs_the_server).error().errc(),
              errors::rights_too_large);
    EXPECT_TRUE(roles.add("large", {std::string(94, 'y')}, Roles::whoever_runs_the_server).ok()) << "1024 exactly";
}

TEST_F(RolesTest, nobody_gives_what_he_does_not_have) {
    put("ann", "fake$x");
    const std::string id = id_of("ann");
    ASSERT_TRUE(roles.add("editor", {"notes:write"}, Roles::whoever_runs_the_server).ok());
    const Rights editor{{"editor"}, {"notes:write"}}, admin{{"admin"}, {"keyhold:admin"}};
    EXPECT_EQ(code_of(roles.grant(id, "admin", &editor)), "rights_exceeded");
    EXPECT_EQ(code_of(roles.grant(id, "editor", &admin)), "rights_exceeded");
    EXPECT_EQ(code_of(roles.grant(id, "editor", &editor)), "done");
    EXPECT_EQ(code_of(roles.replace(id, {"editor"}, {"admin", "editor"}, &editor)), "rights_exceeded");
    EXPECT_EQ(code_of(roles.replace(id, {"editor"}, {"admin", "editor"}, &admin)), "done")
        << "he had the other already";
    EXPECT_EQ(roles.add("editor", {"keyhold:admin"}, &editor).error().errc(), errors::rights_exceeded);
    EXPECT_EQ(roles.add("own", {"notes:read"}, &editor).error().errc(), errors::rights_exceeded);
    EXPECT_TRUE(roles.add("own", {"notes:write"}, &editor).ok());
}

TEST_F(RolesTest, administrators_are_made_by_owners_alone) {
    put("ann", "fake$x");
    const std::string id = id_of("ann");
    ASSERT_TRUE(roles.add("second", {"keyhold:admin"}, Roles::whoever_runs_the_server).ok());
    ASSERT_TRUE(roles.add("plain", {}, Roles::whoever_runs_the_server).ok());
    const Rights owner{{"admin"}, {"keyhold:admin"}}, manager{{"second"}, {"keyhold:admin"}};
    for (const char* role : {"admin", "second"})
        EXPECT_EQ(code_of(roles.replace(id, {}, {role}, &manager)), "rights_exceeded") << role;
    EXPECT_EQ(roles.add("plain", {"keyhold:admin"}, &manager).error().errc(), errors::rights_exceeded);
    EXPECT_EQ(code_of(roles.replace(id, {}, {"plain"}, &owner)), "done");
    EXPECT_EQ(code_of(roles.replace(id, {"plain"}, {"second"}, &owner)), "done");
}

TEST_F(RolesTest, a_role_without_scopes_is_given_by_owners_and_by_those_who_have_it) {
    put("ann", "fake$x");
    const std::string id = id_of("ann");
    ASSERT_TRUE(roles.add("plain", {}, Roles::whoever_runs_the_server).ok());
    const Rights owner{{"admin"}, {"keyhold:admin"}}, manager{{"second"}, {"keyhold:admin", "notes:write"}},
        member{{"plain", "second"}, {"keyhold:admin"}};
    EXPECT_EQ(code_of(roles.grant(id, "plain", &manager)), "rights_exceeded");
    EXPECT_EQ(code_of(roles.replace(id, {}, {"plain"}, &manager)), "rights_exceeded");
    EXPECT_EQ(code_of(roles.check({"plain"}, &manager)), "rights_exceeded") << "setting the password of who has it";
    EXPECT_EQ(roles.add("plain", {"notes:write"}, &manager).error().errc(), errors::rights_exceeded)
        << "so that it grants what is the manager's to give";
    EXPECT_EQ(roles.add("own", {}, &manager).error().errc(), errors::rights_exceeded);
    EXPECT_EQ(code_of(roles.replace(id, {}, {"plain"}, &member)), "done");
    EXPECT_EQ(code_of(roles.replace(id, {"plain"}, {}, &manager)), "done");
    EXPECT_EQ(code_of(roles.grant(id, "plain", &owner)), "done");
}

TEST_F(RolesTest, nothing_is_taken_from_administrators_but_by_owners) {
    put("ann", "fake$x");
    put("bob", "fake$x");
    const auto runs = Roles::whoever_runs_the_server;
    ASSERT_TRUE(roles.add("admin", {"notes:write"}, runs).ok());
    ASSERT_TRUE(roles.add("writer", {"notes:write"}, runs).ok());
    ASSERT_TRUE(roles.add("reader", {"notes:read"}, runs).ok());
    ASSERT_TRUE(roles.grant(id_of("ann"), "admin", runs).ok() && roles.grant(id_of("ann"), "writer", runs).ok());
    ASSERT_TRUE(roles.grant(id_of("bob"), "reader", runs).ok());
    const Rights owner{{"admin"}, {"keyhold:admin", "notes:write"}},
        manager{{"second"}, {"keyhold:admin", "notes:read", "notes:write"}};
    EXPECT_EQ(code_of(roles.remove("admin", {"notes:write"}, &manager)), "rights_exceeded");
    EXPECT_EQ(code_of(roles.remove("writer", {"notes:write"}, &manager)), "rights_exceeded") << "ann has it";
    EXPECT_EQ(code_of(roles.remove("writer", {}, &manager)), "rights_exceeded");
    EXPECT_EQ(store->find_by_id(id_of("ann"))->roles.names(), "admin writer");
    EXPECT_EQ(code_of(roles.remove("reader", {"notes:read"}, &manager)), "done");
    EXPECT_EQ(code_of(roles.remove("reader", {}, &manager)), "done");
    EXPECT_EQ(code_of(roles.remove("writer", {}, &owner)), "done");
    EXPECT_EQ(code_of(roles.remove("admin", {"notes:write"}, &owner)), "done");
}

TEST_F(RolesTest, the_administrators_role_stays) {
    EXPECT_EQ(code_of(roles.remove("admin")), "role_kept");
    EXPECT_EQ(code_of(roles.remove("admin", {"keyhold:admin"})), "role_kept");
    ASSERT_TRUE(roles.add("admin", {"notes:read"}, Roles::whoever_runs_the_server).ok());
    EXPECT_EQ(code_of(roles.remove("admin", {"notes:read"})), "done");
    EXPECT_EQ(roles.find("admin")->scopes, Names{"keyhold:admin"});
    EXPECT_EQ(roles.add("Editor", {}, Roles::whoever_runs_the_server).error().fields().at(0).loc.at(1).text(), "role");
    EXPECT_EQ(roles.add("editor", {"a b"}, Roles::whoever_runs_the_server).error().fields().at(0).loc.at(1).text(),
              "scopes");
}

TEST_F(RolesTest, a_book_has_one_copy_of_what_a_set_of_roles_grants_until_it_forgets) {
    ASSERT_TRUE(roles.add("editor", {"a"}, Roles::whoever_runs_the_server).ok());
    RoleBook book(stores);
    EXPECT_EQ(book.find(store::RoleSet()), nullptr);
    const auto set = store::RoleSet::of("admin editor");
    const auto first = book.find(set);
    EXPECT_EQ(first->scopes, (Names{"a", "keyhold:admin"}));
    EXPECT_EQ(book.find(set), first);
    ASSERT_TRUE(roles.add("editor", {"b"}, Roles::whoever_runs_the_server).ok());
    EXPECT_EQ(book.find(set), first) << "nobody told it yet";
    book.forget();
    EXPECT_EQ(book.find(set)->scopes, (Names{"a", "b", "keyhold:admin"}));
    EXPECT_EQ(first->scopes, (Names{"a", "keyhold:admin"})) << "a request that is under way goes on with it";
}

}  // namespace keyhold::domain
