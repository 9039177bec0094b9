// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/accounts.hpp"

#include <gtest/gtest.h>

#include <set>

#include "domain/errors.hpp"
#include "domain/passwords/stored_hashes.hpp"
#include "fixture.hpp"
#include "store/errors.hpp"

namespace keyhold::domain {

namespace {

std::vector<std::string> fields_of(const auto& result) {
    std::vector<std::string> fields;
    if (result.ok()) return {"accepted"};
    for (const FieldError& field : result.error().fields())
        fields.push_back(field.loc.at(1).text() + ": " + field.type);
    return fields;
}

Secret secret(std::string_view text) { return Secret(text); }

class AccountsTest : public DomainTest {
protected:
    // The same text and the same work, whatever the reason.
    void expect_refused(std::string_view username, std::string_view password) {
        const int before = hasher.computed;
        const auto result = accounts.authenticate(username, secret(password), {});
        ASSERT_FALSE(result.ok()) << username;
        EXPECT_EQ(result.error().errc(), errors::invalid_credentials) << username;
        EXPECT_EQ(result.error().detail(), "Invalid credentials");
        EXPECT_TRUE(result.error().fields().empty());
        EXPECT_EQ(hasher.computed - before, 1) << username;
    }
    Accounts accounts{*store, hasher, throttle, clock, random, PasswordRules{}};
};

}  // namespace

TEST_F(AccountsTest, a_new_account_is_in_the_store_as_it_was_made) {
    const auto made = accounts.create("Bob", secret("correct horse"));
    ASSERT_TRUE(made.ok());
    const auto stored = store->find_by_name_key("bob");
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->id, made->id);
    EXPECT_EQ(stored->username, "Bob");
    EXPECT_EQ(stored->created_at, clock.now());
    EXPECT_FALSE(stored->disabled);
    EXPECT_EQ(stored->password_hash, "fake$correct horse") << "what the hasher said";
    EXPECT_EQ(stored->id.at(14), '7') << "a UUID of version 7 (RFC 9562 section 5.7)";
}

TEST_F(AccountsTest, a_taken_name_is_refused_in_any_spelling_before_a_hash_is_computed) {
    ASSERT_TRUE(accounts.create("Bob", secret("correct horse")).ok());
    const int before = hasher.computed;
    for (const char* name : {"Bob", "bob", "BOB", "\uFF22ob", "bo\u200Db"}) {
        const auto again = accounts.create(name, secret("another password"));
        ASSERT_FALSE(again.ok()) << name;
        EXPECT_EQ(again.error().errc(), errors::username_taken);
        EXPECT_EQ(again.error().detail(), "Username already exists");
    }
    EXPECT_EQ(hasher.computed, before);
    EXPECT_TRUE(accounts.create("Bobby", secret("another password")).ok());
}

TEST_F(AccountsTest, nobody_is_called_so_that_the_address_of_another_finds_him) {
    const auto is_refused = [](const auto& done) { return !done && done.error().errc() == errors::validation_failed; };
    for (const char* name : {"bob\uFF20example.org", "bob\uFE6Bexample.org", "bob@fa\u00DF.example"})
        EXPECT_TRUE(is_refused(accounts.create({.username = name}, secret("correct horse")))) << name;
    ASSERT_TRUE(accounts.create({.username = "eve@example.org"}, secret("correct horse")).ok());
    EXPECT_TRUE(is_refused(accounts.set_email("eve@example.org", "bob@fa\u00DF.example", false)));
    ASSERT_TRUE(accounts.create({.username = "eve"}, secret("correct horse")).ok());
    EXPECT_TRUE(accounts.set_email("eve", "bob@fa\u00DF.example", false).ok()) << "her name is another one";
}

TEST_F(AccountsTest, everything_wrong_with_a_registration_is_said_at_once) {
    EXPECT_EQ(fields_of(accounts.create("", secret(""))),
              (std::vector<std::string>{"username: string_too_short", "password: string_too_short"}));
    EXPECT_EQ(fields_of(accounts.create("a\nb", secret("correct horse"))),
              (std::vector<std::string>{"username: value_error"}));
    EXPECT_EQ(hasher.computed, 0);
}

