// SPDX-License-Identifier: Apache-2.0
// What the columns of other applications' tables are called that say who may not log in there.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyhold::domain {

enum class LockOutWord : std::uint8_t {
    none,
    who_may,      // is_active, aktiv
    who_may_not,  // is_deleted, banned, gesperrt
    since,        // deleted_at, gesperrt_am: not NULL, somebody may not
    unclear,      // status, locked_until, ban_level: it may lock people out, and the name does not say how
    verified,     // is_verified: most applications let those in who are not
};

// By the name of a column, in any case and with or without "_".
LockOutWord lock_out_word(std::string_view column);

// "ban_reason": beside a column that says who may not log in it adds nothing; where there is none it may say it itself.
bool is_companion_of_lock_out(std::string_view column);

// "is_deleted", "archived_at", "geloescht", of a column or a word in it: it says that somebody is gone, which the
// application may take for a reason to forget them, and not that they are kept out.
bool says_gone(std::string_view text);

// "totp_secret", "two_factor_enabled", "mfa": what else than a password somebody shows there.
bool is_of_second_factor(std::string_view column);

// "blocked_until", "expires_at", "gesperrt_bis": it says when something is over.
bool says_until(std::string_view column);

}  // namespace keyhold::domain
