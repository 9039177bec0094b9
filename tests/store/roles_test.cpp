// SPDX-License-Identifier: Apache-2.0
// Roles, whatever database is behind them: what an account has stands in its row, and everybody hears of it.
#include <thread>

#include "domain/errors.hpp"
#include "fixture.hpp"
#include "store/errors.hpp"

namespace keyhold::store {

namespace {

using Names = std::vector<std::string>;

Result<> everything(const std::vector<Role>&, const Names&) { return {}; }

Role role(const std::string& name, const Names& scopes) { return {name, scopes, now}; }

std::vector<std::string> changed_since(Opened& store, std::int64_t before) {
    std::vector<std::string> found;
    const auto changes = store.changes->after(before);
    for (const Change& change : changes.list.value())
        found.push_back((change.what == Changed::roles ? "roles " : "account ") + change.id);
    return found;
}

}  // namespace

TEST_P(EveryStore, an_administrators_role_is_there_from_the_start) {
    const auto store = open(url);
    const auto roles = store.roles->list();
    ASSERT_EQ(roles.size(), 1u);
    EXPECT_EQ(roles[0].name, "admin");
    EXPECT_EQ(roles[0].scopes, Names{"keyhold:admin"});
    EXPECT_EQ(store.roles->count_members("admin"), 0);
}

TEST_P(EveryStore, a_role_is_made_grants_more_and_less_and_goes) {
    auto store = open(url);
    const auto before = store.changes->after(0).last;
    ASSERT_TRUE(store.roles->add(role("editor", {"b", "a", "b"}), everything).ok());
    EXPECT_EQ(store.roles->find("editor")->scopes, (Names{"a", "b"}));
    EXPECT_EQ(store.roles->find("editor")->created_at, now);
    ASSERT_TRUE(store.roles->add(role("editor", {"b", "c"}), everything).ok());
    EXPECT_EQ(store.roles->find("editor")->scopes, (Names{"a", "b", "c"}));
    ASSERT_TRUE(store.roles->remove_scopes("editor", {"a", "x"}, everything).ok());
    EXPECT_EQ(store.roles->find("editor")->scopes, (Names{"b", "c"}));
    ASSERT_TRUE(store.roles->remove("editor", everything).ok());
    EXPECT_FALSE(store.roles->find("editor"));
    EXPECT_EQ(changed_since(store, before), Names(4, "roles *"));
    EXPECT_EQ(store.roles->remove("editor", everything).error().errc(), errors::role_not_found);
    EXPECT_EQ(store.roles->remove_scopes("editor", {"b"}, everything).error().errc(), errors::role_not_found);
    ASSERT_TRUE(store.roles->add(role("editor", {}), everything).ok());
    EXPECT_EQ(store.roles->find("editor")->scopes, Names{}) << "what it granted before went with it";
}

TEST_P(EveryStore, what_an_account_has_stands_in_its_row_and_its_sessions_learn_of_it) {
    auto store = open(url);
    ASSERT_TRUE(store->create(account("ann")).ok());
    ASSERT_TRUE(store.sessions->create(session("s", "id-of-ann"), 0).ok());
    ASSERT_TRUE(store.roles->add(role("editor", {"notes:write"}), everything).ok());
    EXPECT_TRUE(store->find_by_id("id-of-ann")->roles.is_empty());
    const auto before = store.changes->after(0).last;
    for (const char* name : {"editor", "admin", "editor"})
        ASSERT_TRUE(store.roles->grant("id-of-ann", name, everything, now).ok()) << name;
    EXPECT_EQ(changed_since(store, before), Names(2, "account id-of-ann")) << "what changes nothing is no change";
    EXPECT_EQ(store->find_by_id("id-of-ann")->roles.names(), "admin editor");
    EXPECT_EQ(store.sessions->find_live("s", now)->roles.names(), "admin editor");
    EXPECT_EQ(store.roles->count_members("editor"), 1);
    EXPECT_EQ(store.roles->list_members("editor", "", 10).members.at(0).username, "Shown ann");
    ASSERT_TRUE(store.roles->revoke("id-of-ann", "admin").ok());
    EXPECT_EQ(store->find_by_id("id-of-ann")->roles.names(), "editor");
    ASSERT_TRUE(store->remove("id-of-ann", "test", now));
    EXPECT_EQ(store.roles->count_members("editor"), 0);
    ASSERT_TRUE(store->create(account("ann")).ok());
    EXPECT_TRUE(store->find_by_id("id-of-ann")->roles.is_empty()) << "a new account has none";
}

TEST_P(EveryStore, nobody_has_a_role_that_is_not_there_and_nobody_who_is_not_there_has_one) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("ann")).ok());
    EXPECT_EQ(store.roles->grant("id-of-ann", "nothing", everything, now).error().errc(), errors::role_not_found);
    EXPECT_EQ(store.roles->grant("nobody", "admin", everything, now).error().errc(), errors::account_not_found);
    EXPECT_EQ(store.roles->revoke("id-of-ann", "nothing").error().errc(), errors::role_not_found);
    EXPECT_EQ(store.roles->revoke("nobody", "admin").error().errc(), errors::account_not_found);
    EXPECT_TRUE(store.roles->revoke("id-of-ann", "admin").ok()) << "who has it not is left without it";
}

