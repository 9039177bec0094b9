// SPDX-License-Identifier: Apache-2.0
// A log-in, from a name and a password to the tokens, and how it is carried on: the same steps whichever endpoint asks
// for them (/login and /refresh of the tutorial, the grants of RFC 6749).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "domain/accounts/accounts.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/passwords/throttle.hpp"
#include "domain/sessions/sessions.hpp"
#include "domain/sessions/tokens.hpp"

namespace keyhold::domain {

// The session of a browser in which somebody shows a password once more.
struct PresentSession {
    std::string_view id, account_id;
    Time ends_at;                              // if it is not refreshed
    std::optional<std::int64_t> status_index;  // as the next, Session's
    std::optional<std::string> scope;
};

// All texts have to outlive the call.
struct LogInAttempt {
    std::string_view username;
    const Secret& password;
    std::string_view device_token;  // of an earlier log-in; empty: none
    Client client;
    std::string_view scope = {};  // what is asked for, separated by spaces; empty: all that the account has
    // It goes on if it is the account's own, and with it what clients were given in it.
    std::optional<PresentSession> present = {};
    NothingLeft nothing_left = NothingLeft::given;
};

// The part of an OAuth client in what it gets.
struct GivenToClient {
    store::Subject account;
    std::string client_id;
    std::string session_id;
    std::string scope;                 // of the access token
    Time authenticated_at;             // when the person proved who they are
    std::string nonce;                 // of the authorization request; empty: none
    std::string id_token_claims = {};  // that were asked for in it
};

// What whoever logged in gets.
struct LoggedIn {
    IssuedToken access;
    Secret refresh_token;                      // empty: none is given, or the one that is there stays good
    std::chrono::seconds left;                 // that the session lives if it is not refreshed
    Secret device_token;                       // for the next log-in; empty after a refresh
    std::optional<GivenToClient> client = {};  // of a client's session
    bool goes_on = false;                      // LogInAttempt::present, and no new session
    bool came_back = false;                    // to an account that was closed
};

// Refused: invalid_scope, before anything else, or behind the password where NothingLeft says so; invalid_credentials,
// the same for an unknown name and a wrong password; too_many_attempts. Takes as long as a hash does, and waits for the
// disk.
Result<LoggedIn> log_in(const LogInAttempt& attempt, Accounts& accounts, Throttle& throttle, Sessions& sessions,
                        Tokens& tokens);

// The same for a registered client that shows the password (RFC 6749 §4.3): what begins is a session of the client's,
// as with a code, with these of its scopes. It has a refresh token if the client may use one. `attempt.scope` says
// no more than whether any was asked for, and `attempt.present` counts for nothing. Refused: as log_in().
Result<LoggedIn> log_in_to_client(const LogInAttempt& attempt, const RegisteredClient& client, std::string_view scope,
                                  Accounts& accounts, Throttle& throttle, Sessions& sessions, Tokens& tokens);

// For a link to sign in (Recovery::find_sign_in_link), which is used up. Refused: one_time_secret_invalid;
// refused_by_hook. Waits for the disk.
Result<LoggedIn> log_in_by_link(std::string_view token, const Client& client, Accounts& accounts, Recovery& recovery,
                                Sessions& sessions, Tokens& tokens);

// The next refresh token and a new access token, of fewer scopes than the session's if `who` asks for some of them
// (RFC 6749 §6). Refused: invalid_scope, and the token that was shown may come again; refresh_token_invalid. Waits for
// the disk.
Result<LoggedIn> carry_on(std::string_view refresh_token, Sessions& sessions, Tokens& tokens,
                          const Refresher& who = {});

// The key of the name if a device that is known comes with it, or empty: whose place in the queue for hashing it is.
// From memory alone.
std::string owner_of_device(std::string_view username, std::string_view device_token, Throttle& throttle);

}  // namespace keyhold::domain
