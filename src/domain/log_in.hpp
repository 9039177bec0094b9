// SPDX-License-Identifier: Apache-2.0
// A log-in, from a name and a password to the tokens, and how it is carried on: the same steps whichever endpoint asks
// for them (/login and /refresh of the tutorial, the grants of RFC 6749).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/accounts.hpp"
#include "domain/sessions.hpp"
#include "domain/throttle.hpp"
#include "domain/tokens.hpp"

namespace keyhold::domain {

struct LogInAttempt {
    std::string_view username;
    const Secret& password;
    std::string_view device_token;  // of an earlier log-in; empty: none
    Client client;
};

// What whoever logged in gets.
struct LoggedIn {
    IssuedToken access;
    Secret refresh_token;
    std::chrono::seconds left;  // that the session lives if it is not refreshed
    Secret device_token;        // for the next log-in; empty after a refresh
};

// Refused: invalid_credentials, the same for an unknown name and a wrong password; too_many_attempts. Takes as long as
// a hash does, and waits for the disk.
Result<LoggedIn> log_in(const LogInAttempt& attempt, Accounts& accounts, Throttle& throttle, Sessions& sessions,
                        Tokens& tokens);

// The next refresh token and a new access token. Refused: refresh_token_invalid. Waits for the disk.
Result<LoggedIn> carry_on(std::string_view refresh_token, Sessions& sessions, Tokens& tokens);

// The key of the name if a device that is known comes with it, or empty: whose place in the queue for hashing it is.
// From memory alone.
std::string owner_of_device(std::string_view username, std::string_view device_token, Throttle& throttle);

}  // namespace keyhold::domain
