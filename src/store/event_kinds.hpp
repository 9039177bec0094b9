// SPDX-License-Identifier: Apache-2.0
// The kinds of events: a row each. What is kept is the code; the sentence is for whoever looks after the server, and
// pages have their own (`event.<code>` in web/texts/).
#pragma once

#include <array>
#include <string_view>

namespace keyhold::store {

struct EventKind {
    std::string_view code;
    std::string_view sentence;  // what happened to the account, or to what `object` names
};

namespace events {

// clang-format off
inline constexpr EventKind registered{"registered", "the account was made"};
inline constexpr EventKind imported{"imported", "accounts were taken in from elsewhere"};
inline constexpr EventKind signed_in{"signed_in", "signed in"};
inline constexpr EventKind client_signed_in{"client_signed_in", "an application got tokens for the account"};
inline constexpr EventKind refused{"refused", "a log-in was refused"};
inline constexpr EventKind more_refused{"more_refused", "log-ins were refused that have no row of their own"};
inline constexpr EventKind locked{"locked", "locked for a while after failed log-ins"};
inline constexpr EventKind unlocked{"unlocked", "failed log-ins were forgotten"};
inline constexpr EventKind password_changed{"password_changed", "the password was changed"};
inline constexpr EventKind address_changed{"address_changed", "the e-mail address was changed"};
inline constexpr EventKind address_change_asked{"address_change_asked", "another e-mail address was asked for"};
inline constexpr EventKind address_change_agreed{"address_change_agreed", "one of two addresses has agreed to the change"};
inline constexpr EventKind address_verified{"address_verified", "the e-mail address was shown to be theirs"};
inline constexpr EventKind profile_changed{"profile_changed", "what is known of the person was changed"};
inline constexpr EventKind account_disabled{"account_disabled", "the account was disabled"};
inline constexpr EventKind account_enabled{"account_enabled", "the account was enabled"};
inline constexpr EventKind account_closed{"account_closed", "its owner closed the account, which will be erased"};
inline constexpr EventKind account_reopened{"account_reopened", "whoever closed the account has it back"};
inline constexpr EventKind account_deleted{"account_deleted", "the account was deleted, and what events said of the person"};
inline constexpr EventKind session_ended{"session_ended", "sessions ended"};
inline constexpr EventKind role_granted{"role_granted", "a role was granted"};
inline constexpr EventKind role_revoked{"role_revoked", "a role was taken away"};
inline constexpr EventKind role_changed{"role_changed", "a role was made, or grants something else"};
inline constexpr EventKind role_removed{"role_removed", "a role was removed"};
inline constexpr EventKind exported{"exported", "a copy of what is kept was taken"};
inline constexpr EventKind login_link_made{"login_link_made", "a link was made that signs in once"};
inline constexpr EventKind invited{"invited", "an invitation was made"};
inline constexpr EventKind client_added{"client_added", "an application was added"};
inline constexpr EventKind client_changed{"client_changed", "an application was changed"};
inline constexpr EventKind client_removed{"client_removed", "an application was removed"};
inline constexpr EventKind consent_given{"consent_given", "an application was allowed to know of the account"};
inline constexpr EventKind consent_withdrawn{"consent_withdrawn", "what an application was allowed was taken back"};
inline constexpr EventKind key_added{"key_added", "a signing key was made or taken in"};
inline constexpr EventKind key_retired{"key_retired", "a signing key will not sign any more"};
inline constexpr EventKind key_dropped{"key_dropped", "a signing key was given up at once"};
inline constexpr EventKind restored{"restored", "the database was set back to a backup"};
// clang-format on

}  // namespace events

inline constexpr std::array event_kinds{events::registered,
                                        events::imported,
                                        events::signed_in,
                                        events::client_signed_in,
                                        events::refused,
                                        events::more_refused,
                                        events::locked,
                                        events::unlocked,
                                        events::password_changed,
                                        events::address_changed,
                                        events::address_verified,
                                        events::profile_changed,
                                        events::account_disabled,
                                        events::account_enabled,
                                        events::account_deleted,
                                        events::session_ended,
                                        events::role_granted,
                                        events::role_revoked,
                                        events::role_changed,
                                        events::role_removed,
                                        events::exported,
                                        events::invited,
                                        events::client_added,
                                        events::client_changed,
                                        events::client_removed,
                                        events::consent_given,
                                        events::consent_withdrawn,
                                        events::key_added,
                                        events::key_retired,
                                        events::key_dropped,
                                        events::restored,
                                        events::account_closed,
                                        events::account_reopened,
                                        events::address_change_asked,
                                        events::address_change_agreed,
                                        events::login_link_made};

}  // namespace keyhold::store
