// SPDX-License-Identifier: Apache-2.0
// Mails that are asked for, and the links and codes in them: good once, for the newest mail alone, five tries a code.
#include "store/accounts/recovery_store.hpp"

#include <atomic>
#include <thread>

#include "fixture.hpp"

namespace keyhold::store {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

OutboxMail mail(const std::string& id, const std::string& address, Time created_at = now) {
    return {.id = id,
            .kind = "reset",
            .account = "",
            .address = address,
            .language = "en",
            .origin = "192.0.2.7",
            .device = "",
            .other_address = "",
            .created_at = created_at,
            .due_at = created_at,
            .expires_at = created_at + minutes(20)};
}

MailLimits limits(std::int64_t of_recipient, std::int64_t of_account = 100, std::int64_t of_all = 100) {
    return {.since = now - hours(1),
            .first_id = "0100",
            .of_recipient = of_recipient,
            .of_account = of_account,
            .of_all = of_all};
}

OneTimeSecret secret(const std::string& digest, const std::string& subject, Time expires_at = now + minutes(20),
                     const std::string& purpose = "reset") {
    return {.digest = digest,
            .purpose = purpose,
            .account_id = "",
            .address = "bob@example.org",
            .attempts = 0,
            .expires_at = expires_at,
            .used_at = {},
            .subject = subject,
            .mail_id = "mail-" + digest};
}

SecretUse use(const std::string& digest, const std::string& purpose = "reset", Time time = now) {
    return {digest, purpose, time};
}

Account bob() {
    Account made = account("bob");
    made.email = "Bob@example.org";
    made.email_key = "bob@example.org";
    made.email_verified = false;
    made.disabled = false;
    return made;
}

constexpr auto right = [](const OneTimeSecret&) { return true; };
constexpr auto wrong = [](const OneTimeSecret&) { return false; };

class EveryRecovery : public EveryStore {
protected:
    EveryRecovery() {
        EXPECT_TRUE(stores->create(bob()).ok());
        EXPECT_TRUE(stores.sessions->create(session("s1"), bob().generation).ok());
    }
    PasswordReset reset(const std::string& digest, std::string_view key = "bob@example.org") {
        return {.use = use(digest),
                .account_id = "id-of-bob",
                .email_key = key,
                .hash = "another",
                .reason = "password_changed"};
    }
    bool is_live(const std::string& id) { return stores.sessions->find_live(id, now).has_value(); }
    Opened stores = open(url);
    RecoveryStore recovery{stores.database};
};

}  // namespace

TEST_P(EveryRecovery, so_many_mails_are_asked_for_by_recipient_account_and_in_all) {
    EXPECT_TRUE(recovery.ask(mail("0101", "a"), limits(2)));
    EXPECT_TRUE(recovery.ask(mail("0102", "a"), limits(2)));
    EXPECT_FALSE(recovery.ask(mail("0103", "a"), limits(2)));
    EXPECT_TRUE(recovery.ask(mail("0104", "b"), limits(2)));
    EXPECT_FALSE(OutboxStore(stores.database).find("0103"));
    EXPECT_FALSE(recovery.ask(mail("0105", "c"), limits(2, 100, 3)));
    OutboxMail of_account = mail("0106", "d");
    of_account.account = "id-of-bob";
    EXPECT_TRUE(recovery.ask(of_account, limits(100, 1)));
    of_account.id = "0107";
    of_account.address = "e";
    EXPECT_FALSE(recovery.ask(of_account, limits(100, 1)));
}

TEST_P(EveryRecovery, mails_of_more_than_an_hour_ago_do_not_count) {
    EXPECT_TRUE(recovery.ask(mail("0001", "a", now - hours(1)), limits(1)));
    EXPECT_TRUE(recovery.ask(mail("0101", "a"), limits(1, 100, 1)));
}

TEST_P(EveryRecovery, what_a_mail_offers_is_good_until_it_expires_and_offering_it_again_changes_nothing) {
    ASSERT_TRUE(recovery.offer({secret("d1", "bob@example.org"), secret("n1", "", now + hours(9), "not_me")}, now));
    EXPECT_EQ(recovery.find_usable(use("d1")), secret("d1", "bob@example.org"));
    EXPECT_TRUE(recovery.find_usable(use("n1", "not_me")));
    EXPECT_FALSE(recovery.find_usable(use("n1")));
    EXPECT_TRUE(recovery.find_usable(use("d1", "reset", now + minutes(20) - seconds(1))));
    EXPECT_FALSE(recovery.find_usable(use("d1", "reset", now + minutes(20))));
    EXPECT_TRUE(recovery.offer({secret("d1", "bob@example.org")}, now));
    EXPECT_EQ(recovery.find_usable(use("d1")), secret("d1", "bob@example.org"));
}

TEST_P(EveryRecovery, the_newest_of_a_subject_kills_the_older_in_whatever_order_they_come) {
    ASSERT_TRUE(recovery.offer({secret("d1", "bob@example.org")}, now));
    ASSERT_TRUE(recovery.offer({secret("other", "ann@example.org")}, now));
    ASSERT_TRUE(recovery.offer({secret("d2", "bob@example.org", now + minutes(21))}, now));
    EXPECT_FALSE(recovery.find_usable(use("d1")));
    EXPECT_TRUE(recovery.find_usable(use("d2")));
    EXPECT_TRUE(recovery.find_usable(use("other")));
    EXPECT_FALSE(recovery.offer({secret("d1", "bob@example.org")}, now)) << "its mail is tried again";
    EXPECT_FALSE(recovery.offer({secret("d0", "bob@example.org", now + minutes(19))}, now))
        << "it was asked for before";
    EXPECT_FALSE(recovery.find_usable(use("d0")));
    EXPECT_TRUE(recovery.find_usable(use("d2")));
}

