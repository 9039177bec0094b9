// What the tests of the domain stand on: a real SQLite file, a clock that stands still, a hasher that is quick.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "crypto/password.hpp"
#include "store/sql_account_store.hpp"

namespace keyhold::domain {

// "fake$password", or "weak$password" for one that should be rehashed. Counts what would have taken long.
class FakeHasher final : public crypto::PasswordHasher {
public:
    std::string hash(std::string_view password) override;
    bool verify(std::string_view password, std::string_view stored) override;
    void verify_nothing(std::string_view password) override;
    bool needs_rehash(std::string_view stored) const override;
    int computed = 0;
    std::function<void()> on_hash;  // what happens elsewhere meanwhile
};

class CountingRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override;

private:
    unsigned char next_ = 0;
};

class DomainTest : public testing::Test {
protected:
    DomainTest();
    ~DomainTest() override;
    // Straight into the store, with an id of "id-of-<name>".
    void put(const std::string& name, const std::string& hash);
    // Nobody else can write until the result is gone.
    std::shared_ptr<void> lock_database() const;

private:
    std::filesystem::path folder_;

protected:
    std::string url;
    std::unique_ptr<store::AccountStore> store;
    FixedClock clock{Time(std::chrono::seconds(1'800'000'000))};
    CountingRandom random;
    FakeHasher hasher;
};

}  // namespace keyhold::domain
