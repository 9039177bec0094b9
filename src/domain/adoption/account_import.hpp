// SPDX-License-Identifier: Apache-2.0
// Taking in many accounts: gathered and put into the order of their names, so that the pages of the index of names are
// touched one after the other; then written batch by batch, each whole or not at all, so that what was broken off goes
// on where it was.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/adoption/account_record.hpp"
#include "store/accounts/account_store.hpp"

namespace keyhold::domain {

// One thread at a time. `clock`, `random`, `speeds` and what the pointers refer to must outlive it.
class AccountImport {
public:
    // Hears of each record that is refused: its line (or row), and a reason without the name and the hash.
    using Refused = std::function<void(std::int64_t line, std::string_view reason)>;

    // `store` and `roles` may be null when only looking: then there is no database yet. `batch_done` is called after
    // each batch.
    // `speeds` says how long a hash of each format and cost takes here, so that one that takes too long is refused.
    AccountImport(store::AccountStore* store, Roles* roles, store::Importing importing, const Clock& clock,
                  Random& random, crypto::HashSpeeds& speeds, Refused refused, std::function<void()> batch_done);

    // Throws Unavailable now and then: when enough are gathered.
    void add(std::int64_t line, const Record& record);
    void refuse(std::int64_t line, std::string_view reason);
    // The last ones. Nothing is taken in for certain before this returns.
    void finish();

    struct Counts {
        std::int64_t added = 0, present = 0, refused = 0;
        std::int64_t all() const { return added + present + refused; }
    };
    // Of the batches that were written. After an exception they say how far it came.
    const Counts& counts() const { return counts_; }
    // Those that wait for their batch.
    std::size_t gathered() const { return gathered_.size(); }

private:
    struct Gathered {
        std::int64_t line;
        store::ImportedAccount imported;
    };
    // Of what is gathered: the order, and ids for those that came without one.
    void put_in_order();
    // The next `count` of them, in one transaction.
    void take_in(std::size_t count);
    void count(std::int64_t line, store::Imported outcome);

    bool may_have(std::int64_t line, const std::vector<std::string>& roles);  // or it is refused

    store::AccountStore* const store_;
    Roles* const roles_;
    const store::Importing importing_;
    const Clock& clock_;
    Random& random_;
    crypto::HashSpeeds& speeds_;
    const Refused refused_;
    const std::function<void()> batch_done_;
    Counts counts_;
    std::vector<Gathered> gathered_;  // the last one is the next one to be taken in
    // Digests of names and of their password hashes: when only looking, nobody else notices a name that comes twice.
    std::unordered_map<std::size_t, std::size_t> seen_;
    std::map<std::vector<std::string>, Result<>> of_roles_;  // whether anybody may have these together
};

}  // namespace keyhold::domain
