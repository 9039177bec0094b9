// SPDX-License-Identifier: Apache-2.0
// A database that was set back to an earlier moment (restore.hpp): whoever followed its changes forgets everything,
// whatever number they had come to.
#include "store/database/restore.hpp"

#include "fixture.hpp"

#include "store/access/authorization_store.hpp"
#include "store/access/secret_store.hpp"
#include "store/access/status_list_store.hpp"
#include "store/events/outbox_store.hpp"

namespace keyhold::store {

TEST_P(EveryStore, a_restore_ends_what_was_live_in_the_backup) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.sessions->create(session("before"), 0).ok());
    ASSERT_TRUE(store.sessions->find_live("before", now));
    EXPECT_FALSE(store.changes->after(-1).restored_at);
    ASSERT_TRUE(end_what_was(url, {}, now).ok());
    EXPECT_FALSE(store.sessions->find_live("before", now));
    const Changes changes = store.changes->after(0);
    EXPECT_FALSE(changes.list) << "forget everything";
    EXPECT_EQ(changes.restored_at, now);
}

TEST_P(EveryStore, a_restore_that_keeps_sessions_still_makes_everybody_look_again) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    ASSERT_TRUE(store.sessions->create(session("before"), 0).ok());
    const auto last = store.changes->after(0).last;
    ASSERT_TRUE(end_what_was(url, {.sessions = true, .keys = true}, now).ok());
    EXPECT_TRUE(store.sessions->find_live("before", now));
    const Changes changes = store.changes->after(last);
    EXPECT_FALSE(changes.list);
    EXPECT_FALSE(changes.restored_at);
}

TEST_P(EveryStore, a_restore_uses_up_what_was_good_once_and_sends_no_mail_twice) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    SecretStore secrets(store.database);
    AuthorizationStore authorizations(store.database);
    OutboxStore outbox(store.database);
    const Time later = now + std::chrono::hours(1);
    const auto fill = [&] {
        for (const std::string purpose : {"invite", "reset", "sign_in", "first_admin", "undo_change", "not_me"})
            secrets.add({.digest = purpose,
                         .purpose = purpose,
                         .account_id = {},
                         .address = {},
                         .expires_at = later,
                         .used_at = {}});
        authorizations.add({.digest = "code", .client_id = "shop", .account_id = "id-of-bob", .expires_at = later});
        authorizations.push({.digest = "pushed", .client_id = "shop", .parameters = "a=b", .expires_at = later});
        ASSERT_TRUE(authorizations.add_device(
            {.digest = "device", .user_code_digest = "user", .client_id = "shop", .expires_at = later}));
        authorizations.remember({.account_id = "id-of-bob", .client_id = "shop", .scope = "openid", .given_at = now});
        outbox.add({.id = "m1",
                    .kind = "reset",
                    .address = "bob@example.org",
                    .created_at = now,
                    .due_at = now,
                    .expires_at = later});
    };
    fill();
    const auto live = [&] {
        std::string all;
        for (const std::string purpose : {"invite", "reset", "sign_in", "first_admin", "undo_change", "not_me"})
            if (const auto found = secrets.find(purpose, purpose); found && !found->used_at) all += purpose + " ";
        if (authorizations.find("code")) all += "code ";
        if (authorizations.find_pushed("pushed", now)) all += "pushed ";
        if (authorizations.find_device("device")) all += "device ";
        if (authorizations.find_consent("id-of-bob", "shop")) all += "consent ";
        if (outbox.lease(later, later)) all += "mail";
        return all;
    };
    ASSERT_TRUE(end_what_was(url, {.sessions = true, .keys = true, .mails = true}, now).ok());
    EXPECT_EQ(live(), "undo_change not_me consent mail");
    ASSERT_TRUE(end_what_was(url, {}, now).ok());
    EXPECT_EQ(live(), "undo_change not_me ");
    EXPECT_EQ(outbox.find("m1").value().state, MailState::dead);
}

// The number of the newest change goes back with the rest: a node must never find the one that it knows.
TEST_P(EveryStore, the_same_backup_restored_once_more_comes_to_another_number) {
    const auto store = open(url);
    ASSERT_TRUE(store->create(account("bob")).ok());
    const auto in_backup = store.changes->after(0).last;
    ASSERT_TRUE(end_what_was(url, {}, now).ok());
    const auto first = store.changes->after(0).last;
    ASSERT_TRUE(end_what_was(url, {}, now).ok());
    const auto second = store.changes->after(first).last;
    EXPECT_GT(second, first) << "not the backup's number, but that of a database that was restored before";
    const auto location = parse_url(url).value();
    const auto link = location.driver->connect(location.target, std::chrono::seconds(5));
    link->execute("UPDATE keyhold_change_counter SET sequence = " + std::to_string(in_backup));
    link->execute("DELETE FROM keyhold_changes");
    ASSERT_TRUE(end_what_was(url, {}, now + std::chrono::seconds(1)).ok());
    for (const auto known : {first, second}) EXPECT_FALSE(store.changes->after(known).list) << known;
}

// What was begun after the backup has no row any more; a token of it may still be shown.
TEST_P(EveryStore, sessions_that_a_restore_lost_are_known_as_such_in_status_lists) {
    const auto store = open(url);
    StatusListStore lists(store.database);
    EXPECT_EQ(lists.take(10), 0);
    EXPECT_EQ(lists.take(10), 10);
    ASSERT_TRUE(store->create(account("bob")).ok());
    for (const std::int64_t number : {3, 4}) {
        Session one = session("s" + std::to_string(number));
        one.status_index = number;
        ASSERT_TRUE(store.sessions->create(one, 0).ok());
    }
    ASSERT_TRUE(store.sessions->end("s3", std::nullopt, "test", now));
    auto found = lists.read(0, 100);
    EXPECT_EQ(found.next, 20);
    EXPECT_EQ(found.lost_below, 0);
    EXPECT_EQ(found.ended, (std::vector<std::int64_t>{3}));
    EXPECT_TRUE(lists.read(4, 100).ended.empty());
    ASSERT_TRUE(end_what_was(url, {.sessions = true}, now).ok());
    found = lists.read(0, 100);
    EXPECT_GT(found.lost_below, 1'000'000) << "whatever was taken since the backup";
    EXPECT_EQ(found.next, found.lost_below);
    EXPECT_EQ(found.live, (std::vector<std::int64_t>{4}));
    const auto location = parse_url(url).value();
    location.driver->connect(location.target, std::chrono::seconds(5))
        ->execute("UPDATE keyhold_status_lists SET next_index = 20, lost_below = 0");
    ASSERT_TRUE(end_what_was(url, {}, now + std::chrono::seconds(1)).ok());
    EXPECT_GT(lists.take(1), found.next) << "the same backup once more";
}

TEST_P(EveryStore, a_restore_of_what_is_no_database_is_refused) {
    EXPECT_EQ(end_what_was("nothing://here", {}, now).error().errc(), errors::configuration);
}

}  // namespace keyhold::store