TEST_P(EveryStore, what_is_not_allowed_is_not_written) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("ann")).ok());
    ASSERT_TRUE(store.roles->add(role("editor", {"a"}), everything).ok());
    ASSERT_TRUE(store.roles->grant("id-of-ann", "admin", everything, now).ok());
    std::vector<Names> asked;
    const auto refuse = [&](const std::vector<Role>& roles, const Names& of_account) -> Result<> {
        EXPECT_EQ(roles.size(), 2u);
        asked.push_back(of_account);
        return of_account.size() == 1 ? Result<>() : Result<>(errors::rights_too_large);
    };
    EXPECT_EQ(store.roles->grant("id-of-ann", "editor", refuse, now).error().errc(), errors::rights_too_large);
    EXPECT_EQ(store->find_by_id("id-of-ann")->roles.names(), "admin");
    EXPECT_EQ(store.roles->count_members("editor"), 0);
    ASSERT_TRUE(store.roles->grant("id-of-ann", "editor", everything, now).ok());
    asked.clear();
    EXPECT_EQ(store.roles->add(role("editor", {"b"}), refuse).error().errc(), errors::rights_too_large);
    EXPECT_EQ(asked, (std::vector<Names>{{"editor"}, {"editor"}, {"admin", "editor"}}))
        << "alone, as it was and as it would be, and with what members have";
    EXPECT_EQ(store.roles->find("editor")->scopes, Names{"a"});
}

TEST_P(EveryStore, a_role_that_many_have_goes_from_all_of_them) {
    const auto store = open(url);
    ASSERT_TRUE(store.roles->add(role("reader", {"r"}), everything).ok());
    constexpr int many = 1001;  // two whole parts and one more
    for (int i = 0; i < many; ++i) {
        const std::string name = "u" + std::to_string(i);
        ASSERT_TRUE(store->create(account(name)).ok());
        ASSERT_TRUE(store.roles->grant("id-of-" + name, "reader", everything, now).ok());
    }
    std::size_t seen = 0;
    RoleMembers page;
    do {
        page = store.roles->list_members("reader", page.next, 400);
        seen += page.members.size();
    } while (!page.next.empty());
    EXPECT_EQ(seen, 1001u);
    ASSERT_TRUE(store.roles->remove("reader", everything).ok());
    EXPECT_EQ(store.roles->count_members("reader"), 0);
    EXPECT_TRUE(store->find_by_id("id-of-u1000")->roles.is_empty());
}

TEST_P(EveryStore, the_roles_of_an_account_are_replaced_if_they_are_the_expected_ones) {
    const auto store = open(url);
    for (const char* name : {"ann", "bob"}) ASSERT_TRUE(store->create(account(name)).ok());
    ASSERT_TRUE(store.roles->add(role("editor", {"a"}), everything).ok());
    const auto replace = [&](const std::string& id, const Names& expected, const Names& roles) {
        const auto done = store.roles->replace({id, expected, roles, "admin", now}, everything);
        return done ? std::string("done") : std::string(done.error().row().code);
    };
    EXPECT_EQ(replace("id-of-ann", {}, {"admin", "editor"}), "done");
    EXPECT_EQ(replace("id-of-ann", {}, {}), "precondition_failed");
    EXPECT_EQ(replace("id-of-ann", {"admin", "editor"}, {"editor"}), "last_administrator");
    EXPECT_EQ(replace("id-of-ann", {"admin", "editor"}, {"nothing"}), "role_not_found");
    EXPECT_EQ(replace("nobody", {}, {}), "account_not_found");
    EXPECT_EQ(store->find_by_id("id-of-ann")->roles.names(), "admin editor");
    EXPECT_EQ(replace("id-of-bob", {}, {"admin"}), "done");
    ASSERT_TRUE(store->set_disabled("id-of-bob", true, "test", now));
    EXPECT_EQ(replace("id-of-ann", {"admin", "editor"}, {}), "last_administrator")
        << "who is disabled looks after nothing";
    ASSERT_TRUE(store->set_disabled("id-of-bob", false, "test", now));
    EXPECT_EQ(replace("id-of-ann", {"admin", "editor"}, {}), "done");
}

TEST_P(EveryStore, of_administrators_who_go_at_once_one_stays) {
    const auto store = open(url);
    constexpr int many = 8;
    for (int i = 0; i < many; ++i) {
        ASSERT_TRUE(store->create(account("a" + std::to_string(i))).ok());
        ASSERT_TRUE(store.roles->grant("id-of-a" + std::to_string(i), "admin", everything, now).ok());
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < many; ++i)
        threads.emplace_back([&, i] {
            const std::string id = "id-of-a" + std::to_string(i);
            (void)store.roles->replace({id, {"admin"}, {}, "admin", now}, everything);
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(store.roles->count_members("admin"), 1);
}

TEST_P(EveryStore, a_session_keeps_the_scopes_that_it_was_limited_to) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    Session limited = session("limited");
    limited.scope = "a b";
    ASSERT_TRUE(store.sessions->create(limited, 0).ok());
    Session nothing = session("nothing");
    nothing.scope = "";
    ASSERT_TRUE(store.sessions->create(nothing, 0).ok());
    ASSERT_TRUE(store.sessions->create(session("all"), 0).ok());
    EXPECT_EQ(store.sessions->find("limited")->session.scope, "a b");
    EXPECT_EQ(store.sessions->find("nothing")->session.scope, "") << "limited to nothing is not unlimited";
    EXPECT_FALSE(store.sessions->find("all")->session.scope);
}

TEST(RoleSet, the_same_text_is_the_same_number_and_no_roles_are_nothing) {
    EXPECT_TRUE(RoleSet::of("").is_empty());
    EXPECT_EQ(RoleSet::of("admin editor"), RoleSet::of("admin editor"));
    EXPECT_NE(RoleSet::of("admin editor"), RoleSet::of("admin"));
    EXPECT_EQ(RoleSet::of("admin editor").names(), "admin editor");
    EXPECT_EQ(RoleSet().names(), "");
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([] {
            for (int i = 0; i < 1000; ++i)
                EXPECT_EQ(RoleSet::of("set " + std::to_string(i)).names(), "set " + std::to_string(i));
        });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace keyhold::store
