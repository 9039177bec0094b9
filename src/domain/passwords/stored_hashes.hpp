// SPDX-License-Identifier: Apache-2.0
// Goes through the stored hashes, some at a time, so that names that nobody has cost what stored ones do
// (docs/decisions/0060-what-a-log-in-costs.md), and so that one knows how many are weaker than new ones.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "crypto/password.hpp"
#include "store/accounts/account_store.hpp"

namespace keyhold::domain {

// One thread at a time; count_of_weak() from any.
class StoredHashes {
public:
    StoredHashes(store::AccountStore& store, crypto::PasswordHasher& hasher) : store_(store), hasher_(hasher) {}

    // Looks at up to 1,000 accounts (about 2 ms) `pages` times, on from where it was, and tells the hasher what it
    // knows: the costs of the last whole round, or of this one as far as it came while that is more.
    void look(int pages);

    // How many a log-in would hash anew, as the last whole round found them; empty before its end.
    std::optional<std::int64_t> count_of_weak() const;

private:
    store::AccountStore& store_;
    crypto::PasswordHasher& hasher_;
    std::string after_;  // the name that the round has come to
    std::map<crypto::Work, std::uint64_t> counted_;
    std::uint64_t accounts_ = 0, accounts_before_ = 0;  // of this round, of the one before
    std::int64_t weak_ = 0;
    static constexpr std::int64_t unknown = -1;
    std::atomic<std::int64_t> weak_before_ = unknown;
};

}  // namespace keyhold::domain
