// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/throttle.hpp"

#include <atomic>
#include <thread>

#include "domain/accounts/accounts.hpp"
#include "domain/errors.hpp"
#include "fixture.hpp"

namespace keyhold::domain {

namespace {

using std::chrono::seconds;

Secret secret(std::string_view text) { return Secret(text); }

class ThrottleTest : public DomainTest {
protected:
    ThrottleTest() { put("bob", "fake$right"); }

    // "ok", "wrong", or "wait N" with the seconds of Retry-After.
    std::string try_as(std::string_view name, std::string_view password, const Origin& origin = {}) {
        return said(accounts.authenticate(name, secret(password), origin));
    }
    static std::string said(const auto& result) {
        if (result) return "ok";
        if (result.error().errc() != errors::too_many_attempts) return "wrong";
        return "wait " + std::to_string(result.error().quota()->retry_in.count());
    }
    void fail(std::string_view name, int times, const Origin& origin = {}) {
        for (int i = 0; i < times; ++i) EXPECT_EQ(try_as(name, "no", origin), "wrong") << i;
    }
    // As another process or node would have it.
    std::unique_ptr<Throttle> with(const ThrottleRules& rules) {
        return std::make_unique<Throttle>(stores, clock, random, rules, [](auto&) {});
    }
    // The token of a device that has just logged in.
    std::string known_device(std::string_view name, std::string_view shown = {}) {
        const auto account = store->find_by_name_key(name).value();
        auto device = throttle.device_token(account, shown);
        EXPECT_TRUE(sessions.start(account, {}, device.id).ok());
        return std::string(device.token.reveal());
    }
    std::string made_for(std::string_view name, std::string_view shown) {
        store::Account account;
        account.id = id_of(name);
        account.name_key = name;
        return std::string(throttle.device_token(account, shown).token.reveal());
    }

