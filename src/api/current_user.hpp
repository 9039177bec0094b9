// SPDX-License-Identifier: Apache-2.0
// Who sent a request, as keyhold::User: the proof that it came with a live token. Routes about the account itself take
// a CurrentUser.
#pragma once

#include <string>

#include "domain/clients/registered_clients.hpp"
#include "domain/sessions/tokens.hpp"
#include "http/scopes.hpp"
#include "keyhold/user.hpp"

namespace keyhold::api {

// Somebody who may look after the account itself (User::opens_account).
class CurrentUser : public User {
private:
    friend struct http::Extract<CurrentUser>;
    explicit CurrentUser(User user) : User(std::move(user)) {}
};

// The account whose live session the request shows, as far as memory knows; empty if it shows none
// (http::Route::sender).
// Decides the turn in the queue for hashing and nothing else, so what it says may be out of date. Any thread; does
// not wait.
std::string session_owner(const http::Request& request, domain::Tokens& tokens);

}  // namespace keyhold::api

namespace keyhold::http {

// Refused: as a User is; insufficient_scope.
template <>
struct Extract<api::CurrentUser> {
    static Result<api::CurrentUser> from(const Request& request, const Authenticator& authenticator) {
        auto user = authenticator.authenticate(request);
        if (!user) return std::move(user).error();
        if (!user->opens_account()) return needs_scope(domain::account_scope);
        return api::CurrentUser(*std::move(user));
    }
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
