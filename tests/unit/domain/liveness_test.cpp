// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "base/waiting.hpp"
#include "liveness_fixture.hpp"

namespace keyhold::domain {

namespace {

// Changes at each look, and an answer that takes as long as the test wants.
class Restless final : public store::ChangeStore {
public:
    Restless(std::unique_ptr<store::ChangeStore> real, std::atomic<int>& read, std::atomic<bool>& is_held)
        : ChangeStore(nullptr), real_(std::move(real)), read_(read), is_held_(is_held) {}
    store::Changes after(std::int64_t sequence) override {
        ++read_;
        while (is_held_) std::this_thread::yield();
        return real_->after(sequence);
    }
    std::uint64_t epoch() const noexcept override { return ++looks_; }
    std::uint64_t breaks() const noexcept override { return 0; }
    bool forget_some_but(std::int64_t kept, Time since) override { return real_->forget_some_but(kept, since); }

private:
    std::unique_ptr<store::ChangeStore> real_;
    std::atomic<int>& read_;
    std::atomic<bool>& is_held_;
    mutable std::atomic<std::uint64_t> looks_ = 0;
};

// Of this process, as Linux has it (proc(5)): those that wait for something.
int threads_that_sleep() {
    int count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(task.path() / "stat");
        std::string text;
        std::getline(file, text);
        const auto name_ends = text.rfind(") ");
        if (name_ends != text.npos && text[name_ends + 2] == 'S') ++count;
    }
    return count;
}

}  // namespace

TEST_F(LivenessTest, the_store_is_asked_once_and_memory_from_then_on) {
    const Id session = log_in("bob");
    for (int i = 0; i < 3; ++i) {
        const auto bob = liveness.find_session(session);
        ASSERT_TRUE(bob);
        EXPECT_EQ(to_text(bob->id), id_of("bob"));
        EXPECT_EQ(bob->username, "bob");
    }
    EXPECT_EQ(watched->asked, 1);
}

TEST_F(LivenessTest, what_is_recalled_is_what_memory_holds_and_the_store_is_not_asked) {
    const Id session = log_in("bob");
    EXPECT_FALSE(liveness.recall_session(session));
    liveness.find_session(session);
    EXPECT_EQ(liveness.recall_session(session)->username, "bob");
    EXPECT_EQ(watched->asked, 1);
    ASSERT_TRUE(end(session));
    EXPECT_FALSE(liveness.recall_session(session));
    EXPECT_EQ(watched->asked, 1);
}

TEST_F(LivenessTest, what_was_ended_is_gone_at_once_and_the_rest_is_remembered) {
    const Id first = log_in("bob"), second = log_in("bob");
    ASSERT_TRUE(liveness.find_session(first));
    ASSERT_TRUE(liveness.find_session(second));
    ASSERT_TRUE(end(first));
    EXPECT_FALSE(liveness.find_session(first));
    const int asked = watched->asked;
    EXPECT_TRUE(liveness.find_session(second));
    EXPECT_EQ(watched->asked, asked) << "one log-out does not make everybody be read anew";
}

TEST_F(LivenessTest, an_account_that_goes_takes_its_sessions_along) {
    const Id anns = log_in("ann"), bobs = log_in("bob");
    ASSERT_TRUE(liveness.find_session(anns));
    ASSERT_TRUE(liveness.find_session(bobs));
    ASSERT_TRUE(store->remove(id_of("ann"), "x", clock.now()));
    ASSERT_TRUE(store->set_disabled(id_of("bob"), true, "x", clock.now()));
    EXPECT_FALSE(liveness.find_session(anns));
    EXPECT_FALSE(liveness.find_session(bobs));
}

TEST_F(LivenessTest, an_account_without_a_session_is_followed_too) {
    ASSERT_TRUE(liveness.find_account(*parse_id(id_of("ann"))));
    ASSERT_TRUE(liveness.find_by_name_key("bob"));
    ASSERT_TRUE(store->remove(id_of("ann"), "x", clock.now()));
    ASSERT_TRUE(store->set_disabled(id_of("bob"), true, "x", clock.now()));
    EXPECT_FALSE(liveness.find_account(*parse_id(id_of("ann"))));
    EXPECT_FALSE(liveness.find_by_name_key("bob"));
    ASSERT_TRUE(store->set_disabled(id_of("bob"), false, "", clock.now()));
    EXPECT_TRUE(liveness.find_by_name_key("bob"));
    EXPECT_FALSE(liveness.find_by_name_key("eve"));
    put("eve", "hash");
    EXPECT_TRUE(liveness.find_by_name_key("eve")) << "absence is not remembered";
}

