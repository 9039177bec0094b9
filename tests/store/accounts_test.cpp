// SPDX-License-Identifier: Apache-2.0
// What every store does, whatever database is behind it.
#include <thread>

#include "fixture.hpp"

#include "store/errors.hpp"

namespace keyhold::store {

TEST_P(EveryStore, gives_back_every_field_of_an_account_by_id_and_by_name) {
    const auto store = open(url);
    Account bob = account("bob");
    bob.disabled = true;
    ASSERT_TRUE(store->create(bob).ok());
    for (const auto& found : {store->find_by_id(bob.id), store->find_by_name_key("bob")}) {
        ASSERT_TRUE(found);
        EXPECT_EQ(found->id, "id-of-bob");
        EXPECT_EQ(found->username, "Shown bob");
        EXPECT_EQ(found->name_key, "bob");
        EXPECT_EQ(found->password_hash, "$2b$12$hash-of-bob");
        EXPECT_TRUE(found->disabled);
        EXPECT_EQ(rfc3339(found->created_at), "2023-11-14T22:13:20Z");  // date -u -d @1700000000
    }
}

TEST_P(EveryStore, finds_nothing_where_nothing_is) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    EXPECT_FALSE(store->find_by_id("bob"));
    EXPECT_FALSE(store->find_by_name_key("id-of-bob"));
    EXPECT_FALSE(store->find_by_name_key(""));
    EXPECT_FALSE(store->find_by_name_key(std::string("bob\0", 4)));
    EXPECT_TRUE(store->find_by_name_key("bob"));
}

TEST_P(EveryStore, refuses_a_taken_name_and_keeps_the_first_owner) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob", "first")).ok());
    const auto second = store->create(account("bob", "second"));
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().errc(), errors::username_taken);
    EXPECT_EQ(store->find_by_name_key("bob")->id, "first");
    EXPECT_TRUE(store->create(account("bobby", "second")).ok()) << "the connection is fit for use after a refusal";
}

TEST_P(EveryStore, tells_names_apart_that_differ_in_one_byte) {
    const auto store = open(url);
    const std::vector<std::string> names{"bob",   "Bob", "bób", "bo\u0301b", "bob ",   " bob",
                                         "bob\t", "bo",  "b%b", "b_b",       "bob'--", "\U0001F600"};
    for (const auto& name : names) EXPECT_TRUE(store->create(account(name)).ok()) << name;
    for (const auto& name : names) EXPECT_EQ(store->find_by_name_key(name)->id, "id-of-" + name);
}

TEST_P(EveryStore, lists_in_pages_ordered_by_the_bytes_of_the_key) {
    const auto store = open(url);
    for (const char* name : {"b", "é", "a", "Z", "a b", "aa"}) ASSERT_TRUE(store->create(account(name)).ok());
    std::string seen;
    std::string after;
    int pages = 0;
    do {
        const AccountPage page = store->list(after, 2);
        EXPECT_EQ(page.accounts.size(), 2u);
        for (const Account& one : page.accounts) seen += one.name_key + ",";
        after = page.next;
        ++pages;
    } while (!after.empty());
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(seen, "Z,a,a b,aa,b,é,");
    EXPECT_EQ(store->list("", 6).next, "");
    EXPECT_EQ(store->list("", 0).accounts.size(), 1u);
    EXPECT_TRUE(store->list("é", 10).accounts.empty());
}

TEST_P(EveryStore, replaces_a_hash_only_if_it_is_still_the_expected_one) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    EXPECT_FALSE(store->replace_password_hash("id-of-bob", "another", "new", PasswordForm::nfc));
    EXPECT_FALSE(store->replace_password_hash("nobody", "$2b$12$hash-of-bob", "new", PasswordForm::nfc));
    EXPECT_EQ(store->find_by_name_key("bob")->password_hash, "$2b$12$hash-of-bob");
    EXPECT_TRUE(store->replace_password_hash("id-of-bob", "$2b$12$hash-of-bob", "new", PasswordForm::nfc));
    EXPECT_EQ(store->find_by_name_key("bob")->password_hash, "new");
    EXPECT_FALSE(store->replace_password_hash("id-of-bob", "$2b$12$hash-of-bob", "newer", PasswordForm::nfc));
}

