// SPDX-License-Identifier: Apache-2.0
// Searching accounts, and never disabling the last administrator, whatever database is behind it.
#include "store/accounts/administration_store.hpp"

#include <thread>

#include "fixture.hpp"
#include "store/errors.hpp"

namespace keyhold::store {

namespace {

Result<> disable(const Opened& store, const Account& seen) {
    return AdministrationStore(store.database).set_disabled(seen, true, "admin", "test", now);
}

using By = AdministrationStore::By;
Result<> everything(const std::vector<Role>&, const std::vector<std::string>&) { return {}; }

// The keys of all pages.
std::string walk(AdministrationStore& store, By by, const std::string& prefix, int limit) {
    std::string seen, after;
    do {
        const AccountPage page = store.search({by, prefix, after, limit});
        for (const Account& one : page.accounts) seen += (by == By::name ? one.name_key : *one.email_key) + ",";
        after = page.next;
    } while (!after.empty());
    return seen;
}

}  // namespace

TEST_P(EveryStore, accounts_are_found_by_the_beginning_of_their_names_and_addresses) {
    const auto store = open(url);
    AdministrationStore administration(store.database);
    for (const char* name : {"b", "ab", "a", "abc", "ac", "a\u00E9", "a\U0001F600", "Z", "a%", "a_"}) {
        Account one = account(name);
        if (name[0] == 'a') one.email_key = one.email = "x" + std::string(name) + "@example.com";
        ASSERT_TRUE(store->create(one).ok());
    }
    for (const int limit : {1, 2, 3, 100}) {
        EXPECT_EQ(walk(administration, By::name, "", limit), "Z,a,a%,a_,ab,abc,ac,a\u00E9,a\U0001F600,b,");
        EXPECT_EQ(walk(administration, By::name, "a", limit), "a,a%,a_,ab,abc,ac,a\u00E9,a\U0001F600,");
        EXPECT_EQ(walk(administration, By::name, "ab", limit), "ab,abc,");
        EXPECT_EQ(walk(administration, By::name, "a%", limit), "a%,") << "a letter as another";
        EXPECT_EQ(walk(administration, By::name, "x", limit), "");
        EXPECT_EQ(walk(administration, By::address, "xab", limit), "xab@example.com,xabc@example.com,");
    }
    EXPECT_EQ(administration.search({By::address, "", "", 100}).accounts.size(), 8u) << "those who have one";
    EXPECT_TRUE(administration.search({By::name, std::string_view("a\0", 2), "", 10}).accounts.empty());
}

TEST_P(EveryStore, the_last_administrator_is_not_disabled) {
    const auto store = open(url);
    AdministrationStore administration(store.database);
    for (const char* name : {"ann", "bob", "cid"}) ASSERT_TRUE(store->create(account(name)).ok());
    for (const char* id : {"id-of-ann", "id-of-bob"})
        ASSERT_TRUE(store.roles->grant(id, "admin", everything, now).ok());
    ASSERT_TRUE(store.sessions->create(session("of-bob", "id-of-bob"), 0).ok());
    EXPECT_TRUE(disable(store, *store->find_by_id("id-of-cid")).ok()) << "who is none";
    EXPECT_TRUE(disable(store, *store->find_by_id("id-of-bob")).ok()) << "ann is left";
    EXPECT_EQ(store.sessions->find("of-bob")->session.end_reason, "test");
    EXPECT_EQ(disable(store, *store->find_by_id("id-of-ann")).error().errc(), errors::last_administrator);
    EXPECT_FALSE(store->find_by_id("id-of-ann")->disabled);
    EXPECT_EQ(disable(store, account("nobody")).error().errc(), errors::precondition_failed);
}

TEST_P(EveryStore, of_administrators_who_disable_each_other_at_once_one_stays) {
    const auto store = open(url);
    AdministrationStore administration(store.database);
    constexpr int many = 8;
    for (int i = 0; i < many; ++i) {
        ASSERT_TRUE(store->create(account("a" + std::to_string(i))).ok());
        ASSERT_TRUE(store.roles->grant("id-of-a" + std::to_string(i), "admin", everything, now).ok());
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < many; ++i)
        threads.emplace_back([&, i] { (void)disable(store, *store->find_by_id("id-of-a" + std::to_string(i))); });
    for (std::thread& thread : threads) thread.join();
    int left = 0;
    for (int i = 0; i < many; ++i) left += store->find_by_id("id-of-a" + std::to_string(i))->disabled ? 0 : 1;
    EXPECT_EQ(left, 1);
}

}  // namespace keyhold::store
