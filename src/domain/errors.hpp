// SPDX-License-Identifier: Apache-2.0
// Refused accounts, passwords, roles, sessions, clients and signing keys; with them what tokens and the database
// refuse, for those who handle the answers of domain/.
#pragma once

#include "base/errors.hpp"
#include "jose/errors.hpp"
#include "store/errors.hpp"

namespace keyhold::errors {

// The columns: the HTTP status, what a command exits with, `code` and `title` of the problem details (RFC 9457), a
// sentence, and the `error` of RFC 6749 §5.2 for rows that endpoints of OAuth answer with.
// clang-format off
inline constexpr ErrorRow wrong_password{403, Exit::not_allowed, "wrong_password", "Forbidden", "The current password is not right"};
inline constexpr ErrorRow too_many_attempts{429, Exit::not_allowed, "too_many_attempts", "Too Many Requests", "Too many failed log-ins; try again later", "temporarily_unavailable"};
inline constexpr ErrorRow too_many_registrations{429, Exit::not_allowed, "too_many_registrations", "Too Many Requests", "Too many registrations from this address; try again later", "temporarily_unavailable"};
inline constexpr ErrorRow too_many_mails{429, Exit::not_allowed, "too_many_mails", "Too Many Requests", "Too many mails were asked for; try again later", "temporarily_unavailable"};
inline constexpr ErrorRow too_many_requests{429, Exit::not_allowed, "too_many_requests", "Too Many Requests", "Too many such requests from this address; try again later", "temporarily_unavailable"};
inline constexpr ErrorRow no_mail{404, Exit::not_found, "no_mail", "Not Found", "This server sends no mails: whoever runs it can help"};
inline constexpr ErrorRow nothing_to_verify{409, Exit::conflict, "nothing_to_verify", "Conflict", "This account has no e-mail address, or it is verified"};
inline constexpr ErrorRow nothing_to_change{409, Exit::conflict, "nothing_to_change", "Conflict", "This is the account's address already"};
inline constexpr ErrorRow address_domain_refused{403, Exit::not_allowed, "address_domain_refused", "Forbidden", "Accounts here have addresses of other domains"};
inline constexpr ErrorRow one_time_secret_invalid{400, Exit::not_allowed, "one_time_secret_invalid", "Bad Request", "This link or code is wrong, used or expired"};
inline constexpr ErrorRow session_not_found{404, Exit::not_found, "session_not_found", "Not Found", "There is no such session"};
inline constexpr ErrorRow refresh_token_invalid{401, Exit::not_allowed, "refresh_token_invalid", "Unauthorized", "The refresh token is wrong, used, expired or revoked", "invalid_grant"};
inline constexpr ErrorRow invalid_client{401, Exit::not_allowed, "invalid_client", "Unauthorized", "This client is not known, or its secret is wrong", "invalid_client"};
inline constexpr ErrorRow unsupported_grant_type{400, Exit::failed, "unsupported_grant_type", "Bad Request", "The only grant_type understood here is 'password'", "unsupported_grant_type"};
inline constexpr ErrorRow key_not_found{404, Exit::not_found, "key_not_found", "Not Found", "There is no such key"};
inline constexpr ErrorRow key_conflict{409, Exit::conflict, "key_conflict", "Conflict", "Another key is in the way"};
inline constexpr ErrorRow backup_not_found{404, Exit::not_found, "backup_not_found", "Not Found", "There is no such backup"};
inline constexpr ErrorRow backup_impossible{409, Exit::conflict, "backup_impossible", "Conflict", "No backup can be made here at this moment"};
inline constexpr ErrorRow backup_failed{500, Exit::failed, "backup_failed", "Internal Server Error", "The backup could not be made or read"};
inline constexpr ErrorRow import_undecided{409, Exit::conflict, "import_undecided", "Conflict", "Columns may lock people out, and nobody has said how: name them, or let everybody log in"};
inline constexpr ErrorRow import_elsewhere{409, Exit::conflict, "import_elsewhere", "Conflict", "People register at the adopted application alone: import there"};
inline constexpr ErrorRow role_kept{409, Exit::conflict, "role_kept", "Conflict", "The role admin and its scope keyhold:admin stay"};
inline constexpr ErrorRow rights_too_large{409, Exit::conflict, "rights_too_large", "Conflict", "The roles and scopes would not fit into tokens"};
inline constexpr ErrorRow rights_exceeded{403, Exit::not_allowed, "rights_exceeded", "Forbidden", "Nobody gives others what he does not have himself"};
inline constexpr ErrorRow invalid_scope{400, Exit::usage, "invalid_scope", "Bad Request", "A scope is of printable ASCII characters, without quotes and backslashes", "invalid_scope"};
inline constexpr ErrorRow password_needed{403, Exit::not_allowed, "password_needed", "Forbidden", "Sign in once more: it is too long ago for this"};
// clang-format on

}  // namespace keyhold::errors
