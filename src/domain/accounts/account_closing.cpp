// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/account_closing.hpp"

#include <array>

#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/sessions.hpp"

namespace keyhold::domain {

const Section& closing_section() {
    static const Section section = make_section<ClosingSettings>("closing",
                                                                 "What becomes of an account that its owner closes: "
                                                                 "[recovery.md](recovery.md#closing-an-account).",
                                                                 closing_setting_rows);
    return section;
}

Result<Time> AccountClosing::close(std::string_view username, const Secret& password, const Origin& origin,
                                   const Cause& cause) {
    const auto account = accounts_.prove_password(username, password, origin);
    if (!account) return account.error();
    auto closed = close(*account, cause);
    // Another password came first, or somebody else was faster.
    if (!closed && closed.error().errc() == errors::precondition_failed) return errors::wrong_password;
    return closed;
}

Result<Time> AccountClosing::close(const Account& seen, const Cause& cause) {
    const Time now = clock_.now(), erase_at = now + stays_;
    if (seen.disabled) return errors::precondition_failed;
    if (erase_at == now) {
        // Made before the account is gone, as it holds the address.
        const auto mails = accounts_.notices_of_removal(seen, cause);
        if (auto removed = store_.remove(seen, admin_role, account_closed.code, now, mails); !removed)
            return std::move(removed).error();
        accounts_.tell_removed(seen);
        return now;
    }
    const auto mail = accounts_.notice("account_closed", seen, cause);
    auto closed = store_.close({.seen = seen,
                                .erase_at = erase_at,
                                .role = admin_role,
                                .reason = account_closed.code,
                                .now = now,
                                .notice = mail ? &*mail : nullptr});
    if (!closed) return std::move(closed).error();
    return erase_at;
}

bool AccountClosing::erase_some() {
    const Time now = clock_.now();
    bool is_any = false;
    for (const Account& account : store_.find_due(now)) {
        // False if its owner has come back since find_due(), or another node was faster.
        if (!store_.erase(account, account_closed.code, now)) continue;
        accounts_.tell_removed(account);
        is_any = true;
    }
    return is_any;
}

}  // namespace keyhold::domain
