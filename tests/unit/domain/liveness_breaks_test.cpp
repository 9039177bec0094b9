// SPDX-License-Identifier: Apache-2.0
// A database that breaks while the changes are read: another server may have taken its place, without the newest.
#include <gtest/gtest.h>

#include <utility>

#include "liveness_fixture.hpp"
#include "store/database/restore.hpp"

namespace keyhold::domain {

namespace {

// The real changes, and what a test wants to happen between the epoch and them.
class Breaking final : public store::ChangeStore {
public:
    explicit Breaking(std::unique_ptr<store::ChangeStore> real) : ChangeStore(nullptr), real_(std::move(real)) {}
    store::Changes after(std::int64_t sequence) override {
        if (while_reading) std::exchange(while_reading, nullptr)();
        if (is_down) throw Unavailable("down");
        return real_->after(sequence);
    }
    std::uint64_t epoch() const noexcept override { return real_->epoch(); }
    std::uint64_t breaks() const noexcept override { return broken; }
    bool forget_some_but(std::int64_t kept, Time since) override { return real_->forget_some_but(kept, since); }

    std::function<void()> while_reading;
    std::uint64_t broken = 0;
    bool is_down = false;

private:
    std::unique_ptr<store::ChangeStore> real_;
};

class LivenessBreaksTest : public LivenessTest {
protected:
    LivenessBreaksTest() { EXPECT_TRUE(liveness.find_session(known)); }

    Breaking* put_breaking() {
        auto breaking = std::make_unique<Breaking>(std::move(stores.changes));
        Breaking* const put = breaking.get();
        stores.changes = std::move(breaking);
        return put;
    }

    // How often the store is asked for a session that was remembered, after some other one has ended.
    int questions_after_a_change() {
        EXPECT_TRUE(end(log_in("ann")));
        watched->asked = 0;
        EXPECT_TRUE(liveness.find_session(known));
        return watched->asked;
    }

    Breaking* const changes = put_breaking();
    Liveness liveness{stores, clock, {.sessions = 1000, .accounts = 1000}};  // which sees them
    const Id known = log_in("bob");
};

}  // namespace

TEST_F(LivenessBreaksTest, without_a_break_what_is_remembered_stays) { EXPECT_EQ(questions_after_a_change(), 0); }

TEST_F(LivenessBreaksTest, a_break_before_the_changes_are_read_makes_everything_be_asked_anew_once) {
    ++changes->broken;
    EXPECT_EQ(questions_after_a_change(), 1);
    EXPECT_EQ(questions_after_a_change(), 0);
}

// The changes may be those of the server before the break or of the one behind it: nobody can tell.
TEST_F(LivenessBreaksTest, a_break_while_the_changes_are_read_counts_for_this_reading_and_for_the_next) {
    changes->while_reading = [&] { ++changes->broken; };
    EXPECT_EQ(questions_after_a_change(), 1) << "they may be another server's";
    EXPECT_EQ(questions_after_a_change(), 1) << "they may be those of the server that is gone";
    EXPECT_EQ(questions_after_a_change(), 0);
}

// Tokens without a session that are older than a restore stay over.
TEST_F(LivenessBreaksTest, a_break_does_not_make_a_restore_be_forgotten) {
    ASSERT_TRUE(store::end_what_was(url, {}, clock.now()).ok());
    liveness.follow();
    ASSERT_EQ(liveness.restored_at(), clock.now());
    ASSERT_TRUE(end(log_in("ann")));
    liveness.follow();
    EXPECT_EQ(liveness.restored_at(), clock.now()) << "the next changes do not say it again";
    ++changes->broken;
    ASSERT_TRUE(end(log_in("ann")));
    liveness.follow();
    EXPECT_EQ(liveness.restored_at(), clock.now()) << "the changes are not trusted, and the restore was";
}

// What is thrown while everything is forgotten leaves the break to the next reader.
TEST_F(LivenessBreaksTest, a_break_that_could_not_be_followed_is_followed_by_the_next_reader) {
    bool is_broken = true;
    int changed = 0;
    liveness.on_keys_changed([&] {
        if (is_broken) throw Unavailable("the keys");
        ++changed;
    });
    ++changes->broken;
    ASSERT_TRUE(end(log_in("ann")));
    EXPECT_THROW(liveness.follow(), Unavailable);
    is_broken = false;
    liveness.follow();
    EXPECT_EQ(changed, 1);
}

TEST_F(LivenessBreaksTest, changes_that_could_not_be_read_are_not_taken_for_seen) {
    ASSERT_TRUE(end(known));
    changes->is_down = true;
    for (int i = 0; i < 3; ++i) {
        EXPECT_THROW((void)liveness.find_session(known), Unavailable);
        EXPECT_THROW(liveness.follow(), Unavailable);
        EXPECT_FALSE(liveness.recall_session(known)) << "memory is as old as the changes that it has seen";
    }
    changes->is_down = false;
    EXPECT_FALSE(liveness.find_session(known)) << "what ended meanwhile has ended";
}

TEST_F(LivenessBreaksTest, who_may_not_wait_takes_them_for_seen_no_more_than_others) {
    ASSERT_TRUE(end(known));
    changes->is_down = true;
    liveness.follow_if_quick();
    EXPECT_FALSE(liveness.recall_session(known));
    EXPECT_THROW((void)liveness.find_session(known), Unavailable);
    changes->is_down = false;
    EXPECT_FALSE(liveness.find_session(known));
}

}  // namespace keyhold::domain
