// SPDX-License-Identifier: Apache-2.0
// Accounts that their owners closed, and those who come back, whatever database is behind it. And whom a log-in from a
// device is told to.
#include "store/accounts/administration_store.hpp"

#include <atomic>
#include <thread>

#include "fixture.hpp"
#include "store/accounts/recovery_store.hpp"
#include "store/errors.hpp"
#include "store/events/event_store.hpp"

namespace keyhold::store {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Time later = now + hours(7 * 24);

Account with_address(const std::string& name) {
    Account made = account(name);
    made.disabled = false;
    made.email = made.email_key = name + "@example.org";
    return made;
}

OutboxMail mail(const std::string& id, const std::string& kind, Time at = now) {
    return {.id = id,
            .kind = kind,
            .account = "id-of-bob",
            .address = "bob@example.org",
            .language = "en",
            .origin = "192.0.2.7",
            .device = "",
            .other_address = "",
            .created_at = at,
            .due_at = at,
            .expires_at = at + hours(24)};
}

class EveryClosing : public EveryStore {
protected:
    EveryClosing() {
        EXPECT_TRUE(stores->create(with_address("bob")).ok());
        EXPECT_TRUE(stores.sessions->create(session("s1"), bob().generation).ok());
    }
    Account bob() { return stores->find_by_id("id-of-bob").value(); }
    Result<> close(const Account& seen, const OutboxMail* notice = nullptr) {
        return administration.close({seen, later, "admin", "account_closed", now, notice});
    }
    Result<> log_in(const std::string& id, Time at, const SessionStore::Beside& beside) {
        Session fresh = session(id);
        fresh.created_at = fresh.last_used_at = at;
        fresh.ends_at = at + hours(24);
        return stores.sessions->create(fresh, bob().generation, beside);
    }
    std::string kinds() {  // oldest first
        std::string list;
        const auto page = EventStore(stores.database).list({.account = "id-of-bob"});
        for (auto at = page.events.rbegin(); at != page.events.rend(); ++at) list += at->event.kind + ",";
        return list;
    }
    std::string mails() {  // newest first
        std::string list;
        for (const auto& one : outbox.list({}, {}, 100).mails) list += one.id + ",";
        return list;
    }