TEST_P(EveryStore, disables_and_enables_and_says_whether_there_was_an_account) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    EXPECT_TRUE(store->set_disabled("id-of-bob", true, "test", now));
    EXPECT_TRUE(store->find_by_id("id-of-bob")->disabled);
    EXPECT_TRUE(store->set_disabled("id-of-bob", true, "test", now)) << "disabling twice is no error";
    EXPECT_TRUE(store->set_disabled("id-of-bob", false, "test", now));
    EXPECT_FALSE(store->find_by_id("id-of-bob")->disabled);
    EXPECT_FALSE(store->set_disabled("id-of-eve", true, "test", now));
}

TEST_P(EveryStore, removes_for_good_and_frees_the_name) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob", "first")).ok());
    EXPECT_TRUE(store->remove("first", "test", now));
    EXPECT_FALSE(store->remove("first", "test", now));
    EXPECT_FALSE(store->find_by_id("first"));
    EXPECT_FALSE(store->find_by_name_key("bob"));
    EXPECT_TRUE(store->create(account("bob", "second")).ok());
}

TEST_P(EveryStore, sees_everything_after_it_was_closed_and_opened_again) {
    {
        const auto store = open(url);
        for (const char* name : {"ann", "bob", "cid"}) ASSERT_TRUE(store->create(account(name)).ok());
        ASSERT_TRUE(store->remove("id-of-ann", "test", now));
        ASSERT_TRUE(store->set_disabled("id-of-bob", true, "test", now));
    }
    const auto store = open(url);
    const AccountPage page = store->list("", 10);
    ASSERT_EQ(page.accounts.size(), 2u);
    EXPECT_TRUE(page.accounts[0].disabled);
    EXPECT_EQ(page.accounts[1].name_key, "cid");
}

TEST_P(EveryStore, refuses_text_with_a_nul_rather_than_cutting_it) {
    const auto store = open(url);
    EXPECT_THROW((void)store->create(account(std::string("bob\0x", 5))), std::invalid_argument);
    EXPECT_FALSE(store->find_by_name_key("bob"));
    EXPECT_TRUE(store->create(account("bob")).ok());
}

TEST_P(EveryStore, gives_one_name_to_exactly_one_of_eight_threads) {
    const auto store = open(url);
    std::atomic<int> created{0}, refused{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            const auto result = store->create(account("bob", "thread-" + std::to_string(i)));
            if (result.ok())
                ++created;
            else if (result.error().errc() == errors::username_taken)
                ++refused;
        });
    threads.clear();
    EXPECT_EQ(created, 1);
    EXPECT_EQ(refused, 7);
    EXPECT_EQ(store->list("", 10).accounts.size(), 1u);
}

TEST_P(EveryStore, changes_its_epoch_when_something_is_taken_back) {
    const auto store = open(url);
    const auto other = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    const auto at_start = store.changes->epoch();
    ASSERT_TRUE(store->set_disabled("id-of-bob", true, "test", now));
    const auto after_disabling = store.changes->epoch();
    EXPECT_NE(after_disabling, at_start);
    ASSERT_TRUE(other->remove("id-of-bob", "test", now));
    EXPECT_NE(store.changes->epoch(), after_disabling);
}

TEST_P(EveryStore, hears_at_once_of_a_removal_by_another_process) {
    Process remover([this](Process& parent) {
        parent.hear();
        const auto store = open(url);
        parent.say("open");
        parent.hear();
        parent.say(store->remove("id-of-bob", "test", now) ? "removed" : "not there");
    });
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    remover.say("open");
    ASSERT_EQ(remover.hear(), "open");
    const auto epoch = store.changes->epoch();
    ASSERT_TRUE(store->find_by_id("id-of-bob"));
    remover.say("remove");
    ASSERT_EQ(remover.hear(), "removed");
    EXPECT_NE(store.changes->epoch(), epoch);
    EXPECT_FALSE(store->find_by_name_key("bob")) << "a statement that stopped half-way would hold an old snapshot";
    EXPECT_FALSE(store->find_by_id("id-of-bob"));
    EXPECT_EQ(remover.wait(), 0);
}

