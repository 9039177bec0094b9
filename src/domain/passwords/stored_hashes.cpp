// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/stored_hashes.hpp"

#include <utility>

namespace keyhold::domain {

namespace {

constexpr int page_size = 1'000;

// Nobody's application has so many, and whoever can write rows of the database shall not fill our memory.
constexpr std::size_t most_kinds = 1'000;

}  // namespace

void StoredHashes::look(int pages) {
    bool is_whole = false;
    while (pages-- > 0 && !is_whole) {
        const store::AccountPage page = store_.list(after_, page_size);
        for (const store::Account& account : page.accounts) {
            const auto work = hasher_.work_of(account.password_hash);
            if (work && hasher_.needs_rehash(account.password_hash)) ++weak_;
            if (!work || (counted_.size() == most_kinds && !counted_.contains(*work))) continue;
            ++counted_[*work];
            ++accounts_;
        }
        after_ = page.next;
        is_whole = after_.empty();
    }
    // While a round is under way, the round before it is better known, unless this one has counted more accounts
    // already, as in the first round.
    if (is_whole || accounts_ > accounts_before_) hasher_.expect(crypto::StoredCosts(counted_));
    if (!is_whole) return;
    accounts_before_ = std::exchange(accounts_, 0);
    weak_before_ = std::exchange(weak_, 0);
    counted_.clear();
}

std::optional<std::int64_t> StoredHashes::count_of_weak() const {
    const std::int64_t count = weak_before_;
    return count == unknown ? std::nullopt : std::optional(count);
}

}  // namespace keyhold::domain