    Opened stores = open(url);
    AdministrationStore administration{stores.database};
    OutboxStore outbox{stores.database};
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Databases, EveryClosing, testing::ValuesIn(test_databases()), name_of);

TEST_P(EveryClosing, closing_ends_everything_at_once_and_writes_the_mail_with_it) {
    const Account seen = bob();
    const OutboxMail notice = mail("m1", "account_closed");
    ASSERT_TRUE(close(seen, &notice).ok());
    EXPECT_TRUE(bob().disabled);
    EXPECT_EQ(bob().erase_at, later);
    EXPECT_FALSE(stores.sessions->find_live("s1", now));
    EXPECT_EQ(stores.sessions->find("s1")->session.end_reason, "account_closed");
    EXPECT_EQ(bob().tokens_valid_from, now + seconds(1));
    EXPECT_EQ(kinds(), "registered,signed_in,account_closed,");
    EXPECT_EQ(mails(), "m1,");
    EXPECT_EQ(close(seen).error().errc(), errors::precondition_failed) << "it was seen before";
    EXPECT_EQ(log_in("s2", now, {}).error().errc(), errors::invalid_credentials) << "nobody has proved anything";
}

TEST_P(EveryClosing, whoever_logs_in_before_its_time_opens_it) {
    ASSERT_TRUE(close(bob()).ok());
    ASSERT_TRUE(log_in("s2", later - seconds(1), {.reopens = true}).ok());
    EXPECT_FALSE(bob().disabled);
    EXPECT_FALSE(bob().erase_at);
    EXPECT_TRUE(stores.sessions->find_live("s2", later));
    EXPECT_EQ(kinds(), "registered,signed_in,account_closed,account_reopened,signed_in,");
    ASSERT_TRUE(log_in("s3", later, {.reopens = true}).ok()) << "somebody else was faster, and it is open";
    EXPECT_EQ(administration.find_due(later).size(), 0u);
}

// Its password was checked, and then changed: whoever has shown the old one is not the owner any more.
TEST_P(EveryClosing, whoever_showed_what_is_not_so_any_more_does_not_open_it) {
    const std::int64_t seen = bob().generation;
    ASSERT_TRUE(close(bob()).ok());
    Session fresh = session("s2");
    EXPECT_EQ(stores.sessions->create(fresh, seen + 7, {.reopens = true}).error().errc(), errors::invalid_credentials);
    EXPECT_TRUE(bob().disabled);
    EXPECT_EQ(bob().erase_at, later);
    EXPECT_EQ(kinds(), "registered,signed_in,account_closed,");
}

TEST_P(EveryClosing, after_its_time_it_is_erased_once) {
    ASSERT_TRUE(close(bob()).ok());
    EXPECT_EQ(log_in("s2", later, {.reopens = true}).error().errc(), errors::invalid_credentials);
    EXPECT_TRUE(administration.find_due(later - seconds(1)).empty());
    const auto due = administration.find_due(later);
    ASSERT_EQ(due.size(), 1u);
    std::atomic<int> erased = 0;
    std::vector<std::thread> nodes;
    for (int i = 0; i < 4; ++i)
        nodes.emplace_back([&] { erased += administration.erase(due[0], "account_closed", later) ? 1 : 0; });
    for (std::thread& node : nodes) node.join();
    EXPECT_EQ(erased, 1);
    EXPECT_FALSE(stores->find_by_id("id-of-bob"));
}

TEST_P(EveryClosing, who_comes_back_in_the_last_moment_is_not_erased) {
    ASSERT_TRUE(close(bob()).ok());
    const auto due = administration.find_due(later);
    ASSERT_EQ(due.size(), 1u);
    ASSERT_TRUE(log_in("s2", later - seconds(1), {.reopens = true}).ok());
    EXPECT_FALSE(administration.erase(due[0], "account_closed", later));
    EXPECT_TRUE(stores->find_by_id("id-of-bob"));
}

TEST_P(EveryClosing, a_new_password_by_mail_opens_it_too) {
    ASSERT_TRUE(close(bob()).ok());
    RecoveryStore recovery(stores.database);
    for (const char* digest : {"r1", "r2"})
        stores.secrets->add({.digest = digest,
                             .purpose = "reset",
                             .account_id = "",
                             .address = "",
                             .attempts = 0,
                             .expires_at = later + hours(24),
                             .used_at = {},
                             .subject = "bob@example.org"});
    const auto reset = [&](const char* digest, Time at) {
        return recovery.reset_password({.use = {digest, "reset", at},
                                        .account_id = "id-of-bob",
                                        .email_key = "bob@example.org",
                                        .hash = "another",
                                        .reason = "password_changed"});
    };
    EXPECT_FALSE(reset("r1", later));
    EXPECT_TRUE(bob().disabled);
    EXPECT_TRUE(reset("r2", later - seconds(1)));
    EXPECT_FALSE(bob().disabled);
    EXPECT_FALSE(bob().erase_at);
    ASSERT_TRUE(stores->set_disabled("id-of-bob", true, "test", now));
    EXPECT_FALSE(reset("r1", later - seconds(1))) << "an administrator has disabled it";
}

TEST_P(EveryClosing, what_was_sent_to_the_person_goes_with_the_account_and_notices_that_wait_stay) {
    OutboxMail sent = mail("m0", "password_changed");
    sent.state = MailState::sent;
    outbox.add(sent);
    outbox.add(mail("m1", "change_old"));
    for (const char* kind : {"address_changed", "password_changed", "new_device"})
        outbox.add(mail("n-" + std::string(kind), kind));
    stores.secrets->add({.digest = "d",
                         .purpose = "verify",
                         .account_id = "",
                         .address = "bob@example.org",
                         .attempts = 0,
                         .expires_at = later,
                         .used_at = {},
                         .subject = "id-of-bob"});
    OutboxMail notice = mail("m2", "account_deleted");
    notice.account = "";
    ASSERT_TRUE(stores->remove("id-of-bob", "account_deleted", now, {&notice, 1}));
    EXPECT_EQ(mails(), "n-password_changed,n-new_device,n-address_changed,m2,");
    EXPECT_EQ(outbox.find("n-address_changed")->account, "") << "whoever it was of is gone";
    Account next = with_address("bob");
    next.id = "id-of-the-next";
    ASSERT_TRUE(stores->create(next).ok());
    ASSERT_TRUE(stores->remove(next.id, "account_deleted", now));
    EXPECT_EQ(mails(), "n-password_changed,n-new_device,n-address_changed,m2,") << "the next one of that address";
    EXPECT_FALSE(stores.secrets->find("d", "verify"));
}

TEST_P(EveryClosing, what_was_asked_for_counts_for_its_hour_whoever_is_removed) {
    RecoveryStore recovery(stores.database);
    const MailLimits limits{.since = now - hours(1),
                            .first_id = "0",
                            .of_recipient = 3,
                            .of_account = 9,
                            .of_all = 9,
                            .recipient_key = "bob@example.org"};
    OutboxMail of_account = mail("v1", "verify"), of_nobody = mail("r1", "reset");
    of_account.address = "Bob@Example.org";
    of_nobody.account = "";
    outbox.add(of_nobody);
    std::string id = "id-of-bob";
    for (int i = 0; i < 3; ++i) {
        Account again = with_address("bob");
        again.email = "Bob@Example.org";
        ASSERT_TRUE(stores->remove(id, "account_deleted", now));
        again.id = id = of_account.account = "id-" + std::to_string(i);
        ASSERT_TRUE(stores->create(again).ok());
        of_account.id = "v" + std::to_string(i);
        EXPECT_TRUE(recovery.ask(of_account, limits)) << i;
    }
    ASSERT_TRUE(stores->remove(id, "account_deleted", now));
    EXPECT_EQ(mails(), "v2,v1,v0,r1,");
    EXPECT_FALSE(recovery.ask(mail("v4", "verify"), limits)) << "in another spelling, too";
    EXPECT_TRUE(recovery.is_enough("verify", "bob@example.org", limits));
    EXPECT_FALSE(recovery.is_enough("reset", "bob@example.org", limits));
    for (const char* counted_id : {"v0", "r1"}) {
        OutboxMail counted = outbox.find(counted_id).value();
        EXPECT_EQ(counted.account + counted.language + counted.origin + counted.device + counted.other_address, "");
        EXPECT_EQ(counted.address.find("bob"), std::string::npos) << "the address of whoever is gone";
        EXPECT_EQ(counted.state, MailState::voided);
        EXPECT_FALSE(outbox.retry(counted_id, now, later));
    }
    EXPECT_EQ(outbox.purge(now - hours(9), now - seconds(1), 9), 0);
    EXPECT_EQ(outbox.purge(now - hours(9), now, 9), 4);
}

TEST_P(EveryClosing, a_log_in_from_a_device_that_is_not_known_is_told_but_for_the_first_of_all) {
    ASSERT_TRUE(stores->create(with_address("ann")).ok());
    const auto ann_logs_in = [&](const std::string& id, std::string_view device) {
        const OutboxMail notice = mail("m" + id, "new_device");
        Session fresh = session(id, "id-of-ann");
        return stores.sessions->create(fresh, account("ann").generation, {.device = device, .notice = &notice}).ok();
    };
    EXPECT_TRUE(ann_logs_in("1", "laptop"));
    EXPECT_EQ(mails(), "") << "her first";
    EXPECT_TRUE(ann_logs_in("2", "laptop"));
    EXPECT_EQ(mails(), "") << "a device that she knows";
    EXPECT_TRUE(ann_logs_in("3", "phone"));
    EXPECT_EQ(mails(), "m3,");
    EXPECT_TRUE(ann_logs_in("4", "phone"));
    EXPECT_TRUE(ann_logs_in("5", "laptop"));
    EXPECT_EQ(mails(), "m3,");
    EXPECT_TRUE(ann_logs_in("6", "")) << "one that cannot be known";
    EXPECT_EQ(mails(), "m6,m3,");
}

TEST_P(EveryClosing, of_first_log_ins_at_once_all_but_one_are_told) {
    ASSERT_TRUE(stores->create(with_address("ann")).ok());
    constexpr int many = 4;
    std::vector<std::thread> threads;
    for (int i = 0; i < many; ++i)
        threads.emplace_back([&, i] {
            const std::string number = std::to_string(i);
            const OutboxMail notice = mail("m" + number, "new_device");
            (void)stores.sessions->create(session(number, "id-of-ann"), account("ann").generation,
                                          {.device = number, .notice = &notice});
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(outbox.list({}, {}, 100).mails.size(), many - 1u);
}

TEST_P(EveryClosing, five_such_mails_an_hour_are_enough) {
    for (int i = 0; i < 8; ++i) {
        const std::string number = std::to_string(i);
        const OutboxMail notice = mail("m" + number, "new_device", now + seconds(i));
        ASSERT_TRUE(log_in("t" + number, now + seconds(i), {.device = number, .notice = &notice}).ok());
    }
    EXPECT_EQ(mails(), "m4,m3,m2,m1,m0,");
    const OutboxMail notice = mail("m9", "new_device", now + hours(2));
    ASSERT_TRUE(log_in("t9", now + hours(2), {.device = "9", .notice = &notice}).ok());
    EXPECT_EQ(mails(), "m9,m4,m3,m2,m1,m0,");
}

}  // namespace keyhold::store
