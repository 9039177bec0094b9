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
#include "domain/sessions.hpp"
#include "domain/throttle.hpp"
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

class CountingRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override;

private:
    std::atomic<std::uint64_t> next_ = 0;
};

// A UUID that belongs to the name: 48 bits of FNV-1a.
std::string id_of(std::string_view name);

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
    FixedClock clock{Time(std::chrono::seconds(1'800'000'000))};
    CountingRandom random;
    FakeHasher hasher;
    std::vector<std::string> lockouts;  // what the log was told
    Throttle throttle{stores, clock, random, {}, [this](const Throttle::Lockout& lockout) {
                          lockouts.push_back(std::string(lockout.of_address ? "address" : lockout.account_id) + " " +
                                             std::to_string(lockout.failures) + " " +
                                             std::to_string(lockout.lasts.count()));
                      }};
    std::vector<std::string> stolen;  // the sessions whose refresh token came twice
    Sessions sessions{stores, clock, random, {}, [this](const Session& session) { stolen.push_back(session.id); }};
};

}  // namespace keyhold::domain
