// SPDX-License-Identifier: Apache-2.0
// Who is signed in with a browser.
//
//   Result<Html> authorize(const std::optional<pages::Visitor>& who, ...)   // signed in or not
//   Result<Html> account(const pages::Visitor& who, ...)                    // the lock: others are sent to /sign-in
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/sessions/sessions.hpp"
#include "domain/sessions/tokens.hpp"
#include "http/extract.hpp"

namespace keyhold::pages {

// Proof that a request came with the cookies of a live session (http/routes/session_cookies.hpp): the same session as
// in the JSON API's cookie mode. An Authorization field counts for nothing here: pages are for browsers.
class Visitor {
public:
    const std::string& account_id() const { return session_.account_id; }
    const std::string& username() const { return username_; }
    const std::string& session_id() const { return session_.id; }
    // Its `scope` is what the request is limited to: that of the session, or of a token that was made for less.
    const domain::Session& session() const { return session_; }
    // A visitor whose session is limited to some scopes may give them to nobody else: no code, no device, no
    // application.
    bool is_limited() const { return session_.scope.has_value(); }
    const store::RoleSet& roles() const { return roles_; }  // of the account, now
    // When the password (or whatever else opens the account) was last shown: when the session began, or at
    // /sign-in?again=1.
    Time authenticated_at() const { return session_.last_authenticated(); }
    // The access cookie has run out: the session is known by the other one alone, and has not been refreshed for long.
    bool should_renew() const { return should_renew_; }

private:
    friend struct http::Extract<std::optional<Visitor>>;
    Visitor(domain::Session session, std::string username, const store::RoleSet& roles, bool should_renew)
        : session_(std::move(session)), username_(std::move(username)), roles_(roles), should_renew_(should_renew) {}
    domain::Session session_;
    std::string username_;
    store::RoleSet roles_;
    bool should_renew_;
};

}  // namespace keyhold::pages

namespace keyhold::http {

// By the access cookie; where that has run out, by the refresh cookie, which stays as it is (/account/renew exchanges
// it). Refused: cross_site, where a page of another origin would change something. Asks the database if there is such a
// cookie.
template <>
struct Extract<std::optional<pages::Visitor>> {
    static Result<std::optional<pages::Visitor>> from(const Request& request, domain::Tokens& tokens,
                                                      domain::Sessions& sessions);
    static void describe(Operation&) {}
};

// Refused: not_authenticated, which a page's refusal answers by way of /sign-in, or where a look shows that the session
// should be renewed, of /account/renew (pages/refusal.hpp).
template <>
struct Extract<pages::Visitor> {
    static Result<pages::Visitor> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions);
    static void describe(Operation&) {}
};

}  // namespace keyhold::http