TEST_F(AccountsTest, a_new_password_has_8_characters_at_most_1024_bytes_no_nul_and_is_utf_8) {
    auto outcome = [this, number = 0](std::string_view password) mutable {
        return fields_of(accounts.create("user" + std::to_string(number++), secret(password))).at(0);
    };
    EXPECT_EQ(outcome("1234567"), "password: string_too_short");
    EXPECT_EQ(outcome("12345678"), "accepted");
    EXPECT_EQ(outcome("\U0001F600\U0001F600\U0001F600"), "password: string_too_short") << "12 bytes, 3 characters";
    EXPECT_EQ(outcome("ÄÄÄÄÄÄÄÄ"), "accepted");
    EXPECT_EQ(outcome(std::string(1024, 'a')), "accepted");
    EXPECT_EQ(outcome(std::string(1025, 'a')), "password: string_too_long");
    EXPECT_EQ(outcome(std::string("1234\0"
                                  "56789",
                                  10)),
              "password: value_error");
    EXPECT_EQ(outcome("12345678\xff"), "password: value_error");
}

TEST_F(AccountsTest, errors_do_not_repeat_the_password) {
    const auto refused = accounts.create("bob", secret("hunter2"));
    ASSERT_FALSE(refused.ok());
    for (const FieldError& field : refused.error().fields()) EXPECT_EQ(field.msg.find("hunter2"), std::string::npos);
}

TEST_F(AccountsTest, the_right_password_opens_the_account_in_any_spelling_of_its_name) {
    const auto made = accounts.create("Bob", secret("correct horse"));
    ASSERT_TRUE(made.ok());
    for (const char* name : {"Bob", "bob", "\uFF22\uFF2F\uFF22"}) {
        const auto opened = accounts.authenticate(name, secret("correct horse"), {});
        ASSERT_TRUE(opened.ok()) << name;
        EXPECT_EQ(opened->id, made->id);
        EXPECT_EQ(opened->username, "Bob");
    }
}

TEST_F(AccountsTest, every_refused_log_in_costs_one_hash_and_says_the_same) {
    ASSERT_TRUE(accounts.create("bob", secret("correct horse")).ok());
    ASSERT_TRUE(accounts.create("gone", secret("correct horse")).ok());
    ASSERT_TRUE(accounts.set_disabled("gone", true).ok());
    expect_refused("bob", "correct horsf");
    expect_refused("bob", "Correct horse");
    expect_refused("nobody", "correct horse");
    expect_refused("gone", "correct horse");
    expect_refused("", "correct horse");
    expect_refused(" bob", "correct horse");
    expect_refused(std::string(300, 'a'), "correct horse");
    expect_refused("\xff", "correct horse");
    expect_refused("bob", "");
    expect_refused("nobody", "");
    expect_refused("bob", std::string_view("correct horse\0", 14));
    expect_refused("bob", std::string(2000, 'a'));
    EXPECT_TRUE(accounts.authenticate("bob", secret("correct horse"), {}).ok());
}

TEST_F(AccountsTest, the_stand_in_for_an_impossible_password_opens_nothing) {
    ASSERT_TRUE(accounts.create("bob", secret("impossible")).ok());
    expect_refused("bob", "");
    expect_refused("bob", std::string(2000, 'a'));
    EXPECT_TRUE(accounts.authenticate("bob", secret("impossible"), {}).ok());
}

