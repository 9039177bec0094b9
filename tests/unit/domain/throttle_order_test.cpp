// SPDX-License-Identifier: Apache-2.0
// In which order attempts at one account are settled (docs/decisions/0056-turns.md).
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <set>

#include "base/exceptions.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/errors.hpp"
#include "domain/passwords/throttle.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

namespace {

// "ok", "wrong", or "wait N" with the seconds of Retry-After.
std::string said(const auto& result) {
    if (result) return "ok";
    if (result.error().errc() != errors::too_many_attempts) return "wrong";
    return "wait " + std::to_string(result.error().quota()->retry_in.count());
}

// Whether it is over after so long. Where it must not be over it cannot be, however slow the machine is.
bool is_over(const std::future<std::string>& attempt) {
    return attempt.wait_for(std::chrono::milliseconds(100)) == std::future_status::ready;
}

// Two attempts at bob, of which one begins first and whose hashes end when the test says so. The threshold is 1: who is
// settled second finds the account locked.
class ThrottleOrderTest : public DomainTest {
protected:
    ThrottleOrderTest() {
        put("bob", "fake$right");
        hasher.on_verify = [this](std::string_view password) {
            std::unique_lock lock(mutex_);
            hashing_.insert(std::string(password));
            changed_.notify_all();
            changed_.wait(lock, [&] { return hashed_.contains(password); });
        };
    }
    // Returns when it is being hashed.
    std::future<std::string> begin(const std::string& password, const Origin& origin = {}) {
        auto attempt = std::async(std::launch::async, [=, this] {
            return said(accounts.authenticate("bob", Secret(std::string_view(password)), origin));
        });
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return hashing_.contains(password); });
        return attempt;
    }
    void end_hash(const std::string& password) {
        const std::lock_guard lock(mutex_);
        hashed_.insert(password);
        changed_.notify_all();
    }
    Throttle strict{stores, clock, random, {.free_failures = 1}, [](auto&) {}};
    Accounts accounts{*store, hasher, strict, clock, random, PasswordRules{}};

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::string, std::less<>> hashing_, hashed_;
};

}  // namespace

TEST_F(ThrottleOrderTest, a_right_password_whose_hash_ends_first_does_not_overtake_a_wrong_one_that_began_before) {
    auto wrong = begin("no"), right = begin("right");
    end_hash("right");
    EXPECT_FALSE(is_over(right));
    end_hash("no");
    EXPECT_EQ(wrong.get(), "wrong");
    EXPECT_EQ(right.get(), "wait 30");
}

TEST_F(ThrottleOrderTest, a_wrong_password_whose_hash_ends_first_does_not_overtake_a_right_one_that_began_before) {
    auto right = begin("right"), wrong = begin("no");
    end_hash("no");
    EXPECT_FALSE(is_over(wrong));
    end_hash("right");
    EXPECT_EQ(right.get(), "ok");
    EXPECT_EQ(wrong.get(), "wrong");
}

TEST_F(ThrottleOrderTest, an_attempt_whose_client_has_gone_keeps_nobody_waiting_and_counts_for_nothing) {
    hasher.on_verify = [wait = hasher.on_verify](std::string_view password) {
        wait(password);
        if (password == "gone") throw Abandoned("nobody waits");
    };
    auto gone = begin("gone"), right = begin("right");
    end_hash("right");
    EXPECT_FALSE(is_over(right));
    end_hash("gone");
    EXPECT_THROW(gone.get(), Abandoned);
    EXPECT_EQ(right.get(), "ok");
    EXPECT_EQ(strict.look("bob").failures, 0);
}

TEST_F(ThrottleOrderTest, a_known_device_does_not_wait_for_strangers) {
    const auto device = throttle.device_token(store->find_by_name_key("bob").value(), "");
    ASSERT_TRUE(sessions.start(store->find_by_name_key("bob").value(), {}, device.id).ok());
    const std::string token(device.token.reveal());
    auto stranger = begin("no"), owner = begin("right", {.device_token = token});
    end_hash("right");
    EXPECT_EQ(owner.get(), "ok");
    end_hash("no");
    EXPECT_EQ(stranger.get(), "wrong");
}

TEST_F(ThrottleOrderTest, an_attempt_that_cannot_be_counted_keeps_nobody_waiting) {
    auto wrong = begin("no");
    {
        const auto locked = lock_database();
        end_hash("no");
        EXPECT_THROW(wrong.get(), Unavailable);
    }
    auto right = begin("right");
    end_hash("right");
    EXPECT_EQ(right.get(), "ok");
}

}  // namespace keyhold::domain
