// SPDX-License-Identifier: Apache-2.0
#include "domain/stored_hashes.hpp"

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
            if (!work || (counted_.size() == most_kinds && !counted_.contains(*work))) continue;
            ++counted_[*work];
            ++accounts_;
        }
        after_ = page.next;
        is_whole = after_.empty();
    }
    if (is_whole || accounts_ > accounts_before_) hasher_.expect(crypto::StoredCosts(counted_));
    if (!is_whole) return;
    accounts_before_ = std::exchange(accounts_, 0);
    counted_.clear();
}

}  // namespace keyhold::domain
