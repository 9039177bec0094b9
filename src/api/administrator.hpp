// SPDX-License-Identifier: Apache-2.0
// Who may change what is below /admin/api/ (docs/roles.md).
#pragma once

#include <utility>

#include "api/current_user.hpp"
#include "base/clock.hpp"
#include "domain/sessions/sessions.hpp"

namespace keyhold::api {

// Somebody with the scope keyhold:admin. Whoever sends the cookie of a page, and no token, has shown the password
// within domain::recently for whatever changes something: as on the pages, an unlocked machine alone does not do.
class Administrator : public User {
private:
    friend struct http::Extract<Administrator>;
    explicit Administrator(User user) : User(std::move(user)) {}
};

// The same for a look that gives somebody what changes do not: with a cookie the password was shown within
// domain::recently for it too, and no page of another site has sent the browser here.
class RecentAdministrator : public Administrator {
private:
    friend struct http::Extract<RecentAdministrator>;
    explicit RecentAdministrator(Administrator who) : Administrator(std::move(who)) {}
};

// An administrator who has the role `admin` itself (domain/accounts/levels.hpp): for what hands out more than an
// administrator has, as secrets of clients or whole accounts.
class Owner : public Administrator {
private:
    friend struct http::Extract<Owner>;
    explicit Owner(Administrator who) : Administrator(std::move(who)) {}
};

}  // namespace keyhold::api

namespace keyhold::http {

// Refused: as a User is; insufficient_scope; password_needed. Asks the database for a change that comes with a cookie.
template <>
struct Extract<api::Administrator> {
    // A token in the Authorization field is asked for no password: it is a program's, and no browser adds it by
    // itself.
    static Result<api::Administrator> from(const Request& request, const Authenticator& authenticator,
                                           domain::Sessions& sessions, const Clock& clock);
    static void describe(Operation& operation);
};

template <>
struct Extract<api::RecentAdministrator> {
    static Result<api::RecentAdministrator> from(const Request& request, const Authenticator& authenticator,
                                                 domain::Sessions& sessions, const Clock& clock);
    static void describe(Operation& operation);
};

// Refused also: rights_exceeded.
template <>
struct Extract<api::Owner> {
    static Result<api::Owner> from(const Request& request, const Authenticator& authenticator,
                                   domain::Sessions& sessions, const Clock& clock);
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