TEST_P(EveryRecovery, five_wrong_codes_are_the_end_and_right_ones_count_for_nothing) {
    ASSERT_TRUE(recovery.offer({secret("d1", "bob@example.org")}, now));
    const CodeTry attempt{"reset", "bob@example.org", now};
    for (int i = 0; i < 9; ++i) EXPECT_TRUE(recovery.try_code(attempt, right));
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(recovery.try_code(attempt, wrong));
    EXPECT_TRUE(recovery.try_code(attempt, right));
    EXPECT_FALSE(recovery.try_code(attempt, wrong));
    EXPECT_FALSE(recovery.try_code(attempt, right));
    EXPECT_TRUE(recovery.find_usable(use("d1"))) << "guesses at the code do not take the link away";
    for (const CodeTry& other : {CodeTry{"verify", "bob@example.org", now}, CodeTry{"reset", "ann@example.org", now},
                                 CodeTry{"reset", "bob@example.org", now + minutes(20)}})
        EXPECT_FALSE(recovery.try_code(other, right));
}

TEST_P(EveryRecovery, of_many_guesses_at_once_five_are_looked_at) {
    ASSERT_TRUE(recovery.offer({secret("d1", "bob@example.org")}, now));
    std::atomic<int> looked_at = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i)
        threads.emplace_back([&] {
            const auto found = recovery.try_code({"reset", "bob@example.org", now}, [&](const OneTimeSecret&) {
                ++looked_at;
                return false;
            });
            EXPECT_FALSE(found);
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(looked_at, code_attempts);
}

TEST_P(EveryRecovery, a_reset_changes_the_password_verifies_the_address_and_ends_what_there_was) {
    ASSERT_TRUE(recovery.offer({secret("d1", "bob@example.org")}, now));
    const OutboxMail notice = mail("0101", "Bob@example.org");
    PasswordReset wanted = reset("d1");
    wanted.notice = &notice;
    ASSERT_TRUE(recovery.reset_password(wanted));
    const auto changed = stores->find_by_id("id-of-bob");
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->password_hash, "another");
    EXPECT_TRUE(changed->email_verified);
    EXPECT_EQ(changed->generation, bob().generation + 1);
    EXPECT_GT(changed->tokens_valid_from, now);
    EXPECT_FALSE(is_live("s1"));
    EXPECT_TRUE(OutboxStore(stores.database).find("0101"));
    EXPECT_EQ(stores.secrets->find("d1", "reset")->account_id, "id-of-bob");
    EXPECT_FALSE(recovery.reset_password(reset("d1")));
}

TEST_P(EveryRecovery, a_reset_that_is_not_good_any_more_changes_nothing) {
    ASSERT_TRUE(recovery.offer({secret("d1", "bob@example.org")}, now));
    EXPECT_FALSE(recovery.reset_password(reset("d2")));
    EXPECT_FALSE(recovery.reset_password(reset("d1", "ann@example.org")));
    PasswordReset late = reset("d1");
    late.use.now = now + minutes(20);
    EXPECT_FALSE(recovery.reset_password(late));
    EXPECT_TRUE(recovery.find_usable(use("d1")));
    ASSERT_TRUE(stores->set_disabled("id-of-bob", true, "account_disabled", now));
    EXPECT_FALSE(recovery.reset_password(reset("d1")));
    EXPECT_EQ(stores->find_by_id("id-of-bob")->password_hash, bob().password_hash);
}

TEST_P(EveryRecovery, of_many_resets_at_once_one_succeeds) {
    ASSERT_TRUE(recovery.offer({secret("d1", "bob@example.org")}, now));
    std::atomic<int> succeeded = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            if (recovery.reset_password(reset("d1"))) ++succeeded;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(succeeded, 1);
}

TEST_P(EveryRecovery, an_address_is_verified_once_while_the_account_has_it) {
    ASSERT_TRUE(recovery.offer({secret("v1", "id-of-bob", now + hours(24), "verify")}, now));
    EXPECT_FALSE(recovery.verify_email(use("v1", "verify"), "id-of-bob", "ann@example.org"));
    EXPECT_FALSE(recovery.verify_email(use("v1"), "id-of-bob", "bob@example.org"));
    EXPECT_FALSE(stores->find_by_id("id-of-bob")->email_verified);
    EXPECT_TRUE(recovery.verify_email(use("v1", "verify"), "id-of-bob", "bob@example.org"));
    EXPECT_TRUE(stores->find_by_id("id-of-bob")->email_verified);
    EXPECT_FALSE(recovery.verify_email(use("v1", "verify"), "id-of-bob", "bob@example.org"));
    EXPECT_TRUE(is_live("s1"));
}

TEST_P(EveryRecovery, this_was_not_me_ends_sessions_and_links_for_a_new_password_once) {
    ASSERT_TRUE(recovery.offer({secret("d1", "bob@example.org"), secret("n1", "", now + hours(9), "not_me")}, now));
    ASSERT_TRUE(recovery.end_everything(use("n1", "not_me"), "id-of-bob", "not_me"));
    EXPECT_FALSE(is_live("s1"));
    EXPECT_FALSE(recovery.find_usable(use("d1")));
    EXPECT_EQ(stores->find_by_id("id-of-bob")->password_hash, bob().password_hash);
    ASSERT_TRUE(stores.sessions->create(session("s2"), bob().generation).ok());
    EXPECT_FALSE(recovery.end_everything(use("n1", "not_me"), "id-of-bob", "not_me"));
    EXPECT_TRUE(is_live("s2"));
}

INSTANTIATE_TEST_SUITE_P(Databases, EveryRecovery, testing::ValuesIn(test_databases()), name_of);

}  // namespace keyhold::store
