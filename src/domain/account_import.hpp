// Taking in many accounts: batch by batch, each whole or not at all, so that what was broken off goes on where it was.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "domain/account_record.hpp"
#include "store/account_store.hpp"

namespace keyhold::domain {

class AccountImport {
public:
    // Hears of each record that is refused: its line (or row), and a reason without the name and the hash.
    using Refused = std::function<void(std::int64_t line, std::string_view reason)>;

    // `store` may be null when only looking: then there is no database yet.
    AccountImport(store::AccountStore* store, store::Importing importing, const Clock& clock, Random& random,
                  Refused refused);

    // Throws Unavailable now and then: when a batch is full.
    void add(std::int64_t line, const Record& record);
    void refuse(std::int64_t line, std::string_view reason);
    // The last batch. Nothing is taken in for certain before this returns.
    void finish();

    struct Counts {
        std::int64_t added = 0, present = 0, refused = 0;
        std::int64_t all() const { return added + present + refused; }
    };
    const Counts& counts() const { return counts_; }

private:
    void take_in();

    store::AccountStore* const store_;
    const store::Importing importing_;
    const Clock& clock_;
    Random& random_;
    const Refused refused_;
    Counts counts_;
    std::vector<store::Newcomer> batch_;
    std::vector<std::int64_t> lines_;
    // Digests of names and of their password hashes: when only looking, nobody else notices a name that comes twice.
    std::unordered_map<std::size_t, std::size_t> seen_;
};

}  // namespace keyhold::domain
