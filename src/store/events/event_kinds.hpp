// SPDX-License-Identifier: Apache-2.0
// The kinds of events: a row each. What is kept is the code; the sentence is for whoever looks after the server, and
// pages have their own (`event.<code>` in web/texts/).
#pragma once

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace keyhold::store {

struct EventKind {
    std::string_view code;
    std::string_view sentence;  // what happened to the account, or to what `object` names
};

// clang-format off
inline constexpr std::array event_kinds{
    EventKind{"registered", "the account was made"},
    EventKind{"imported", "accounts were taken in from elsewhere"},
    EventKind{"signed_in", "signed in"},
    EventKind{"client_signed_in", "an application got tokens for the account"},
    EventKind{"refused", "a log-in was refused"},
    EventKind{"more_refused", "log-ins were refused that have no row of their own"},
    EventKind{"locked", "locked for a while after failed log-ins"},
    EventKind{"unlocked", "failed log-ins were forgotten"},
    EventKind{"password_changed", "the password was changed"},
    EventKind{"address_changed", "the e-mail address was changed"},
    EventKind{"address_change_asked", "another e-mail address was asked for"},
    EventKind{"address_change_agreed", "one of two addresses has agreed to the change"},
    EventKind{"address_verified", "the e-mail address was shown to be theirs"},
    EventKind{"profile_changed", "what is known of the person was changed"},
    EventKind{"account_disabled", "the account was disabled"},
    EventKind{"account_enabled", "the account was enabled"},
    EventKind{"account_closed", "its owner closed the account, which will be erased"},
    EventKind{"account_reopened", "whoever closed the account has it back"},
    EventKind{"account_deleted", "the account was deleted, and what events said of the person"},
    EventKind{"session_ended", "sessions ended"},
    EventKind{"role_granted", "a role was granted"},
    EventKind{"role_revoked", "a role was taken away"},
    EventKind{"role_changed", "a role was made, or grants something else"},
    EventKind{"role_removed", "a role was removed"},
    EventKind{"exported", "a copy of what is kept was taken"},
    EventKind{"login_link_made", "a link was made that signs in once"},
    EventKind{"reset_mailed", "an administrator had a mail for a new password sent"},
    EventKind{"invited", "an invitation was made"},
    EventKind{"invitation_revoked", "an invitation was taken back before somebody used it"},
    EventKind{"client_added", "an application was added"},
    EventKind{"client_changed", "an application was changed"},
    EventKind{"client_removed", "an application was removed"},
    EventKind{"consent_given", "an application was allowed to know of the account"},
    EventKind{"consent_withdrawn", "what an application was allowed was taken back"},
    EventKind{"key_added", "a signing key was made or taken in"},
    EventKind{"key_retired", "a signing key will not sign any more"},
    EventKind{"key_dropped", "a signing key was given up at once"},
    EventKind{"backed_up", "a backup of the database was made"},
    EventKind{"backup_taken", "a backup of the database was downloaded"},
    EventKind{"backup_deleted", "a backup of the database was deleted"},
    EventKind{"mail_dropped", "a mail was taken out of the outbox"},
    EventKind{"mail_retried", "a mail is tried again"},
    EventKind{"restored", "the database was set back to a backup"},
};
// clang-format on

constexpr bool is_event_kind(std::string_view code) {
    return std::ranges::find(event_kinds, code, &EventKind::code) != event_kinds.end();
}

// The row of this code, as in record_event(connection, event_kind("signed_in"), ...). A code that no row has does not
// compile.
consteval const EventKind& event_kind(std::string_view code) {
    const auto* const found = std::ranges::find(event_kinds, code, &EventKind::code);
    return found != event_kinds.end() ? *found : throw std::logic_error("no kind of event has this code");
}

}  // namespace keyhold::store