TEST_P(EveryStore, can_be_opened_by_six_processes_at_the_same_moment) {
    const auto work = [this](Process& parent) {
        parent.hear();
        const auto store = open(url);
        const auto result = store->create(account("process-" + std::to_string(getpid())));
        parent.say(result.ok() ? "created" : "refused");
    };
    std::vector<std::unique_ptr<Process>> processes;
    for (int i = 0; i < 6; ++i) processes.push_back(std::make_unique<Process>(work));
    for (auto& process : processes) process->say("go");
    for (auto& process : processes) EXPECT_EQ(process->hear(), "created");
    for (auto& process : processes) EXPECT_EQ(process->wait(), 0);
    EXPECT_EQ(open(url)->list("", 10).accounts.size(), 6u);
}

TEST_P(EveryStore, keeps_every_acknowledged_account_when_the_writer_is_killed) {
    Process writer([this](Process& parent) {
        const auto store = open(url);
        for (int i = 0;; ++i) {
            if (!store->create(account(std::to_string(i))).ok()) throw std::runtime_error("refused");
            parent.say(std::to_string(i));
        }
    });
    std::string last;
    for (int i = 0; i < 50; ++i) last = writer.hear();
    writer.kill();
    for (std::string line = writer.hear(); !line.empty(); line = writer.hear()) last = line;
    EXPECT_EQ(writer.wait(), -1);
    const auto store = open(url);
    for (int i = 0; i <= std::stoi(last); ++i) EXPECT_TRUE(store->find_by_name_key(std::to_string(i))) << i;
}

TEST_P(EveryStore, imports_what_is_new_and_says_what_is_not) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob", "first")).ok());
    Account same = account("bob", "another"), other = account("bob", "third");
    other.password_hash = "$2b$12$another";
    const std::vector<ImportedAccount> imports{
        {account("ann"), false},         {same, false},          {same, true}, {other, false},
        {account("cat", "first"), true}, {account("ann"), false}};
    using enum Imported;
    EXPECT_EQ(store->import(imports, Importing::look),
              (std::vector{added, present, name_taken, name_taken, id_taken, added}));
    EXPECT_FALSE(store->find_by_name_key("ann")) << "only a look";
    EXPECT_EQ(store->import(imports, Importing::write),
              (std::vector{added, present, name_taken, name_taken, id_taken, present}));
    EXPECT_EQ(store->find_by_name_key("ann")->password_hash, "$2b$12$hash-of-ann");
    EXPECT_EQ(store->find_by_name_key("bob")->id, "first");
    EXPECT_FALSE(store->find_by_name_key("cat"));
}

TEST_P(EveryStore, an_account_knows_in_which_form_its_password_was_hashed) {
    const auto store = open(url);
    Account written = account("bob");
    written.password_form = PasswordForm::nfc;
    ASSERT_TRUE(store->create(written).ok());
    EXPECT_EQ(store->find_by_id("id-of-bob")->password_form, PasswordForm::nfc);
    for (const char* name : {"ann", "eve"}) {
        ASSERT_TRUE(store->create(account(name)).ok());
        EXPECT_EQ(store->find_by_name_key(name)->password_form, PasswordForm::typed);
    }
    ASSERT_TRUE(store->replace_password_hash("id-of-ann", "$2b$12$hash-of-ann", "stronger", PasswordForm::nfc));
    EXPECT_EQ(store->find_by_name_key("ann")->password_form, PasswordForm::nfc);
    ASSERT_TRUE(store->set_password({"id-of-eve", 0, "new", "", "x", now}));
    EXPECT_EQ(store->find_by_name_key("eve")->password_form, PasswordForm::nfc);
}

}  // namespace keyhold::store
