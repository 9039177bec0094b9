// SPDX-License-Identifier: Apache-2.0
// What the tests of the domain stand on: a real SQLite file, a clock that stands still, a hasher that is quick.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "crypto/password.hpp"
#include "domain/passwords/throttle.hpp"
#include "domain/sessions/sessions.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

// "fake$password", or "weak$password" for one that should be rehashed. Counts what would have taken long.
class FakeHasher final : public crypto::PasswordHasher {
public:
    std::string hash(std::string_view password) override;
    bool verify(std::string_view password, std::string_view stored) override;
    void verify_nothing(std::string_view password, std::uint64_t draw) override;
    void expect(crypto::StoredCosts costs) override { expected = std::move(costs); }
    // "$2b$NN$..." is work of that cost; "none$..." nothing that anybody can read.
    std::optional<crypto::Work> work_of(std::string_view stored) const override;
    std::string why_refused(std::string_view) override { return {}; }
    bool needs_rehash(std::string_view stored) const override;
    std::atomic<int> computed = 0;
    std::vector<std::uint64_t> draws;  // what verify_nothing() was given
    crypto::StoredCosts expected;
    std::function<void()> on_hash;  // what happens elsewhere meanwhile
    std::function<void(std::string_view password)> on_verify;
};

// The same bytes in each run, but not the same twice in one. Any thread.
class CountingRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override;

private:
    std::atomic<std::uint64_t> next_ = 0;
};

// A UUID that belongs to the name: 48 bits of FNV-1a.
// So a test can name an account's id without a look at the store.
std::string id_of(std::string_view name);

// Each test has a folder and a database of its own. A write waits 50 ms for who holds lock_database(), so a test of
// that takes no longer.
class DomainTest : public testing::Test {
protected:
    DomainTest();
    ~DomainTest() override;
    // Straight into the store, with the id id_of(name).
    void put(const std::string& name, const std::string& hash);
    // Nobody else can write until the result is gone.
    std::shared_ptr<void> lock_database() const;

private:
    std::filesystem::path folder_;

protected:
    std::string url;
    store::Stores stores;
    store::AccountStore* store = nullptr;  // stores.accounts
    // 15 January 2027, 08:00 UTC: a whole second, so that times which a store rounds compare equal.
    FixedClock clock{Time(std::chrono::seconds(1'800'000'000))};
    CountingRandom random;
    FakeHasher hasher;
    std::vector<std::string> lockouts;  // what the log was told
    // With the settings by default.
    Throttle throttle{stores, clock, random, {}, [this](const Throttle::Lockout& lockout) {
                          lockouts.push_back(std::string(lockout.of_address ? "address" : lockout.account_id) + " " +
                                             std::to_string(lockout.failures) + " " +
                                             std::to_string(lockout.lasts.count()));
                      }};
    std::vector<std::string> stolen;  // the sessions whose refresh token came twice
    Sessions sessions{stores, clock, random, {}, [this](const Session& session) { stolen.push_back(session.id); }};
};

}  // namespace keyhold::domain
