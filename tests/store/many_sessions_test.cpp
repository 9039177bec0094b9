// SPDX-License-Identifier: Apache-2.0
// An account of more sessions than end in one transaction: they all end, or what was asked for is not done.
#include <atomic>
#include <stdexcept>
#include <thread>

#include "fixture.hpp"
#include "store/access/session_rows.hpp"
#include "store/database/database.hpp"

namespace keyhold::store {

namespace {

constexpr int many = 2 * static_cast<int>(sessions_at_once) + 3;

std::string id_of(int number) { return "s" + std::to_string(10'000 + number); }

// In one transaction, as nobody waits for so many log-ins.
void add_many(const std::string& url) {
    const auto location = parse_url(url).value();
    const auto link = location.driver->connect(location.target, std::chrono::seconds(30));
    link->execute(std::string(location.driver->begin_writing));
    for (int i = 0; i < many; ++i)
        link->execute(
            "INSERT INTO keyhold_sessions (id, account_id, device, address, created_at, last_used_at, ends_at, "
            "ended_at, "
            "end_reason, refresh_digest, family_key, rotations) VALUES ('" +
            id_of(i) + "', 'id-of-bob', '', '', 1, 1, " + std::to_string(now.time_since_epoch().count() + 100) +
            ", 0, '', '', '', '')");
    link->commit();
}

int live(const Opened& store) {
    int count = 0;
    for (int i = 0; i < many; ++i) count += store.sessions->find_live(id_of(i), now) ? 1 : 0;
    return count;
}

class ManySessions : public EveryStore {
protected:
    ManySessions() : store(open(url)) {
        EXPECT_TRUE(store->create(account("bob")).ok());
        add_many(url);
    }
    Opened store;
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Databases, ManySessions, testing::ValuesIn(test_databases()), name_of);

TEST_P(ManySessions, all_end_and_every_process_is_told_of_each) {
    const auto other = open(url);
    const auto before = other.changes->after(0).last;
    const auto epoch = other.changes->epoch();
    EXPECT_EQ(store.sessions->end_all({"id-of-bob"}, "logged_out", now), static_cast<std::size_t>(many));
    EXPECT_EQ(live(store), 0);
    const auto changes = other.changes->after(before);
    ASSERT_TRUE(changes.list);
    // And one for the account, whose tokens without a session are over too.
    EXPECT_EQ(changes.list->size(), static_cast<std::size_t>(many) + 1);
    if (url.starts_with("sqlite")) {
        EXPECT_NE(other.changes->epoch(), epoch);
    }
    EXPECT_EQ(store.sessions->end_all({"id-of-bob"}, "logged_out", now), 0u) << "once";
}

TEST_P(ManySessions, a_new_password_a_disabling_and_a_deletion_end_all) {
    ASSERT_TRUE(store->set_password({"id-of-bob", 0, "new", id_of(7), "password_changed", now}));
    EXPECT_EQ(live(store), 1);
    EXPECT_TRUE(store.sessions->find_live(id_of(7), now));

    ASSERT_TRUE(store->create(account("eve")).ok());
    const auto location = parse_url(url).value();
    const auto link = location.driver->connect(location.target, std::chrono::seconds(30));
    link->execute("UPDATE keyhold_sessions SET ended_at = 0, ends_at = 1900000000");
    ASSERT_EQ(live(store), many);
    ASSERT_TRUE(store->set_disabled("id-of-bob", true, "account_disabled", now));
    ASSERT_TRUE(store->set_disabled("id-of-bob", false, "", now));
    EXPECT_EQ(live(store), 0);

    link->execute("UPDATE keyhold_sessions SET ended_at = 0, ends_at = 1900000000");
    ASSERT_TRUE(store->remove("id-of-bob", "account_deleted", now));
    EXPECT_EQ(live(store), 0);
    EXPECT_FALSE(store.sessions->find(id_of(0))) << "nobody's";
}

TEST_P(ManySessions, a_password_that_is_refused_ends_none) {
    EXPECT_FALSE(store->set_password({"id-of-bob", 7, "new", "", "password_changed", now}));
    EXPECT_FALSE(store->set_disabled("id-of-nobody", true, "account_disabled", now));
    EXPECT_EQ(live(store), many);
}

// The process dies, or the database does, between two transactions.
TEST_P(ManySessions, what_was_interrupted_is_finished_by_whoever_asks_again) {
    auto database = Database::open(url);
    ASSERT_TRUE(database.ok());
    int transactions = 0;
    const auto dies_at_the_second = [&](Connection&) -> bool {
        if (++transactions == 2) throw Unavailable("gone");
        return true;
    };
    EXPECT_THROW(end_most_sessions(**database, {"id-of-bob"}, "password_changed", now, dies_at_the_second),
                 Unavailable);
    EXPECT_EQ(live(store), many - static_cast<int>(sessions_at_once));
    EXPECT_EQ(store->find_by_id("id-of-bob")->password_hash, "$2b$12$hash-of-bob") << "the old password is still good";
    ASSERT_TRUE(store->set_password({"id-of-bob", 0, "new", "", "password_changed", now}));
    EXPECT_EQ(live(store), 0);
}

TEST_P(ManySessions, whoever_logs_in_meanwhile_is_out_or_stays_and_afterwards_stays) {
    std::atomic<bool> over = false;
    int begun = 0;
    std::thread logs_in([&] {
        for (; !over; ++begun)
            if (!store.sessions->create(session("t" + std::to_string(begun)), 0).ok())
                throw std::runtime_error("not let in");
    });
    store.sessions->end_all({"id-of-bob"}, "logged_out", now);
    EXPECT_EQ(live(store), 0);
    over = true;
    logs_in.join();
    // In the order of their log-ins: ended up to one of them, live from there on.
    bool stays = false;
    for (int i = 0; i < begun; ++i) {
        const bool is_live = store.sessions->find_live("t" + std::to_string(i), now).has_value();
        EXPECT_TRUE(is_live || !stays) << i;
        stays = stays || is_live;
    }
    ASSERT_TRUE(store.sessions->create(session("later"), 0).ok());
    EXPECT_TRUE(store.sessions->find_live("later", now));
}

TEST_P(ManySessions, an_end_that_a_clock_set_back_since_has_dated_is_brought_near) {
    const auto latest = now + std::chrono::seconds(50);
    EXPECT_EQ(store.sessions->cap_ends(latest, now, 10), 10);
    while (store.sessions->cap_ends(latest, now, 500) == 500) {
    }
    EXPECT_EQ(store.sessions->cap_ends(latest, now, 500), 0);
    EXPECT_EQ(live(store), many);
    EXPECT_FALSE(store.sessions->find_live(id_of(5), latest));
}

}  // namespace keyhold::store
