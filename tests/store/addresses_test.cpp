// SPDX-License-Identifier: Apache-2.0
// E-mail addresses of accounts: one account has each, whatever database is behind it.
#include <thread>

#include "fixture.hpp"
#include "store/errors.hpp"

namespace keyhold::store {

namespace {

Account with_address(const std::string& name, const std::string& email, const std::string& key) {
    Account made = account(name);
    made.email = email;
    made.email_key = key;
    return made;
}

AccountStore::NewAddress another(std::string_view id, const std::string& email, const std::string& key) {
    return {.id = id, .email = email, .key = key, .is_verified = true, .now = now};
}

}  // namespace

TEST_P(EveryStore, gives_back_an_address_and_finds_its_account) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(with_address("ann", "Ann@Example.com", "ann@example.com")).ok());
    ASSERT_TRUE(store->create(account("bob")).ok());
    const auto found = store->find_by_email_key("ann@example.com");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, "id-of-ann");
    EXPECT_EQ(found->email, "Ann@Example.com");
    EXPECT_FALSE(found->email_verified);
    EXPECT_FALSE(store->find_by_name_key("bob")->email);
    for (const char* other : {"Ann@Example.com", "ann@example.com ", "\u00E1nn@example.com", ""})
        EXPECT_FALSE(store->find_by_email_key(other)) << other;
}

TEST_P(EveryStore, one_account_has_an_address_and_many_have_none) {
    const auto store = open(url);
    for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(store->create(account(name)).ok()) << "NULL is not unique";
    ASSERT_TRUE(store->create(with_address("ann", "Ann@example.com", "ann@example.com")).ok());
    const auto second = store->create(with_address("eve", "ann@Example.com", "ann@example.com"));
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().errc(), errors::email_taken);
    EXPECT_FALSE(store->find_by_name_key("eve"));
    EXPECT_TRUE(store->create(with_address("eve", "ann+x@example.com", "ann+x@example.com")).ok());
}

TEST_P(EveryStore, nobody_has_the_address_that_another_is_called_by) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("old@example.com")).ok()) << "before there were addresses";
    const auto refused = store->create(with_address("eve", "old@example.com", "old@example.com"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::email_taken);
    ASSERT_TRUE(store->create(account("eve")).ok());
    const auto changed = store->set_email(another("id-of-eve", "old@example.com", "old@example.com"));
    ASSERT_FALSE(changed.ok());
    EXPECT_EQ(changed.error().errc(), errors::email_taken);
    EXPECT_FALSE(store->find_by_id("id-of-eve")->email) << "what was refused was not written";
    EXPECT_TRUE(store->set_email(another("id-of-old@example.com", "old@example.com", "old@example.com")).ok());
}

// As "ann\uFF20example.com" is, in an application that was adopted or imported.
TEST_P(EveryStore, nobody_is_called_as_the_address_of_another_is_read) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(with_address("ann", "ann@example.com", "ann@example.com")).ok());
    const auto refused = store->create(account("ann@example.com"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().errc(), errors::username_taken);
    EXPECT_FALSE(store->find_by_name_key("ann@example.com"));
    const ImportedAccount imported{.account = account("ann@example.com")};
    EXPECT_EQ(store->import(std::span(&imported, 1), Importing::write), std::vector{Imported::name_taken});
    EXPECT_TRUE(store->create(with_address("bob@example.com", "bob@example.com", "bob@example.com")).ok());
}

