// SPDX-License-Identifier: Apache-2.0
// One-time secrets: kept as digests, used once, in the transaction that does what they are for.
#include <atomic>
#include <thread>

#include "fixture.hpp"

#include "store/errors.hpp"

namespace keyhold::store {

namespace {

using std::chrono::seconds;

OneTimeSecret secret(const std::string& digest, Time expires_at = now + seconds(100)) {
    return {.digest = digest,
            .purpose = "invite",
            .account_id = "",
            .address = "somebody@example.org",
            .attempts = 2,
            .expires_at = expires_at,
            .used_at = {}};
}

SecretUse use(const std::string& digest, const std::string& purpose = "invite", Time time = now) {
    return {digest, purpose, time};
}

}  // namespace

TEST_P(EveryStore, a_secret_is_read_back_as_it_was_written_for_its_purpose_alone) {
    const auto store = open(url);
    store.secrets->add(secret("d1"));
    EXPECT_EQ(open(url).secrets->find("d1", "invite"), secret("d1"));
    EXPECT_FALSE(store.secrets->find("d1", "reset"));
    EXPECT_FALSE(store.secrets->find("D1", "invite"));
}

TEST_P(EveryStore, an_account_uses_a_secret_up_in_the_transaction_that_makes_it) {
    const auto store = open(url);
    store.secrets->add(secret("d1"));
    ASSERT_TRUE(store->create(account("bob"), use("d1")).ok());
    const auto used = store.secrets->find("d1", "invite");
    ASSERT_TRUE(used && used->used_at);
    EXPECT_EQ(*used->used_at, now);
    EXPECT_EQ(used->account_id, "id-of-bob");
    EXPECT_FALSE(store->create(account("eve"), use("d1")).ok());
    EXPECT_FALSE(store->find_by_name_key("eve")) << "no account without the secret";
}

TEST_P(EveryStore, a_secret_that_is_unknown_expired_or_of_another_purpose_makes_no_account) {
    const auto store = open(url);
    store.secrets->add(secret("d1"));
    for (const SecretUse& wrong : {use("d2"), use("d1", "reset"), use("d1", "invite", now + seconds(100)),
                                   use("d1", "invite", now + seconds(999))})
        EXPECT_EQ(store->create(account("bob"), wrong).error().detail(), "This invitation is unknown, used or expired");
    EXPECT_FALSE(store->find_by_name_key("bob"));
    EXPECT_TRUE(store->create(account("bob"), use("d1", "invite", now + seconds(99))).ok());
}

TEST_P(EveryStore, a_secret_is_not_used_up_by_an_account_that_is_not_made) {
    const auto store = open(url);
    store.secrets->add(secret("d1"));
    ASSERT_TRUE(store->create(account("bob", "first")).ok());
    const auto taken = store->create(account("bob", "second"), use("d1"));
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.error().errc(), errors::username_taken);
    EXPECT_EQ(store.secrets->find("d1", "invite"), secret("d1"));
    EXPECT_TRUE(store->create(account("bobby", "second"), use("d1")).ok());
}

TEST_P(EveryStore, of_many_who_use_a_secret_at_once_one_makes_an_account) {
    const auto store = open(url);
    store.secrets->add(secret("d1"));
    std::atomic<int> made = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            if (store->create(account("user" + std::to_string(i)), use("d1")).ok()) ++made;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(store->list("", 100).accounts.size(), 1U);
}

TEST_P(EveryStore, old_secrets_are_purged_some_at_a_time) {
    const auto store = open(url);
    for (const char* digest : {"d1", "d2", "d3"}) store.secrets->add(secret(digest, now - seconds(1)));
    store.secrets->add(secret("d4", now));
    EXPECT_EQ(store.secrets->purge(now, 2), 2);
    EXPECT_EQ(store.secrets->purge(now, 2), 1);
    EXPECT_EQ(store.secrets->purge(now, 2), 0);
    EXPECT_TRUE(store.secrets->find("d4", "invite"));
}

TEST_P(EveryStore, open_invitations_are_listed_by_their_ends_page_by_page) {
    const auto store = open(url);
    // In base64url letters come behind digits and '-' before both; of one end it is the bytes that count.
    for (const char* digest : {"b", "-", "B", "z", "_", "0"}) store.secrets->add(secret(digest, now + seconds(10)));
    store.secrets->add(secret("first", now + seconds(1)));
    store.secrets->add(secret("last", now + seconds(20)));
    store.secrets->add(secret("over", now));
    store.secrets->add(secret("used"));
    ASSERT_TRUE(store->create(account("bob"), use("used")).ok());
    auto other = secret("other");
    other.purpose = "reset";
    store.secrets->add(other);
    std::vector<std::string> found;
    std::string cursor;
    do {
        const auto page = store.secrets->list_invitations(now, cursor, 3);
        EXPECT_LE(page.secrets.size(), 3U);
        for (const OneTimeSecret& one : page.secrets) found.push_back(one.digest);
        cursor = page.next;
    } while (!cursor.empty());
    EXPECT_EQ(found, (std::vector<std::string>{"first", "-", "0", "B", "_", "b", "z", "last"}));
    EXPECT_EQ(store.secrets->list_invitations(now + seconds(15), "1800000001.first", 9).secrets.size(), 1U)
        << "what has ended since the page before is not shown";
    for (const char* wrong : {"x", "1800000001", "x.first", ".", "99999999999999999999.first"})
        EXPECT_TRUE(store.secrets->list_invitations(now, wrong, 9).secrets.empty()) << wrong;
}

TEST_P(EveryStore, an_invitation_is_taken_back_or_used_and_not_both) {
    const auto store = open(url);
    for (const char* digest : {"d1", "d2"}) store.secrets->add(secret(digest));
    EXPECT_TRUE(store.secrets->revoke_invitation("d1", now));
    EXPECT_FALSE(store.secrets->revoke_invitation("d1", now)) << "it was";
    EXPECT_FALSE(store->create(account("bob"), use("d1")).ok());
    ASSERT_TRUE(store->create(account("bob"), use("d2")).ok());
    EXPECT_FALSE(store.secrets->revoke_invitation("d2", now)) << "somebody has registered with it";
    EXPECT_FALSE(store.secrets->revoke_invitation("D2", now));
    auto other = secret("d3");
    other.purpose = "reset";
    store.secrets->add(other);
    EXPECT_FALSE(store.secrets->revoke_invitation("d3", now)) << "that is no invitation";
    store.secrets->add(secret("d4", now));
    EXPECT_FALSE(store.secrets->revoke_invitation("d4", now)) << "it is over";
}

}  // namespace keyhold::store
