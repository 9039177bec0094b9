// SPDX-License-Identifier: Apache-2.0
// What lets somebody into an account and was not used yet: whoever changes the account ends it in the same transaction.
#include "store/access/handed_out_rows.hpp"

#include <functional>
#include <utility>

#include "client_rows.hpp"
#include "store/accounts/administration_store.hpp"
#include "store/accounts/recovery_store.hpp"

namespace keyhold::store {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

const RoleStore::Allows whatever = [](const std::vector<Role>&, const std::vector<std::string>&) -> Result<> {
    return {};
};

class EveryHandedOut : public EveryStore {
protected:
    EveryHandedOut() {
        Account made = account("bob");
        made.email = "Bob@example.org";
        made.email_key = "bob@example.org";
        made.email_verified = true;
        made.disabled = false;
        EXPECT_TRUE(stores->create(made).ok());
        EXPECT_TRUE(stores->create(account("ann")).ok());
        EXPECT_TRUE(stores.sessions->create(session("s1"), made.generation).ok());
        EXPECT_TRUE(stores.clients->add(client("wiki")).ok());
        EXPECT_TRUE(stores.roles->add({"editor", {"notes:write"}, now}, whatever).ok());
    }
    void offer(const std::string& digest, const std::string& subject, const std::string& purpose) {
        EXPECT_TRUE(recovery.offer({{.digest = digest,
                                     .purpose = purpose,
                                     .account_id = "",
                                     .address = "",
                                     .attempts = 0,
                                     .expires_at = now + minutes(20),
                                     .used_at = {},
                                     .subject = subject,
                                     .mail_id = ""}},
                                   now));
    }
    void add_mail(const std::string& id, const std::string& kind, const std::string& account_id,
                  const std::string& address) {
        outbox.add({.id = id,
                    .kind = kind,
                    .account = account_id,
                    .address = address,
                    .created_at = now,
                    .due_at = now,
                    .expires_at = now + hours(1)});
    }
    // All kinds, with `number` behind what they are called.
    void hand_out(const std::string& number, const std::string& in_session = "s1") {
        offer("in" + number, "id-of-bob", "sign_in");
        offer("re" + number, "bob@example.org", "reset");
        offer("ch" + number, "id-of-bob", "change_new");
        offer("other" + number, "id-of-ann", "sign_in");
        for (const char* purpose : {"verify", "not_me", "undo_change"}) offer(purpose + number, "id-of-bob", purpose);
        stores.authorizations->add(code("c" + number));
        EXPECT_TRUE(stores.authorizations->add_device(device_code("d" + number, "u" + number, "wiki")));
        EXPECT_TRUE(stores.authorizations->decide_device(
            {"u" + number, DeviceState::allowed, "id-of-bob", now, now, in_session}));
        add_mail("r" + number, "reset", "", "bob@example.org");
        add_mail("n" + number, "change_new", "id-of-bob", "new@example.org");
        add_mail("p" + number, "password_changed", "id-of-bob", "Bob@example.org");
    }
    bool is_usable(const std::string& digest, const std::string& purpose) {
        return recovery.find_usable({digest, purpose, now}).has_value();
    }
    MailState state(const std::string& id) { return outbox.find(id).value().state; }
    void expect_over(const std::string& number, const std::string& behind) {
        EXPECT_FALSE(is_usable("in" + number, "sign_in")) << behind;
        EXPECT_FALSE(is_usable("re" + number, "reset")) << behind;
        EXPECT_FALSE(is_usable("ch" + number, "change_new")) << behind;
        EXPECT_TRUE(stores.authorizations->find("c" + number)->used_at) << behind;
        EXPECT_EQ(stores.authorizations->find_device("d" + number)->state, DeviceState::denied) << behind;
        EXPECT_EQ(state("r" + number), MailState::voided) << behind;
        EXPECT_EQ(state("n" + number), MailState::voided) << behind;
        // What takes something back lets nobody in, and what is somebody else's is none of their business.
        for (const char* purpose : {"verify", "not_me", "undo_change"})
            EXPECT_TRUE(is_usable(purpose + number, purpose)) << behind;
        EXPECT_EQ(state("p" + number), MailState::waiting) << behind;
        EXPECT_TRUE(is_usable("other" + number, "sign_in")) << behind;
    }
    Account bob() { return stores->find_by_id("id-of-bob").value(); }
    AccountStore::NewAddress address(const char* text) {
        return {.id = "id-of-bob", .email = text, .key = text, .is_verified = true, .now = now};
    }

