// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/account_record.hpp"

#include <gtest/gtest.h>

namespace keyhold::domain {

namespace {

constexpr Time now{std::chrono::seconds(1'800'000'000)};
// crypt(3)'s own test vectors (tests/data/bcrypt_openwall.txt) have this one.
constexpr const char* hash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
constexpr const char* id = "0189fd2e-9ad4-7c3b-8d6f-2f6f3b1f0a11";

// Every unit of work takes 60 us: what is refused for its time takes hours.
class Speeds final : public crypto::HashSpeeds {
    double nanoseconds_per_unit(crypto::Work::Kind) override { return 60'000; }
};
Speeds& speeds() {
    static Speeds fixed;
    return fixed;
}

Record record(const std::string& username, const std::string& password_hash) {
    Record made;
    at(made, Column::username) = username;
    at(made, Column::hash) = password_hash;
    return made;
}

Record with(Column column, const std::string& text) {
    Record made = record("Bob", hash);
    at(made, column) = text;
    return made;
}

std::string refusal(const Record& made) {
    const auto read = read_record(made, now, speeds());
    return read.ok() ? "accepted" : std::string(read.error().detail());
}

}  // namespace

TEST(AccountRecord, a_name_and_a_hash_make_an_account_of_now) {
    const auto read = read_record(record("Bob", hash), now, speeds());
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->account.username, "Bob");
    EXPECT_EQ(read->account.name_key, "bob");
    EXPECT_EQ(read->account.password_hash, hash);
    EXPECT_FALSE(read->account.disabled);
    EXPECT_EQ(read->account.created_at, now);
    EXPECT_EQ(read->account.generation, 0);
    EXPECT_EQ(read->account.password_form, store::PasswordForm::typed) << "nobody knows";
    EXPECT_FALSE(read->keeps_id);
    EXPECT_EQ(read->account.id, "");
}

TEST(AccountRecord, everything_that_an_export_has_is_kept) {
    Record made = with(Column::id, id);
    at(made, Column::created_at) = "2023-11-14T22:13:20Z";  // date -u -d @1700000000
    at(made, Column::disabled) = "true";
    at(made, Column::generation) = "7";
    at(made, Column::nfc) = "true";
    const auto read = read_record(made, now, speeds());
    ASSERT_TRUE(read.ok());
    EXPECT_TRUE(read->keeps_id);
    EXPECT_EQ(read->account.id, id);
    EXPECT_EQ(read->account.created_at, Time(std::chrono::seconds(1'700'000'000)));
    EXPECT_TRUE(read->account.disabled);
    EXPECT_EQ(read->account.generation, 7);
    EXPECT_EQ(read->account.password_form, store::PasswordForm::nfc);
}

TEST(AccountRecord, an_id_that_is_no_uuid_is_not_kept_and_one_in_capitals_is) {
    EXPECT_FALSE(read_record(with(Column::id, "17"), now, speeds())->keeps_id);
    EXPECT_EQ(read_record(with(Column::id, "0189FD2E-9AD4-7C3B-8D6F-2F6F3B1F0A11"), now, speeds())->account.id, id);
}

TEST(AccountRecord, whoever_is_not_active_is_disabled) {
    for (const char* no : {"false", "0", "f", "no", "False"})
        EXPECT_TRUE(read_record(with(Column::active, no), now, speeds())->account.disabled) << no;
    for (const char* yes : {"true", "1", "t", "YES", ""})
        EXPECT_FALSE(read_record(with(Column::active, yes), now, speeds())->account.disabled) << yes;
}

TEST(AccountRecord, an_address_is_verified_by_a_yes_or_by_the_time_when_it_was) {
    const auto is_verified = [](const char* said) {
        Record made = record("bob", hash);
        at(made, Column::email) = "bob@example.com";
        at(made, Column::verified) = said;
        return read_record(made, now, speeds())->account.email_verified;
    };
    for (const char* yes : {"true", "1", "2026-01-01 00:00:00+00", "1767225600"}) EXPECT_TRUE(is_verified(yes)) << yes;
    for (const char* no : {"false", "0", ""}) EXPECT_FALSE(is_verified(no)) << no;
}

TEST(AccountRecord, roles_are_sorted_and_none_is_there_twice) {
    EXPECT_EQ(read_record(with(Column::roles, " b a  b "), now, speeds())->roles, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(refusal(with(Column::roles, "a B!")), "'roles' holds what is no name of a role");
    EXPECT_TRUE(read_record(record("bob", hash), now, speeds())->roles.empty());
}

TEST(AccountRecord, an_account_that_is_to_be_erased_is_disabled) {
    Record closed = with(Column::erase_at, "2023-11-14T22:13:20Z");
    EXPECT_EQ(refusal(closed), "'erase_at' is of an account that is not disabled");
    at(closed, Column::disabled) = "true";
    EXPECT_EQ(read_record(closed, now, speeds())->account.erase_at, Time(std::chrono::seconds(1'700'000'000)));
    EXPECT_EQ(refusal(with(Column::erase_at, "soon")), "'erase_at' is no time");
}

TEST(AccountRecord, says_why_it_refuses_without_the_name_or_the_hash) {
    EXPECT_EQ(refusal(record("", hash)), "A username has at least 1 character");
    EXPECT_EQ(refusal(record("bob ", hash)), "A username cannot begin or end with white space");
    EXPECT_EQ(refusal(record("bob", "")), "there is no password hash");
    EXPECT_EQ(refusal(record("bob", "!unusable")), "the password is unusable, as Django marks it");
    EXPECT_EQ(refusal(record("bob", "plain text")), "the password hash is of no format that Keyhold reads");
    EXPECT_EQ(refusal(record("bob", "$2b$12$short")), "the password hash begins as bcrypt, but is malformed");
    EXPECT_EQ(refusal(record("bob", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")),
              "the password hash (bcrypt) would take 128849.1 s of this machine for each log-in; the most is 1.0 s");
    EXPECT_EQ(refusal(with(Column::disabled, "perhaps")), "'disabled' is neither true nor false");
    EXPECT_EQ(refusal(with(Column::active, "perhaps")), "'is_active' is neither true nor false");
    EXPECT_EQ(refusal(with(Column::created_at, "yesterday")), "'created_at' is no time");
    EXPECT_EQ(refusal(with(Column::generation, "-1")), "'generation' is no number");
    EXPECT_EQ(refusal(with(Column::nfc, "maybe")), "'password_nfc' is neither true nor false");
    EXPECT_EQ(refusal(with(Column::verified, "maybe")), "'email_verified' is neither true nor false, nor a time");
    EXPECT_EQ(refusal(with(Column::email, "nothing")),
              "An e-mail address is a name, an @ and a domain, as in ann@example.com");
    EXPECT_EQ(refusal(record("bob", hash)), "accepted");
}

TEST(AccountRecord, knows_the_columns_of_other_applications) {
    EXPECT_EQ(column_named("email")->column, Column::email);
    EXPECT_EQ(column_named("Email_Verified")->column, Column::verified);
    for (const char* name : {"name", "login"}) EXPECT_EQ(column_named(name)->column, Column::other_name);
    EXPECT_EQ(column_named("Username")->column, Column::username);
    EXPECT_LT(column_named("username")->rank, column_named("user_name")->rank);
    EXPECT_EQ(column_named("hashed_password")->column, Column::hash);
    EXPECT_EQ(column_named("password")->column, Column::hash);
    EXPECT_EQ(column_named("is_active")->column, Column::active);
    EXPECT_EQ(column_named("date_joined")->column, Column::created_at);
    EXPECT_FALSE(column_named("is_superuser"));
}

TEST(AccountRecord, whichever_column_locks_out_counts) {
    for (const char* since : {"2026-01-01 00:00:00", "1", "true", "1767225600"})
        EXPECT_TRUE(read_record(with(Column::since, since), now, speeds())->account.disabled) << since;
    for (const char* never : {"", "0", "false"})
        EXPECT_FALSE(read_record(with(Column::since, never), now, speeds())->account.disabled) << never;
    Record two = record("Bob", hash);
    for (const char* one : {"false", "true", "", "0"}) add_lock(two, Column::disabled, one);
    EXPECT_TRUE(read_record(two, now, speeds())->account.disabled) << "is_deleted, is_banned, ...";
    Record active = record("Bob", hash);
    for (const char* one : {"true", "", "1"}) add_lock(active, Column::active, one);
    EXPECT_FALSE(read_record(active, now, speeds())->account.disabled);
    add_lock(active, Column::active, "f");
    add_lock(active, Column::active, "t");
    EXPECT_TRUE(read_record(active, now, speeds())->account.disabled);
    Record odd = record("Bob", hash);
    for (const char* one : {"perhaps", "false"}) add_lock(odd, Column::disabled, one);
    EXPECT_EQ(refusal(odd), "'disabled' is neither true nor false") << "what is not understood is not passed over";
}

TEST(AccountRecord, a_username_and_an_address_are_two_things) {
    Record both = with(Column::email, "Bob@Example.com");
    at(both, Column::verified) = "true";
    const auto read = read_record(both, now, speeds());
    EXPECT_EQ(read->account.username, "Bob");
    EXPECT_EQ(read->account.email, "Bob@Example.com");
    EXPECT_EQ(read->account.email_key, "bob@example.com");
    EXPECT_TRUE(read->account.email_verified);
    EXPECT_FALSE(read_record(with(Column::email, ""), now, speeds())->account.email) << "as CSV writes none";
    EXPECT_FALSE(read_record(with(Column::email, "bob@example.com"), now, speeds())->account.email_verified);
}

TEST(AccountRecord, whoever_has_no_username_is_called_by_his_address) {
    Record address = record("", hash);
    at(address, Column::email) = "Bob@Example.com";
    at(address, Column::other_name) = "Bob Smith";
    const auto read = read_record(address, now, speeds());
    EXPECT_EQ(read->account.username, "Bob@Example.com");
    EXPECT_EQ(read->account.email_key, "bob@example.com");
    at(address, Column::email) = "bob";  // as some applications fill that column
    EXPECT_EQ(read_record(address, now, speeds())->account.username, "bob");
    EXPECT_FALSE(read_record(address, now, speeds())->account.email);
    at(address, Column::email) = "";
    EXPECT_EQ(read_record(address, now, speeds())->account.username, "Bob Smith");
    const auto called = read_record(record("bob@example.com", hash), now, speeds());
    EXPECT_EQ(called->account.email_key, "bob@example.com") << "a username with an @ is the address";
}

TEST(AccountRecord, an_account_from_elsewhere_takes_no_token_from_before) {
    EXPECT_EQ(read_record(record("Bob", hash), now, speeds())->account.tokens_valid_from,
              now + std::chrono::seconds(1));
}

}  // namespace keyhold::domain