    Accounts accounts{*store, hasher, throttle, clock, random, PasswordRules{}};
};

}  // namespace

TEST_F(ThrottleTest, ten_failures_are_free_and_then_the_right_password_waits_too) {
    fail("bob", 10);
    const int computed = hasher.computed;
    EXPECT_EQ(try_as("bob", "no"), "wait 30");
    EXPECT_EQ(try_as("bob", "right"), "wait 30");
    EXPECT_EQ(hasher.computed, computed) << "who waits costs no hash";
    clock.advance(seconds(29));
    EXPECT_EQ(try_as("bob", "right"), "wait 1");
    clock.advance(seconds(1));
    EXPECT_EQ(try_as("bob", "right"), "ok");
}

TEST_F(ThrottleTest, each_further_failure_doubles_the_wait_up_to_a_quarter_of_an_hour) {
    fail("bob", 10);
    for (const int wait : {30, 60, 120, 240, 480, 900, 900}) {
        EXPECT_EQ(try_as("bob", "no"), "wait " + std::to_string(wait));
        clock.advance(seconds(wait));
        fail("bob", 1);
    }
}

TEST_F(ThrottleTest, an_unknown_or_impossible_name_waits_as_a_known_one_does) {
    put("gone", "fake$right");
    ASSERT_TRUE(accounts.set_disabled("gone", true).ok());
    for (const char* name : {"bob", "nobody", "gone", "", "a\nb", "\xff"}) {
        fail(name, 10);
        EXPECT_EQ(try_as(name, "right"), "wait 30") << name;
    }
    const auto known = accounts.authenticate("bob", secret("x"), {}),
               unknown = accounts.authenticate("nobody", secret("x"), {});
    EXPECT_EQ(known.error().detail(), unknown.error().detail());
    EXPECT_EQ(known.error().quota()->policy, unknown.error().quota()->policy);
}

TEST_F(ThrottleTest, every_spelling_of_a_name_is_one_counter) {
    put("zoë", "fake$right");
    for (const char* name : {"zoë", "Zoë", "ZOË", "zoe\u0308", "\uff3aoë"}) fail(name, 2);
    for (const char* name : {"zoë", "ZOE\u0308"}) EXPECT_EQ(try_as(name, "right"), "wait 30") << name;
    EXPECT_EQ(try_as("zoe", "no"), "wrong") << "somebody else";
}

TEST_F(ThrottleTest, the_failures_are_in_the_database) {
    fail("bob", 10);
    const auto restarted = with({});
    Accounts after{*store, hasher, *restarted, clock, random, PasswordRules{}};
    EXPECT_EQ(said(after.authenticate("bob", secret("right"), {})), "wait 30");
}

TEST_F(ThrottleTest, after_a_day_of_quiet_they_are_forgotten) {
    fail("bob", 10);
    clock.advance(seconds(86'399));
    EXPECT_EQ(throttle.look("bob").failures, 10);
    clock.advance(seconds(1));
    EXPECT_EQ(throttle.look("bob").failures, 0);
    fail("bob", 10);
    EXPECT_EQ(try_as("bob", "right"), "wait 30");
}

TEST_F(ThrottleTest, a_right_password_makes_up_for_failures_from_its_own_address_alone) {
    const Origin home{.address = "192.0.2.1"}, elsewhere{.address = "192.0.2.2"};
    fail("bob", 9, home);
    EXPECT_EQ(try_as("bob", "right", elsewhere), "ok");
    EXPECT_EQ(throttle.look("bob").failures, 9);
    EXPECT_EQ(try_as("bob", "right", home), "ok");
    EXPECT_EQ(throttle.look("bob").failures, 0);
    fail("bob", 1, elsewhere);
    fail("bob", 8, home);
    EXPECT_EQ(try_as("bob", "right", home), "ok");
    EXPECT_EQ(throttle.look("bob").failures, 9) << "a guesser does not get new tries from each log-in of the owner";
}

TEST_F(ThrottleTest, two_hundred_at_once_learn_no_more_than_two_hundred_in_a_row) {
    std::atomic<int> wrong = 0, waits = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 25; ++n) {
                auto attempt = throttle.begin("nobody", nullptr, {});
                (attempt && throttle.failed(std::move(attempt).value(), "") ? wrong : waits)++;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 10);
    EXPECT_EQ(waits, 190);
    EXPECT_EQ(throttle.look("nobody").failures, 10);
}

TEST_F(ThrottleTest, what_was_hashed_before_the_lock_and_settled_after_it_is_not_told_right_or_wrong) {
    const auto elsewhere = with({});
    auto right = throttle.begin("bob", nullptr, {}), wrong = elsewhere->begin("bob", nullptr, {});
    ASSERT_TRUE(right && wrong);
    const auto third = with({});
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(said(third->failed(third->begin("bob", nullptr, {}).value(), "")), "ok") << "counted";
    EXPECT_EQ(said(throttle.succeeded(std::move(right).value())), "wait 30");
    EXPECT_EQ(said(elsewhere->failed(std::move(wrong).value(), "")), "wait 30");
    EXPECT_EQ(throttle.look("bob").failures, 10);
}

TEST_F(ThrottleTest, any_number_of_right_passwords_at_once_is_let_in) {
    std::vector<Throttle::Attempt> attempts;
    for (int i = 0; i < 200; ++i) attempts.push_back(throttle.begin("bob", nullptr, {}).value());
    for (auto& attempt : attempts) EXPECT_EQ(said(throttle.succeeded(std::move(attempt))), "ok");
}

// Where somebody else's failures stand, a right password changes the row, so that no other node settles by what it read
// before.
TEST_F(ThrottleTest, a_right_password_is_settled_by_the_same_conditional_step_as_a_wrong_one) {
    fail("bob", 1, {.address = "192.0.2.1"});
    const auto subject = [this] { return stores.throttle->find(throttle.subject_of("bob")); };
    const auto before = subject();
    ASSERT_TRUE(before);
    EXPECT_EQ(try_as("bob", "right", {.address = "192.0.2.2"}), "ok");
    EXPECT_EQ(subject()->count, before->count);
    EXPECT_FALSE(stores.throttle->replace(throttle.subject_of("bob"), before, std::nullopt));
}

TEST_F(ThrottleTest, a_device_that_has_logged_in_is_not_locked_out_by_strangers) {
    const std::string token = known_device("bob");
    const Origin phone{.address = "192.0.2.1", .device_token = token};
    fail("bob", 10, {.address = "192.0.2.1"});
    EXPECT_EQ(try_as("bob", "right"), "wait 30");
    EXPECT_EQ(try_as("bob", "right", phone), "ok");
    EXPECT_EQ(try_as("bob", "right"), "wait 30") << "which gives strangers nothing, even at the same address";
    fail("bob", 10, phone);
    EXPECT_EQ(try_as("bob", "right", phone), "wait 30") << "it has an allowance, not a licence";
    const std::string other = known_device("bob");
    EXPECT_EQ(try_as("bob", "right", {.device_token = other}), "ok");
}

TEST_F(ThrottleTest, what_a_device_gets_wrong_is_counted_for_strangers_too) {
    const std::string token = known_device("bob");
    fail("bob", 4, {.device_token = token});
    fail("bob", 6);
    EXPECT_EQ(try_as("bob", "right"), "wait 30");
    EXPECT_EQ(try_as("bob", "right", {.device_token = token}), "ok");
}

TEST_F(ThrottleTest, a_device_token_is_good_for_its_account_alone_and_cannot_be_invented) {
    const std::string token = known_device("bob");
    EXPECT_EQ(made_for("bob", token), token) << "a good one stays";
    EXPECT_NE(made_for("eve", token), token);
    EXPECT_EQ(with({})->device_token(store->find_by_name_key("bob").value(), token).token.reveal(), token)
        << "after a restart too";
    fail("bob", 10);
    fail("eve", 10);
    EXPECT_EQ(try_as("eve", "no", {.device_token = token}), "wait 30");
    const std::string never_used = made_for("bob", "");
    EXPECT_EQ(try_as("bob", "right", {.device_token = never_used}), "wait 30") << "it proved nothing";
    std::string changed(token);
    for (std::size_t i = 0; i < changed.size(); ++i) {
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(try_as("bob", "right", {.device_token = changed}), "wait 30") << i;
        changed[i] = token[i];
    }
    for (const char* invented : {"", "khd_", "khd_AAAA", "x"})
        EXPECT_EQ(try_as("bob", "right", {.device_token = invented}), "wait 30") << invented;
    EXPECT_EQ(try_as("bob", "right", {.device_token = token}), "ok");
}

TEST_F(ThrottleTest, who_has_the_name_later_is_not_the_account_whose_device_it_was) {
    const std::string token = known_device("bob");
    ASSERT_TRUE(accounts.remove("bob").ok());
    ASSERT_TRUE(accounts.create("bob", secret("of somebody else")).ok());
    fail("bob", 10);
    EXPECT_EQ(try_as("bob", "no", {.device_token = token}), "wait 30");
}

TEST_F(ThrottleTest, an_account_knows_the_ten_devices_that_logged_in_last) {
    std::vector<std::string> tokens;
    for (int i = 0; i < 10; ++i) tokens.push_back(known_device("bob"));
    EXPECT_EQ(known_device("bob", tokens[0]), tokens[0]) << "it is the newest now";
    tokens.push_back(known_device("bob"));
    fail("bob", 10);
    for (std::size_t i = 0; i < tokens.size(); ++i)
        EXPECT_EQ(try_as("bob", "right", {.device_token = tokens[i]}), i == 1 ? "wait 30" : "ok") << i;
}

TEST_F(ThrottleTest, a_new_password_leaves_the_device_that_asked_for_it_and_those_that_prove_it) {
    const std::string desk = known_device("bob"), phone = known_device("bob");
    ASSERT_TRUE(accounts.change_password("bob", secret("right"), secret("a better one"), {.device_token = desk}).ok());
    fail("bob", 10);
    EXPECT_EQ(try_as("bob", "a better one", {.device_token = phone}), "wait 30");
    EXPECT_EQ(try_as("bob", "a better one", {.device_token = desk}), "ok");
    EXPECT_EQ(known_device("bob", phone), phone) << "it has proved the new one";
    EXPECT_EQ(try_as("bob", "a better one", {.device_token = phone}), "ok");
    ASSERT_TRUE(accounts.set_password("bob", secret("by an operator")).ok());
    EXPECT_EQ(try_as("bob", "by an operator", {.device_token = desk}), "wait 30");
}

TEST_F(ThrottleTest, a_device_that_is_not_known_does_not_become_so_by_changing_the_password) {
    const std::string invented = made_for("bob", "");
    ASSERT_TRUE(
        accounts.change_password("bob", secret("right"), secret("a better one"), {.device_token = invented}).ok());
    fail("bob", 10);
    EXPECT_EQ(try_as("bob", "a better one", {.device_token = invented}), "wait 30");
}

TEST_F(ThrottleTest, whether_a_device_is_known_is_said_from_memory) {
    const std::string token = made_for("bob", "");
    EXPECT_TRUE(throttle.is_known_device("bob", token));
    EXPECT_FALSE(throttle.is_known_device("eve", token));
    for (const char* invented : {"", "khd_", "khd_AAAA", "x"})
        EXPECT_FALSE(throttle.is_known_device("bob", invented)) << invented;
    const auto restarted = with({});
    EXPECT_FALSE(restarted->is_known_device("bob", token)) << "the key is still in the database alone";
    restarted->device_in(id_of("bob"), token);
    EXPECT_TRUE(restarted->is_known_device("bob", token));
}

TEST_F(ThrottleTest, a_live_session_has_an_allowance_of_its_own) {
    fail("bob", 10);
    const Origin session{.session_id = "0189"};
    fail("bob", 10, session);
    EXPECT_EQ(try_as("bob", "right", session), "wait 30");
    EXPECT_EQ(try_as("bob", "right", {.session_id = "0190"}), "ok");
}

TEST_F(ThrottleTest, unlocking_starts_anew_for_devices_too) {
    const std::string token = known_device("bob");
    fail("bob", 10, {.device_token = token});
    EXPECT_EQ(accounts.guesses_at(*store->find_by_name_key("bob")).locked_until, clock.now() + seconds(30));
    ASSERT_TRUE(accounts.unlock("BOB").ok());
    EXPECT_EQ(accounts.guesses_at(*store->find_by_name_key("bob")).failures, 0);
    EXPECT_EQ(try_as("bob", "right"), "ok");
    EXPECT_EQ(try_as("bob", "right", {.device_token = token}), "ok");
    EXPECT_EQ(accounts.unlock("nobody").error().errc(), errors::account_not_found);
}

TEST_F(ThrottleTest, the_log_hears_of_each_lock_once_and_of_no_name) {
    fail("bob", 10);
    EXPECT_EQ(try_as("bob", "no"), "wait 30");
    fail("my-secret", 10);
    clock.advance(seconds(30));
    fail("bob", 1);
    EXPECT_EQ(lockouts, (std::vector<std::string>{id_of("bob") + " 10 30", " 10 30", id_of("bob") + " 11 60"}));
}

TEST_F(ThrottleTest, no_name_is_in_the_database) {
    fail("my-secret", 1);
    EXPECT_FALSE(stores.throttle->find("my-secret"));
    EXPECT_EQ(throttle.look("my-secret").failures, 1);
}

TEST_F(ThrottleTest, an_address_has_so_many_failures_whatever_the_names) {
    const auto strict = with({.address_failures = 3, .address_per_minute = 6});
    Accounts there{*store, hasher, *strict, clock, random, PasswordRules{}};
    const auto attempt = [&](std::string_view name, std::string_view password, const Origin& origin) {
        return said(there.authenticate(name, secret(password), origin));
    };
    const Origin here{.address = "192.0.2.1"};
    for (const char* name : {"ann", "ben", "eve"}) EXPECT_EQ(attempt(name, "no", here), "wrong");
    EXPECT_EQ(attempt("bob", "right", here), "wait 10");
    EXPECT_EQ(attempt("bob", "right", {.address = "192.0.2.2"}), "ok");
    const std::string token = known_device("bob");
    EXPECT_EQ(attempt("bob", "right", {.address = "192.0.2.1", .device_token = token}), "ok");
    clock.advance(seconds(10));
    EXPECT_EQ(attempt("bob", "right", here), "ok") << "a success takes none";
    EXPECT_EQ(attempt("fay", "no", here), "wrong");
    EXPECT_EQ(attempt("fay", "no", here), "wait 10");
    clock.advance(seconds(30));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(attempt("gus", "no", here), "wrong");
    EXPECT_EQ(attempt("gus", "no", here), "wait 10");
}

// All of them were let through before the first was hashed.
TEST_F(ThrottleTest, attempts_that_began_together_share_the_allowance_of_their_address) {
    const auto strict = with({.free_failures = 0, .address_failures = 2, .address_per_minute = 6});
    const Origin here{.address = "192.0.2.1"};
    std::vector<Throttle::Attempt> begun;
    for (int i = 0; i < 4; ++i) begun.push_back(strict->begin("bob", nullptr, here).value());
    EXPECT_TRUE(strict->failed(std::move(begun[0]), "").ok());
    EXPECT_TRUE(strict->failed(std::move(begun[1]), "").ok());
    const auto wrong = strict->failed(std::move(begun[2]), ""), right = strict->succeeded(std::move(begun[3]));
    ASSERT_FALSE(wrong.ok() || right.ok()) << "neither learns whether it was right";
    EXPECT_EQ(wrong.error().quota()->retry_in, seconds(10));
    EXPECT_EQ(right.error().quota()->retry_in, seconds(10));
}

TEST_F(ThrottleTest, of_ipv6_a_whole_64_is_one_address) {
    const auto strict = with({.address_failures = 2, .address_per_minute = 6});
    Accounts there{*store, hasher, *strict, clock, random, PasswordRules{}};
    const auto attempt = [&](std::string_view address) {
        return said(there.authenticate("nobody" + std::string(address), secret("no"), {.address = address}));
    };
    EXPECT_EQ(attempt("2001:db8::1"), "wrong");
    EXPECT_EQ(attempt("2001:db8::ffff:0:0:2"), "wrong");
    EXPECT_EQ(attempt("2001:db8:0:0:1::"), "wait 10");
    EXPECT_EQ(attempt("2001:db8:0:1::1"), "wrong");
    EXPECT_EQ(attempt("192.0.2.1"), "wrong");
    EXPECT_EQ(attempt("::ffff:192.0.2.1"), "wrong");
    EXPECT_EQ(attempt("192.0.2.1"), "wait 10");
    EXPECT_EQ(attempt("192.0.2.2"), "wrong");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(attempt(""), "wrong") << "nobody's";
}

// A day: what a clock without a battery, or a hand, gets wrong.
TEST_F(ThrottleTest, a_clock_that_is_set_back_locks_nobody_for_longer_than_the_rules_do) {
    fail("bob", 10);
    clock.advance(-seconds(86'400));
    EXPECT_EQ(try_as("bob", "right"), "wait 900");
    clock.advance(seconds(899));
    EXPECT_EQ(try_as("bob", "right"), "wait 1") << "it goes on from there";
    clock.advance(seconds(1));
    EXPECT_EQ(try_as("bob", "right"), "ok");
}

TEST_F(ThrottleTest, after_a_clock_was_set_back_failures_are_forgotten_after_a_day_all_the_same) {
    fail("bob", 9);
    clock.advance(-seconds(10 * 86'400));
    fail("bob", 1);
    EXPECT_EQ(try_as("bob", "no"), "wait 30");
    clock.advance(seconds(86'400));
    EXPECT_EQ(throttle.look("bob").failures, 0);
}

TEST_F(ThrottleTest, an_address_is_not_kept_out_by_a_clock_that_is_set_back) {
    const auto strict = with({.address_failures = 2, .address_per_minute = 10});
    const Origin origin{.address = "192.0.2.7"};
    for (int i = 0; i < 2; ++i) {
        auto attempt = strict->begin("somebody", nullptr, origin);
        ASSERT_TRUE(attempt.ok());
        (void)strict->failed(std::move(attempt).value(), "");
    }
    ASSERT_FALSE(strict->begin("somebody", nullptr, origin).ok());
    clock.advance(-seconds(86'400));
    const auto refused = strict->begin("somebody", nullptr, origin);
    ASSERT_FALSE(refused.ok());
    EXPECT_LE(refused.error().quota()->retry_in, seconds(6)) << "one comes back in six seconds";
}

TEST_F(ThrottleTest, a_limit_of_zero_is_none) {
    const auto lax = with({.free_failures = 0, .address_failures = 0});
    Accounts there{*store, hasher, *lax, clock, random, PasswordRules{}};
    for (int i = 0; i < 30; ++i)
        EXPECT_EQ(said(there.authenticate("bob", secret("no"), {.address = "192.0.2.1"})), "wrong");
    EXPECT_EQ(said(there.authenticate("bob", secret("right"), {.address = "192.0.2.1"})), "ok");
}

}  // namespace keyhold::domain