    Opened stores = open(url);
    RecoveryStore recovery{stores.database};
    AdministrationStore administration{stores.database};
    OutboxStore outbox{stores.database};
};

}  // namespace

TEST_P(EveryHandedOut, whatever_changes_an_account_ends_what_was_handed_out_for_it) {
    const std::pair<const char*, std::function<bool()>> changes[]{
        {"a new password, in the session that stays",
         [&] {
             return stores->set_password({.id = "id-of-bob",
                                          .generation = bob().generation,
                                          .hash = "another",
                                          .keep_session = "s1",
                                          .reason = "password_changed",
                                          .now = now});
         }},
        {"a role", [&] { return stores.roles->grant("id-of-bob", "editor", whatever, now).ok(); }},
        {"a scope of a role that is had",
         [&] {
             return stores.roles->add({"editor", {"notes:read"}, now}, whatever).ok();
         }},
        {"roles as a whole",
         [&] {
             return stores.roles->replace({"id-of-bob", {"editor"}, {"admin"}, "", now}, whatever).ok();
         }},
        {"another address", [&] { return stores->set_email(address("bobby@example.org")).ok(); }},
    };
    int number = 0;
    for (const auto& [what, change] : changes) {
        const std::string digits = std::to_string(++number);
        hand_out(digits);
        ASSERT_TRUE(change()) << what;
        expect_over(digits, what);
    }
    EXPECT_TRUE(stores.sessions->find_live("s1", now)) << "none of them ends a session";
}

TEST_P(EveryHandedOut, disabling_and_closing_end_it_for_good) {
    hand_out("1");
    ASSERT_TRUE(stores->set_disabled("id-of-bob", true, "account_disabled", now));
    ASSERT_TRUE(stores->set_disabled("id-of-bob", false, "account_disabled", now));
    expect_over("1", "disabled and enabled");

    ASSERT_TRUE(stores.sessions->create(session("s2"), bob().generation).ok());
    hand_out("2", "s2");
    ASSERT_TRUE(administration.set_disabled(bob(), true, "admin", "account_disabled", now).ok());
    ASSERT_TRUE(administration.set_disabled(bob(), false, "admin", "account_disabled", now).ok());
    expect_over("2", "disabled and enabled by an administrator");

    ASSERT_TRUE(stores.sessions->create(session("s3"), bob().generation).ok());
    hand_out("3", "s3");
    ASSERT_TRUE(administration.close({bob(), now + hours(9), "admin", "account_closed", now, nullptr}).ok());
    Session back = session("s4");
    back.ends_at = now + hours(9);
    ASSERT_TRUE(stores.sessions->create(back, bob().generation, {.reopens = true}).ok());
    expect_over("3", "closed and back");
}

TEST_P(EveryHandedOut, taking_a_role_away_and_giving_it_again_ends_nothing_that_it_need_not) {
    hand_out("1");
    ASSERT_TRUE(stores.roles->revoke("id-of-bob", "editor").ok());
    ASSERT_TRUE(stores.roles->add({"unused", {"a"}, now}, whatever).ok());
    EXPECT_TRUE(is_usable("in1", "sign_in"));
    EXPECT_EQ(stores.authorizations->find("c1")->used_at, std::nullopt);
    EXPECT_EQ(state("r1"), MailState::waiting);
}

TEST_P(EveryHandedOut, a_mail_that_is_just_being_sent_offers_nothing_after_the_change) {
    add_mail("r1", "reset", "", "bob@example.org");
    ASSERT_TRUE(stores->set_disabled("id-of-bob", true, "account_disabled", now));
    OneTimeSecret late{.digest = "re1", .purpose = "reset", .expires_at = now + minutes(20)};
    late.subject = "bob@example.org";
    late.mail_id = "r1";
    EXPECT_FALSE(recovery.offer({late}, now));
    EXPECT_FALSE(is_usable("re1", "reset"));
    late.mail_id = "r2";
    EXPECT_TRUE(recovery.offer({late}, now)) << "it was asked for afterwards";
}

INSTANTIATE_TEST_SUITE_P(Databases, EveryHandedOut, testing::ValuesIn(test_databases()), name_of);

}  // namespace keyhold::store