TEST_P(EveryStore, another_address_takes_the_place_of_the_first) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(with_address("ann", "ann@example.com", "ann@example.com")).ok());
    ASSERT_TRUE(store->create(with_address("bob", "bob@example.com", "bob@example.com")).ok());
    ASSERT_TRUE(store->set_email(another("id-of-ann", "A@example.com", "a@example.com")).ok());
    const auto ann = store->find_by_email_key("a@example.com");
    ASSERT_TRUE(ann);
    EXPECT_EQ(ann->email, "A@example.com");
    EXPECT_TRUE(ann->email_verified);
    EXPECT_EQ(ann->username, "Shown ann");
    EXPECT_FALSE(store->find_by_email_key("ann@example.com"));
    const auto taken = store->set_email(another("id-of-ann", "bob@example.com", "bob@example.com"));
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.error().errc(), errors::email_taken);
    const auto nobody = store->set_email(another("id-of-nobody", "n@example.com", "n@example.com"));
    ASSERT_FALSE(nobody.ok());
    EXPECT_EQ(nobody.error().errc(), errors::account_not_found);
    ASSERT_TRUE(store->set_email({.id = "id-of-ann", .email = {}, .key = {}, .now = now}).ok());
    EXPECT_FALSE(store->find_by_id("id-of-ann")->email);
    EXPECT_FALSE(store->find_by_id("id-of-ann")->email_verified);
}

TEST_P(EveryStore, whoever_is_called_by_an_address_is_called_by_the_new_one) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(with_address("old@example.com", "old@example.com", "old@example.com")).ok());
    auto wanted = another("id-of-old@example.com", "New@example.com", "new@example.com");
    wanted.name = AccountStore::NewAddress::Name{"New@example.com", "new@example.com", "a-note"};
    ASSERT_TRUE(store->set_email(wanted).ok());
    EXPECT_EQ(store->find_by_name_key("new@example.com")->username, "New@example.com");
    EXPECT_FALSE(store->find_by_name_key("old@example.com"));
    // Whoever is called so next takes no token of whoever was until now.
    Account next = account("old@example.com", "next");
    next.tokens_valid_from = now;
    ASSERT_TRUE(store->create(next).ok());
    EXPECT_EQ(store->find_by_id("next")->tokens_valid_from, now + std::chrono::seconds(1));
}

TEST_P(EveryStore, a_changed_address_is_heard_of) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("ann")).ok());
    const auto before = store.changes->after(0).last;
    ASSERT_TRUE(store->set_email(another("id-of-ann", "a@example.com", "a@example.com")).ok());
    const auto changes = store.changes->after(before);
    ASSERT_TRUE(changes.list);
    ASSERT_EQ(changes.list->size(), 1u);
    EXPECT_EQ(changes.list->at(0).what, Changed::account);
    EXPECT_EQ(changes.list->at(0).id, "id-of-ann");
}

TEST_P(EveryStore, of_many_who_want_an_address_one_gets_it) {
    const auto store = open(url);
    constexpr int many = 12;
    for (int i = 0; i < many; ++i) ASSERT_TRUE(store->create(account("user" + std::to_string(i))).ok());
    std::atomic<int> done = 0, taken = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < many; ++i)
        threads.emplace_back([&, i] {
            const auto set =
                store->set_email(another("id-of-user" + std::to_string(i), "x@example.com", "x@example.com"));
            ++(set ? done : taken);
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(done, 1);
    EXPECT_EQ(taken, many - 1);
}

TEST_P(EveryStore, an_import_takes_addresses_in_and_no_address_twice) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(with_address("ann", "ann@example.com", "ann@example.com")).ok());
    ASSERT_TRUE(store->create(account("old@example.com")).ok());
    const auto imported = [](const std::string& name, const std::string& email) {
        return ImportedAccount{email.empty() ? account(name) : with_address(name, email, email), false};
    };
    const std::vector<ImportedAccount> imports{imported("bob", "bob@example.com"),
                                               imported("cat", "ann@example.com"),
                                               imported("dan", "bob@example.com"),
                                               imported("eve", ""),
                                               imported("fay", ""),
                                               imported("gus", "old@example.com")};
    using enum Imported;
    EXPECT_EQ(store->import(imports, Importing::write),
              (std::vector{added, address_taken, address_taken, added, added, address_taken}));
    EXPECT_EQ(store->find_by_email_key("bob@example.com")->id, "id-of-bob");
    EXPECT_FALSE(store->find_by_id("id-of-eve")->email);
    EXPECT_EQ(store->import(imports, Importing::look),
              (std::vector{present, address_taken, address_taken, present, present, address_taken}));
}

}  // namespace keyhold::store