TEST_F(LivenessTest, an_answer_that_was_overtaken_by_a_log_out_is_not_remembered) {
    const Id session = log_in("bob");
    watched->before_return = [&] {
        watched->before_return = nullptr;
        ASSERT_TRUE(end(session));                     // after the store was read, before the answer is here
        EXPECT_FALSE(liveness.find_session(session));  // another reader catches up and forgets first
    };
    (void)liveness.find_session(session);
    EXPECT_FALSE(liveness.find_session(session));
}

TEST_F(LivenessTest, a_session_that_is_over_by_time_is_not_remembered) {
    const Id session = log_in("bob");
    clock.advance(std::chrono::days(30));
    EXPECT_FALSE(liveness.find_session(session));
}

TEST_F(LivenessTest, a_store_that_is_down_is_unavailable_and_memory_still_answers) {
    const Id known = log_in("bob"), unknown = log_in("bob");
    ASSERT_TRUE(liveness.find_session(known));
    watched->is_down = true;
    EXPECT_TRUE(liveness.find_session(known));
    EXPECT_THROW((void)liveness.find_session(unknown), Unavailable);
    watched->is_down = false;
    EXPECT_TRUE(liveness.find_session(unknown));
}

// On a thread that may not wait: what memory knows, or the news that it would have to.
TEST_F(LivenessTest, memory_answers_where_nobody_may_wait_and_the_store_is_not_asked) {
    const Id known = log_in("bob"), unknown = log_in("bob");
    ASSERT_TRUE(liveness.find_session(known));
    const int asked = watched->asked;
    const auto before = liveness.counters().sessions.misses;
    {
        const NoWaiting in_this_block;
        EXPECT_TRUE(liveness.find_session(known));
        EXPECT_THROW((void)liveness.find_session(unknown), WouldWait);
    }
    EXPECT_EQ(watched->asked, asked);
    EXPECT_EQ(liveness.counters().sessions.misses, before) << "it did not go to the database";
    EXPECT_TRUE(liveness.find_session(unknown));
    ASSERT_TRUE(end(known));
    const NoWaiting in_this_block;
    EXPECT_THROW((void)liveness.find_session(unknown), WouldWait)
        << "a change is to be read before anything is trusted";
    EXPECT_THROW((void)stores.sessions->find(to_text(known)), WouldWait)
        << "whoever asks the database, this is its door";
}

TEST_F(LivenessTest, a_session_that_has_ended_is_remembered_as_such) {
    const Id session = log_in("bob");
    ASSERT_TRUE(end(session));
    EXPECT_FALSE(liveness.find_session(session));
    watched->asked = 0;
    liveness.follow();
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(liveness.find_session(session));
    EXPECT_LE(watched->asked, 1);
    watched->asked = 0;
    const Id other = log_in("bob");
    ASSERT_TRUE(liveness.find_session(other));
    ASSERT_TRUE(end(other));
    watched->asked = 0;
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(liveness.find_session(other));
    EXPECT_EQ(watched->asked, 0) << "the list of changes has named it";
    clock.advance(std::chrono::minutes(1));
    EXPECT_FALSE(liveness.find_session(other));
    EXPECT_EQ(watched->asked, 1) << "for a short while";
}

// Its row may not have reached the machine that we ask.
TEST_F(LivenessTest, a_session_that_nobody_knows_is_remembered_only_if_it_cannot_come_any_more) {
    liveness.follow();
    const Id fresh = *parse_id(make_id(clock.now(), random));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(liveness.find_session(fresh));
    EXPECT_EQ(watched->asked, 3);
    clock.advance(std::chrono::seconds(61));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(liveness.find_session(fresh));
    EXPECT_EQ(watched->asked, 4);
}

TEST_F(LivenessTest, an_account_that_is_enabled_again_makes_us_ask_again) {
    const Id session = log_in("bob");
    clock.advance(std::chrono::minutes(2));
    bool is_disabled = true;
    watched->refuses = [&] { return is_disabled; };
    EXPECT_FALSE(liveness.find_session(session));
    EXPECT_FALSE(liveness.find_session(session));
    EXPECT_EQ(watched->asked, 1);
    is_disabled = false;
    ASSERT_TRUE(store->set_disabled(id_of("ann"), true, "x", clock.now()));  // whoever's account it was
    EXPECT_TRUE(liveness.find_session(session));
}