TEST_F(AccountsTest, a_new_password_opens_in_either_unicode_form) {
    ASSERT_TRUE(accounts.create("bob", secret("re\u0301sume\u0301 2026")).ok());
    EXPECT_EQ(store->find_by_name_key("bob")->password_hash, "fake$r\u00E9sum\u00E9 2026") << "NFC";
    for (const char* typed : {"re\u0301sume\u0301 2026", "r\u00E9sum\u00E9 2026", "r\u00E9sume\u0301 2026"})
        EXPECT_TRUE(accounts.authenticate("bob", secret(typed), {}).ok()) << typed;
    expect_refused("bob", "resume 2026");
    ASSERT_TRUE(accounts.set_password("bob", secret("e\u0301tude no. 3")).ok());
    EXPECT_TRUE(accounts.authenticate("bob", secret("\u00E9tude no. 3"), {}).ok());
    ASSERT_TRUE(accounts.change_password("bob", secret("e\u0301tude no. 3"), secret("o\u0308de an die"), {}).ok());
    EXPECT_TRUE(accounts.authenticate("bob", secret("\u00F6de an die"), {}).ok());
}

TEST_F(AccountsTest, an_imported_password_opens_as_it_was_typed_until_it_is_hashed_anew) {
    put("bob", "fake$re\u0301sume\u0301 2026");
    expect_refused("bob", "r\u00E9sum\u00E9 2026");
    EXPECT_TRUE(accounts.authenticate("bob", secret("re\u0301sume\u0301 2026"), {}).ok())
        << "as FastAPI rows were hashed";
    put("eve", "weak$re\u0301sume\u0301 2026");
    EXPECT_TRUE(accounts.authenticate("eve", secret("re\u0301sume\u0301 2026"), {}).ok());
    EXPECT_TRUE(accounts.authenticate("eve", secret("r\u00E9sum\u00E9 2026"), {}).ok());
    put("old", "weak$\xff\xfe not UTF-8");
    EXPECT_TRUE(accounts.authenticate("old", secret("\xff\xfe not UTF-8"), {}).ok());
    EXPECT_TRUE(accounts.authenticate("old", secret("\xff\xfe not UTF-8"), {}).ok()) << "after the rehash too";
}

TEST_F(AccountsTest, characters_are_counted_in_nfc) {
    EXPECT_EQ(fields_of(accounts.create("bob", secret("e\u0301e\u0301e\u0301e\u0301"))).at(0),
              "password: string_too_short");
}

TEST_F(AccountsTest, where_a_score_is_asked_for_an_easy_password_is_refused_with_the_reason) {
    Accounts strict{*store, hasher, throttle, clock, random, {.min_score = 3, .service = {"keyhold"}}};
    const auto why = [](const auto& result) {
        EXPECT_FALSE(result.ok());
        EXPECT_EQ(result.error().fields().at(0).type, "password_too_weak");
        return result.error().fields().at(0).msg;
    };
    EXPECT_EQ(
        why(strict.create("testuser", secret("testpass"))),
        "This password is easy to guess: it is mostly a common word, name or password. Take several words that do "
        "not belong together, or let a password manager make one");
    EXPECT_NE(why(strict.create("quoxalith", secret("Quoxalith1"))).find("the username"), std::string::npos);
    EXPECT_NE(why(strict.create("bob", secret("keyhold2026"))).find("this service"), std::string::npos);
    EXPECT_EQ(hasher.computed, 0);
    ASSERT_TRUE(strict.create("bob", secret("umbrella fjord teaspoon")).ok());
    EXPECT_FALSE(why(strict.set_password("bob", secret("password123"))).empty());
    EXPECT_FALSE(
        why(strict.change_password("bob", secret("umbrella fjord teaspoon"), secret("password123"), {})).empty());
    put("old", "fake$testpass");
    EXPECT_TRUE(strict.authenticate("old", secret("testpass"), {}).ok()) << "who has one keeps it";
}

TEST_F(AccountsTest, an_old_password_may_be_shorter_than_a_new_one) {
    put("bob", "fake$short");
    EXPECT_TRUE(accounts.authenticate("bob", secret("short"), {}).ok());
    EXPECT_FALSE(accounts.create("eve", secret("short")).ok());
}

