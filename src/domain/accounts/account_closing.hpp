// SPDX-License-Identifier: Apache-2.0
// Closing an account: its owner is out at once and may come back for some days, by logging in or by a new password;
// then it is erased (docs/recovery.md).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/setting.hpp"
#include "domain/accounts/accounts.hpp"
#include "store/accounts/administration_store.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

// The table [closing] of keyhold.toml.
struct ClosingSettings {
    std::int64_t days = 0;  // 0: a closed account is erased at once
};
// One for each member: what it is called, what it is where nothing is said, and what it means.
// clang-format off
inline constexpr std::array closing_setting_rows{
    number_setting<&ClosingSettings::days, 0, 365>("closing_days", "7", "Days for which whoever closed the account may come back by logging in; then it is erased. 0: it is erased at once"),
};
// clang-format on
const Section& closing_section();

// Any thread.
// `accounts` and `clock` must outlive it. Throws Unavailable.
class AccountClosing {
public:
    AccountClosing(const store::Stores& stores, Accounts& accounts, const Clock& clock, const ClosingSettings& settings)
        : store_(stores.database), accounts_(accounts), clock_(clock), stays_(settings.days) {}

    // How long a closed account stays; zero: it is erased at once.
    std::chrono::days stays() const { return stays_; }

    // Both answer with the moment at which it is erased, and tell the owner by a mail. All sessions end.
    // Refused: wrong_password; too_many_attempts; last_administrator. Hashes.
    Result<Time> close(std::string_view username, const Secret& password, const Origin& origin, const Cause& cause);
    // For whoever has shown the password a moment ago, and whoever looks after the server. Refused: last_administrator;
    // precondition_failed, if the account is not as it was seen any more, or is disabled.
    Result<Time> close(const Account& seen, const Cause& cause);

    // Once a minute, until it returns false: erases some of what is due.
    bool erase_some();

private:
    store::AdministrationStore store_;
    Accounts& accounts_;
    const Clock& clock_;
    const std::chrono::days stays_;
};

}  // namespace keyhold::domain