TEST_F(LivenessTest, those_who_wait_for_one_reading_share_the_next) {
    // Where there is no lease the epoch is another one at each look, and each reader has to know the newest changes.
    std::atomic<int> read{0};
    std::atomic<bool> is_held{true};
    auto counting = std::make_unique<Restless>(std::move(stores.changes), read, is_held);
    stores.changes = std::move(counting);
    Liveness restless(stores, clock, {.sessions = 100, .accounts = 100});
    std::vector<std::jthread> readers;
    readers.emplace_back([&] { restless.follow(); });
    while (read == 0) std::this_thread::yield();
    std::atomic<int> begun{0};
    for (int i = 0; i < 20; ++i)
        readers.emplace_back([&] {
            ++begun;
            restless.follow();
        });
    while (begun < 20) std::this_thread::yield();
    while (threads_that_sleep() < 20) std::this_thread::yield();  // at the lock: who reads the changes does not sleep
    is_held = false;
    readers.clear();
    EXPECT_LT(read, 20) << "not one for each of them";
}

TEST_F(LivenessTest, who_may_not_wait_follows_where_that_is_quick_and_goes_on_where_it_is_not) {
    int changed = 0;
    liveness.on_keys_changed([&] { ++changed; });
    stores.changes->forget_some_but(0, Time::max());
    (void)end(log_in("bob"));
    stores.changes->forget_some_but(0, Time::max());
    {
        const NoWaiting in_this_block;
        liveness.follow_if_quick();
    }
    liveness.follow();
    EXPECT_EQ(changed, 1);

    std::atomic<int> read{0};
    std::atomic<bool> is_held{true};
    stores.changes = std::make_unique<Restless>(std::move(stores.changes), read, is_held);
    Liveness slow(stores, clock, {.sessions = 100, .accounts = 100});
    {
        const NoWaiting in_this_block;
        for (int i = 0; i < 1000; ++i) slow.follow_if_quick();  // hangs, or takes 100 s, if each of them waits
    }
    is_held = false;
}

TEST_F(LivenessTest, whoever_missed_more_changes_than_are_kept_forgets_everything) {
    const Id session = log_in("bob"), other = log_in("bob");
    ASSERT_TRUE(liveness.find_session(session));
    ASSERT_TRUE(end(other));
    stores.changes->forget_some_but(0, Time::max());
    const int asked = watched->asked;
    EXPECT_TRUE(liveness.find_session(session));
    EXPECT_EQ(watched->asked, asked + 1);
    ASSERT_TRUE(end(session));
    stores.changes->forget_some_but(0, Time::max());
    EXPECT_FALSE(liveness.find_session(session));
}

TEST_F(LivenessTest, remembers_no_more_than_its_capacity) {
    constexpr int capacity = 640;
    Liveness bounded(stores, clock, {.sessions = capacity, .accounts = capacity});
    std::vector<Id> all;
    for (int i = 0; i < 3 * capacity; ++i) {
        all.push_back(log_in("bob"));
        ASSERT_TRUE(bounded.find_session(all.back()));
    }
    watched->asked = 0;
    for (const Id& id : all) ASSERT_TRUE(bounded.find_session(id));
    EXPECT_GE(watched->asked, 2 * capacity);
    EXPECT_LT(watched->asked, 3 * capacity) << "and the room is used";
}

TEST_F(LivenessTest, no_reader_gets_a_session_after_its_end_returned) {
    constexpr int count = 300;
    std::vector<Id> all;
    for (int i = 0; i < count; ++i) all.push_back(log_in("bob"));
    const auto elsewhere = store::open_stores(url, {}).value();
    std::vector<std::atomic<bool>> ended(count);
    std::atomic<bool> is_over{false};
    std::atomic<int> answered_after_end{0}, seen_alive{0};
    std::vector<std::jthread> readers;
    for (int reader = 0; reader < 2; ++reader)
        readers.emplace_back([&] {
            while (!is_over)
                for (std::size_t i = 0; i < count; ++i) {
                    const bool was_ended = ended[i];
                    const bool is_alive = bool(liveness.find_session(all[i]));
                    if (is_alive) ++seen_alive;
                    if (is_alive && was_ended) ++answered_after_end;
                }
        });
    while (seen_alive == 0) std::this_thread::yield();
    for (std::size_t i = 0; i < count; ++i) {
        auto& somewhere = i % 2 == 0 ? *stores.sessions : *elsewhere.sessions;  // here, or in another process
        ASSERT_TRUE(somewhere.end(to_text(all[i]), std::nullopt, "x", clock.now()));
        ended[i] = true;
    }
    is_over = true;
    readers.clear();
    EXPECT_EQ(answered_after_end, 0);
}

TEST_F(LivenessTest, a_change_of_the_keys_is_passed_on_before_anybody_reads) {
    int changed = 0;
    liveness.on_keys_changed([&] { ++changed; });
    liveness.follow();
    EXPECT_EQ(changed, 0);
    stores.changes->forget_some_but(0, Time::max());
    (void)end(log_in("bob"));
    stores.changes->forget_some_but(0, Time::max());
    liveness.follow();
    EXPECT_EQ(changed, 1) << "nobody knows what the forgotten changes were about";
}

}  // namespace keyhold::domain
