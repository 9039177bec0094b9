// SPDX-License-Identifier: Apache-2.0
// What administrators ask of a database about accounts: searching them, and never losing the last of themselves. Every
// function may throw Unavailable and may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/accounts/account_store.hpp"

namespace keyhold::store {

class Connection;

// `role` in these functions is that of administrators; which one it is the domain knows.
class AdministrationStore {
public:
    explicit AdministrationStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    enum class By : std::uint8_t { name, address };
    struct Search {
        By by = By::name;
        std::string_view prefix;  // of the key; empty: everybody who has one
        std::string_view after;   // the page before's `next`; empty: from the beginning
        int limit = 100;          // 1 to 1000
        // Of those only some; empty: whatever they are.
        std::optional<bool> disabled = {}, verified = {};
        std::string_view role = {};
    };
    // In the order of the keys, by an index: a page costs the same wherever it is. With filters one may hold fewer than
    // the limit, or nobody, and have a next one: at most 2000 accounts are looked at for it.
    AccountPage search(const Search& search);
    // Whether it is one of those that the filters leave, whatever it is called.
    static bool is_wanted(const Search& search, const Account& account);

    // How many accounts there are. Goes through an index: a few milliseconds for a million.
    std::int64_t count();

    // Both are of the account as it was seen, and of nothing else. Refused: precondition_failed; last_administrator, if
    // nobody else who is not disabled would have `role`. Whoever is disabled loses his sessions.
    Result<> set_disabled(const Account& seen, bool disabled, std::string_view role, std::string_view reason, Time now);
    // With `notices` in the same transaction.
    Result<> remove(const Account& seen, std::string_view role, std::string_view reason, Time now,
                    std::span<const OutboxMail> notices = {});
    // Its owner is out at once, and the account is erased at `erase_at` if he does not come back. Refused likewise.
    struct Closing {
        const Account& seen;
        Time erase_at;
        std::string_view role, reason;
        Time now;
        const OutboxMail* notice = nullptr;
    };
    Result<> close(const Closing& closing);

    // Closed accounts that are to be erased by now, some of them.
    // At most 100 at a time.
    std::vector<Account> find_due(Time now);
    // False if it is closed no more, or somebody else erased it.
    bool erase(const Account& closed, std::string_view reason, Time now);

private:
    // What set_disabled(), remove() and close() have in common: asks for the last administrator, ends most sessions,
    // and runs `make` in a transaction that holds the account as it was seen.
    Result<> change(const Account& seen, std::string_view role, std::string_view reason, Time now,
                    const std::function<void(Connection&)>& make);
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
