#include "domain/liveness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "fixture.hpp"

namespace keyhold::domain {

namespace {

using store::Account;

// Accounts in memory; counts questions, and may do something else while it answers.
class MemoryStore final : public store::AccountStore {
public:
    Result<> create(const Account& account) override {
        const std::lock_guard lock(mutex_);
        accounts_[account.id] = account;
        return {};
    }
    std::optional<Account> find_by_id(std::string_view id) override {
        ++asked;
        if (is_down) throw Unavailable("down");
        std::optional<Account> found;
        {
            const std::lock_guard lock(mutex_);
            if (const auto at = accounts_.find(std::string(id)); at != accounts_.end()) found = at->second;
        }
        if (before_return) before_return();
        return found;
    }
    std::optional<Account> find_by_name_key(std::string_view key) override {
        return find_by_id("id-of-" + std::string(key));
    }
    store::AccountPage list(std::string_view, int) override { return {}; }
    bool replace_password_hash(std::string_view, std::string_view, std::string_view) override { return false; }
    bool set_disabled(std::string_view id, bool disabled) override {
        {
            const std::lock_guard lock(mutex_);
            accounts_.at(std::string(id)).disabled = disabled;
        }
        ++epoch_;
        return true;
    }
    bool remove(std::string_view id) override {
        {
            const std::lock_guard lock(mutex_);
            accounts_.erase(std::string(id));
        }
        ++epoch_;
        return true;
    }
    std::uint64_t epoch() const noexcept override { return epoch_; }