TEST_F(AccountsTest, a_weak_hash_is_made_stronger_by_the_log_in_that_proves_it) {
    put("bob", "weak$correct horse");
    expect_refused("bob", "wrong");
    EXPECT_EQ(store->find_by_name_key("bob")->password_hash, "weak$correct horse");
    const auto opened = accounts.authenticate("bob", secret("correct horse"), {});
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->password_hash, "fake$correct horse");
    EXPECT_EQ(store->find_by_name_key("bob")->password_hash, "fake$correct horse");
    EXPECT_TRUE(accounts.authenticate("bob", secret("correct horse"), {}).ok());
}

TEST_F(AccountsTest, a_rehash_does_not_undo_a_new_password) {
    put("bob", "weak$correct horse");
    hasher.on_hash = [this] {
        hasher.on_hash = nullptr;
        ASSERT_TRUE(store->replace_password_hash(store->find_by_name_key("bob")->id, "weak$correct horse",
                                                 "fake$brand new one", PasswordForm::nfc));
    };
    EXPECT_TRUE(accounts.authenticate("bob", secret("correct horse"), {}).ok());
    EXPECT_EQ(store->find_by_name_key("bob")->password_hash, "fake$brand new one");
}

TEST_F(AccountsTest, a_rehash_that_the_database_refuses_does_not_fail_the_log_in) {
    put("bob", "weak$correct horse");
    expect_refused("nobody", "wrong");  // what is made once is there
    const auto locked = lock_database();
    EXPECT_TRUE(accounts.authenticate("bob", secret("correct horse"), {}).ok());
    EXPECT_EQ(store->find_by_name_key("bob")->password_hash, "weak$correct horse");
    EXPECT_THROW((void)accounts.create("eve", secret("correct horse")), Unavailable)
        << "a refusal to write is not hidden elsewhere";
}

TEST_F(AccountsTest, a_new_password_replaces_the_old_one) {
    ASSERT_TRUE(accounts.create("bob", secret("correct horse")).ok());
    ASSERT_TRUE(accounts.set_password("BOB", secret("battery staple")).ok());
    expect_refused("bob", "correct horse");
    EXPECT_TRUE(accounts.authenticate("bob", secret("battery staple"), {}).ok());
    EXPECT_EQ(fields_of(accounts.set_password("bob", secret("short"))).at(0), "password: string_too_short");
    EXPECT_EQ(accounts.set_password("nobody", secret("battery staple")).error().errc(), errors::account_not_found);
    EXPECT_TRUE(accounts.authenticate("bob", secret("battery staple"), {}).ok());
}

TEST_F(AccountsTest, a_new_password_wins_over_a_rehash_that_came_first) {
    put("bob", "weak$correct horse");
    hasher.on_hash = [this] {
        hasher.on_hash = nullptr;
        ASSERT_TRUE(store->replace_password_hash(store->find_by_name_key("bob")->id, "weak$correct horse",
                                                 "fake$correct horse", PasswordForm::nfc));
    };
    ASSERT_TRUE(accounts.set_password("bob", secret("battery staple")).ok());
    EXPECT_EQ(store->find_by_name_key("bob")->password_hash, "fake$battery staple");
}

TEST_F(AccountsTest, can_be_disabled_enabled_removed_found_and_listed_by_any_spelling) {
    ASSERT_TRUE(accounts.create("Bob", secret("correct horse")).ok());
    ASSERT_TRUE(accounts.set_disabled("BOB", true).ok());
    EXPECT_TRUE(accounts.find("bob")->disabled);
    ASSERT_TRUE(accounts.set_disabled("bob", false).ok());
    EXPECT_TRUE(accounts.authenticate("bob", secret("correct horse"), {}).ok());
    EXPECT_EQ(accounts.list("", 10).accounts.size(), 1u);
    ASSERT_TRUE(accounts.remove("bOb").ok());
    EXPECT_TRUE(accounts.list("", 10).accounts.empty());
    for (const char* name : {"bob", "", "\xff"}) {
        EXPECT_EQ(accounts.find(name).error().errc(), errors::account_not_found);
        EXPECT_EQ(accounts.remove(name).error().errc(), errors::account_not_found);
        EXPECT_EQ(accounts.set_disabled(name, true).error().errc(), errors::account_not_found);
    }
}

