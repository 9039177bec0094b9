// SPDX-License-Identifier: Apache-2.0
// Many accounts at once: each database takes rows in by a way of its own.
#include <algorithm>
#include <array>
#include <future>
#include <stdexcept>

#include "fixture.hpp"

namespace keyhold::store {

namespace {

using enum Imported;

std::vector<ImportedAccount> imports(const std::vector<std::string>& names) {
    std::vector<ImportedAccount> made;
    for (const std::string& name : names) made.push_back({account(name, "id-of-" + std::to_string(made.size())), true});
    return made;
}

// What some database's way of writing rows has a meaning for; names of ours hold no controls, hashes might.
std::vector<std::string> awkward_texts() {
    return {"tab\there",
            "line\nend",
            "return\rhere",
            "back\\slash",
            "\\N",
            "\\.",
            "'single' \"double\"",
            "$1 :a ? %s",
            "[\"json\"]",
            "a,b;c",
            "ends in a space ",
            "\xF0\x9F\x98\x80 emoji",
            "b\xC3\xB3"
            "b",
            "bo\xCC\x81"
            "b",
            "NULL"};
}

}  // namespace

TEST_P(EveryStore, imports_every_text_as_it_is_and_finds_it_again) {
    const auto store = open(url);
    auto all = imports(awkward_texts());
    for (ImportedAccount& one : all) {
        one.account.password_hash = one.account.name_key + one.account.name_key;
        one.account.disabled = &one == &all.back();
        one.account.generation = 7;
        one.account.password_form = PasswordForm::nfc;
    }
    EXPECT_EQ(store->import(all, Importing::write), std::vector(all.size(), added));
    for (const ImportedAccount& one : all) {
        const auto found = store->find_by_name_key(one.account.name_key);
        ASSERT_TRUE(found) << one.account.name_key;
        EXPECT_EQ(found->id, one.account.id);
        EXPECT_EQ(found->username, one.account.username);
        EXPECT_EQ(found->password_hash, one.account.password_hash);
        EXPECT_EQ(found->disabled, one.account.disabled);
        EXPECT_EQ(found->created_at, one.account.created_at);
        EXPECT_EQ(found->generation, 7);
        EXPECT_EQ(found->password_form, PasswordForm::nfc);
    }
    EXPECT_EQ(store->import(all, Importing::look), std::vector(all.size(), present));
    EXPECT_EQ(store->import(all, Importing::write), std::vector(all.size(), present));
}

TEST_P(EveryStore, imports_more_than_one_packet_holds) {
    const auto store = open(url);
    std::vector<std::string> names;
    for (int i = 0; i < 3'000; ++i) names.push_back("user" + std::to_string(i));
    auto all = imports(names);
    for (ImportedAccount& one : all) one.account.password_hash = std::string(1'000, 'x') + one.account.name_key;
    EXPECT_EQ(store->import(all, Importing::write), std::vector(all.size(), added));
    for (const char* name : {"user0", "user1234", "user2999"})
        EXPECT_EQ(store->find_by_name_key(name)->password_hash, std::string(1'000, 'x') + name);
    EXPECT_EQ(store->import(all, Importing::write), std::vector(all.size(), present));
}

TEST_P(EveryStore, imports_nothing_of_a_batch_that_holds_a_nul) {
    const auto store = open(url);
    auto all = imports({"ann", "bob"});
    all[1].account.password_hash = std::string("cut\0here", 8);
    EXPECT_THROW(store->import(all, Importing::write), std::invalid_argument);
    EXPECT_FALSE(store->find_by_name_key("ann"));
    all[1].account.password_hash = "whole";
    EXPECT_EQ(store->import(all, Importing::write), (std::vector{added, added}));
}

TEST_P(EveryStore, imports_an_empty_batch) {
    const auto store = open(url);
    EXPECT_TRUE(store->import({}, Importing::write).empty());
    EXPECT_TRUE(store->import({}, Importing::look).empty());
}

TEST_P(EveryStore, gives_a_name_that_comes_twice_in_a_batch_to_the_first_that_can_have_it) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob", "first")).ok());
    Account other = account("ann", "second");
    other.password_hash = "another";
    const std::vector<ImportedAccount> all{{account("ann", "first"), true},
                                           {other, true},
                                           {account("ann", "third"), false},
                                           {account("cat", "second"), true}};
    EXPECT_EQ(store->import(all, Importing::write), (std::vector{id_taken, added, name_taken, id_taken}));
    EXPECT_EQ(store->find_by_name_key("ann")->id, "second");
}

TEST_P(EveryStore, adds_each_account_once_when_two_import_the_same) {
    std::vector<std::string> names;
    for (int i = 0; i < 500; ++i) names.push_back("user" + std::to_string(i));
    const auto all = imports(names);
    const auto one = open(url, {.patience = std::chrono::seconds(30)}),
               other = open(url, {.patience = std::chrono::seconds(30)});
    std::array<std::int64_t, 2> counts{};
    const auto import_all = [&](const Opened& store, std::int64_t& count) {
        for (std::size_t begin = 0; begin < all.size(); begin += 50) {
            const auto outcomes = store->import(std::span(all).subspan(begin, 50), Importing::write);
            count += std::ranges::count(outcomes, added);
            EXPECT_EQ(std::ranges::count(outcomes, added) + std::ranges::count(outcomes, present), 50);
        }
    };
    auto meanwhile = std::async(std::launch::async, [&] { import_all(other, counts[1]); });
    import_all(one, counts[0]);
    meanwhile.get();
    EXPECT_EQ(counts[0] + counts[1], 500);
}

}  // namespace keyhold::store