    std::atomic<int> asked{0};
    std::atomic<bool> is_down{false};
    std::function<void()> before_return;

private:
    std::mutex mutex_;
    std::map<std::string, Account> accounts_;
    std::atomic<std::uint64_t> epoch_{0};
};

Account account(const std::string& name) {
    return {.id = "id-of-" + name,
            .username = name,
            .name_key = name,
            .password_hash = "",
            .disabled = false,
            .created_at = {}};
}

// 2 readers ask for accounts that a remover removes, one after the other.
void race(store::AccountStore& store, int accounts) {
    for (int i = 0; i < accounts; ++i) ASSERT_TRUE(store.create(account(std::to_string(i))).ok());
    Liveness liveness(store, 10'000);
    std::vector<std::atomic<bool>> removed(static_cast<std::size_t>(accounts));
    std::atomic<bool> is_over{false};
    std::atomic<int> answered_after_removal{0};
    std::atomic<int> seen_alive{0};
    const auto read = [&] {
        while (!is_over)
            for (int i = 0; i < accounts; ++i) {
                const bool was_removed = removed[static_cast<std::size_t>(i)];
                const bool is_alive = liveness.find_by_id("id-of-" + std::to_string(i)) != nullptr;
                if (is_alive) ++seen_alive;
                if (is_alive && was_removed) ++answered_after_removal;
            }
    };
    std::vector<std::jthread> readers;
    for (int i = 0; i < 2; ++i) readers.emplace_back(read);
    while (seen_alive == 0) std::this_thread::yield();
    for (int i = 0; i < accounts; ++i) {
        ASSERT_TRUE(store.remove("id-of-" + std::to_string(i)));
        removed[static_cast<std::size_t>(i)] = true;
    }
    is_over = true;
    readers.clear();
    EXPECT_EQ(answered_after_removal, 0);
    for (int i = 0; i < accounts; ++i) EXPECT_FALSE(liveness.find_by_id("id-of-" + std::to_string(i)));
}

class LivenessTest : public testing::Test {
protected:
    LivenessTest() {
        for (const char* name : {"ann", "bob"}) EXPECT_TRUE(store.create(account(name)).ok());
    }
    MemoryStore store;
    Liveness liveness{store, 1000};
};

using LivenessOnSqlite = DomainTest;

}  // namespace

TEST_F(LivenessTest, the_store_is_asked_once_and_memory_from_then_on) {
    for (int i = 0; i < 3; ++i) {
        const auto bob = liveness.find_by_id("id-of-bob");
        ASSERT_TRUE(bob);
        EXPECT_EQ(bob->id, "id-of-bob");
        EXPECT_EQ(bob->username, "bob");
    }
    EXPECT_EQ(store.asked, 1);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(liveness.find_by_name_key("bob"));
    EXPECT_EQ(store.asked, 2) << "names and ids are different tables";
}

TEST_F(LivenessTest, an_id_is_no_name_and_a_name_no_id) {
    ASSERT_TRUE(liveness.find_by_id("id-of-bob"));
    EXPECT_FALSE(liveness.find_by_name_key("id-of-bob"));
    EXPECT_FALSE(liveness.find_by_id("bob"));
    EXPECT_FALSE(liveness.find_by_id(""));
}

TEST_F(LivenessTest, what_was_removed_or_disabled_is_gone_at_once_and_the_rest_is_not) {
    ASSERT_TRUE(liveness.find_by_id("id-of-ann"));
    ASSERT_TRUE(liveness.find_by_name_key("bob"));
    store.remove("id-of-ann");
    EXPECT_FALSE(liveness.find_by_id("id-of-ann"));
    EXPECT_TRUE(liveness.find_by_name_key("bob"));
    store.set_disabled("id-of-bob", true);
    EXPECT_FALSE(liveness.find_by_name_key("bob"));
    store.set_disabled("id-of-bob", false);
    EXPECT_TRUE(liveness.find_by_name_key("bob"));
}

TEST_F(LivenessTest, an_answer_that_was_overtaken_by_a_removal_is_not_remembered) {
    store.before_return = [this] {
        store.before_return = nullptr;
        store.remove("id-of-bob");  // after the store was read, before the answer is here
    };
    (void)liveness.find_by_id("id-of-bob");
    EXPECT_FALSE(liveness.find_by_id("id-of-bob"));
}

TEST_F(LivenessTest, no_lock_is_held_while_the_store_is_asked) {
    store.before_return = [this] {
        store.before_return = nullptr;
        EXPECT_TRUE(liveness.find_by_id("id-of-bob")) << "the same key, so the same shard";
    };
    EXPECT_TRUE(liveness.find_by_id("id-of-bob"));
}

TEST_F(LivenessTest, absence_is_not_remembered) {
    EXPECT_FALSE(liveness.find_by_name_key("eve"));
    ASSERT_TRUE(store.create(account("eve")).ok());
    EXPECT_TRUE(liveness.find_by_name_key("eve")) << "registered a moment later";
}

TEST_F(LivenessTest, a_store_that_is_down_is_unavailable_and_memory_still_answers) {
    ASSERT_TRUE(liveness.find_by_id("id-of-bob"));
    store.is_down = true;
    EXPECT_TRUE(liveness.find_by_id("id-of-bob"));
    EXPECT_THROW((void)liveness.find_by_id("id-of-ann"), Unavailable);
    store.is_down = false;
    EXPECT_TRUE(liveness.find_by_id("id-of-ann"));
}

TEST_F(LivenessTest, remembers_no_more_than_its_capacity) {
    constexpr int capacity = 640;
    Liveness bounded(store, capacity);
    std::vector<std::weak_ptr<const LiveAccount>> given;
    for (int i = 0; i < 10 * capacity; ++i) {
        ASSERT_TRUE(store.create(account(std::to_string(i))).ok());
        given.push_back(bounded.find_by_id("id-of-" + std::to_string(i)));
    }
    const auto alive = std::ranges::count_if(given, [](const auto& one) { return !one.expired(); });
    EXPECT_LE(alive, capacity);
    EXPECT_GT(alive, capacity / 2) << "and the room is used";
}

TEST_F(LivenessTest, a_full_table_takes_in_those_who_come_now) {
    constexpr int capacity = 640;
    Liveness bounded(store, capacity);
    for (int i = 0; i < 20 * capacity; ++i) ASSERT_TRUE(store.create(account(std::to_string(i))).ok());
    for (int i = 0; i < 10 * capacity; ++i) (void)bounded.find_by_id("id-of-" + std::to_string(i));
    const auto visit = [&] {
        const int before = store.asked;
        for (int i = 10 * capacity; i < 10 * capacity + 64; ++i) (void)bounded.find_by_id("id-of-" + std::to_string(i));
        return store.asked - before;
    };
    EXPECT_EQ(visit(), 64);
    visit();
    EXPECT_LT(visit(), 32) << "newcomers push out those who stayed away, not each other";
}

TEST_F(LivenessTest, no_reader_gets_an_account_after_its_removal_returned) { race(store, 2000); }

TEST_F(LivenessOnSqlite, no_reader_gets_an_account_after_its_removal_returned) { race(*store, 100); }

TEST_F(LivenessOnSqlite, a_removal_through_another_connection_is_seen_at_once) {
    put("bob", "hash");
    Liveness liveness(*store, 1000);
    ASSERT_TRUE(liveness.find_by_name_key("bob"));
    const auto elsewhere = store::open_store(url).value();
    ASSERT_TRUE(elsewhere->remove("id-of-bob"));
    EXPECT_FALSE(liveness.find_by_name_key("bob"));
}

}  // namespace keyhold::domain