TEST_F(AccountsTest, where_new_passwords_must_be_shorter_old_ones_still_open_and_keep_their_hash) {
    const std::string long_password(73, 'x');
    put("ann", "weak$" + long_password);
    Accounts adopted(*store, hasher, throttle, clock, random, PasswordRules{.max_new_bytes = 72});
    EXPECT_EQ(fields_of(adopted.create("bob", secret(long_password))),
              (std::vector<std::string>{"password: string_too_long"}));
    EXPECT_TRUE(adopted.create("bob", secret(std::string(72, 'x'))).ok());
    EXPECT_TRUE(adopted.authenticate("ann", secret(long_password), {}).ok());
    EXPECT_EQ(store->find_by_name_key("ann")->password_hash, "weak$" + long_password);
}

TEST_F(AccountsTest, who_has_no_hash_that_can_be_read_costs_what_an_unknown_name_does) {
    put("odd", "none$at all");
    expect_refused("odd", "at all");
    ASSERT_EQ(hasher.draws.size(), 1U);
    EXPECT_EQ(hasher.draws[0], throttle.draw("odd"));
    expect_refused("nobody", "correct horse");
    expect_refused("NOBODY", "correct horse");
    expect_refused("somebody", "correct horse");
    expect_refused("a\nb", "correct horse");
    ASSERT_EQ(hasher.draws.size(), 5U);
    EXPECT_EQ(hasher.draws[1], hasher.draws[2]) << "one name draws the same in each spelling";
    EXPECT_EQ(std::set<std::uint64_t>(hasher.draws.begin(), hasher.draws.end()).size(), 4U);
    put("bob", "fake$correct horse");
    expect_refused("bob", "wrong");
    EXPECT_EQ(hasher.draws.size(), 5U);
}

TEST_F(AccountsTest, a_name_draws_the_same_in_every_process_on_the_database) {
    const auto others = store::open_stores(url).value();
    Throttle other{others, clock, random, {}, [](const Throttle::Lockout&) {}};
    EXPECT_EQ(throttle.draw("bob"), other.draw("bob"));
    EXPECT_NE(throttle.draw("bob"), throttle.draw("bobby"));
}

TEST_F(AccountsTest, the_costs_that_are_stored_are_counted_some_pages_at_a_time_and_anew_in_each_round) {
    const auto share_of = [&](std::uint64_t cost) {
        int share = 0;
        for (std::uint64_t i = 0; i < 300; ++i)
            if (hasher.expected.draw((2 * i + 1) * (~std::uint64_t{0} / 600))->of[0] == cost) ++share;
        return share;
    };
    EXPECT_FALSE(hasher.expected.draw(0));
    StoredHashes hashes(*store, hasher);
    put("ann", "$2b$11$x");
    put("odd", "none$");
    hashes.look(1);
    EXPECT_EQ(share_of(11), 300);
    ASSERT_TRUE(store->remove(id_of("ann"), "test", clock.now()));
    std::vector<store::ImportedAccount> many;
    for (int i = 0; i < 1500; ++i) {
        const std::string name = "a" + std::to_string(i);
        many.push_back({.account = {.id = id_of(name),
                                    .username = name,
                                    .name_key = name,
                                    .password_hash = i % 3 == 0 ? "$2b$10$x" : "$2b$12$x",
                                    .created_at = clock.now()}});
    }
    store->import(many, store::Importing::write);
    hashes.look(1);
    EXPECT_NEAR(share_of(10), 100, 10) << "of the first 1,000 of them, which are more than were known";
    EXPECT_EQ(share_of(11), 0);
    hashes.look(1);
    EXPECT_EQ(share_of(10), 100);
    EXPECT_EQ(share_of(12), 200);
}

}  // namespace keyhold::domain
