// SPDX-License-Identifier: Apache-2.0
// What administrators ask of a database about accounts: searching them, and never losing the last of themselves. Every
// function may throw Unavailable and may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/account_store.hpp"

namespace keyhold::store {

class AdministrationStore {
public:
    explicit AdministrationStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    enum class By : std::uint8_t { name, address };
    struct Search {
        By by = By::name;
        std::string_view prefix;  // of the key; empty: everybody who has one
        std::string_view after;   // the page before's `next`; empty: from the beginning
        int limit = 100;          // 1 to 1000
    };
    // In the order of the keys, by an index: a page costs the same wherever it is.
    AccountPage search(const Search& search);

    // Disables the account and ends its sessions, unless nobody else who is not disabled would have `role`. Refused:
    // account_not_found, last_administrator.
    Result<> disable(std::string_view id, std::string_view role, std::string_view reason, Time now);

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
