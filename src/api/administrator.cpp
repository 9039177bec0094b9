// SPDX-License-Identifier: Apache-2.0
#include "api/administrator.hpp"

#include "domain/accounts/levels.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"
#include "http/connection/sender.hpp"
#include "http/routes/session_cookies.hpp"

namespace keyhold::http {
namespace {

// Whether it is the cookie that shows who asks: a token in the field goes before it (current_user.cpp).
bool comes_with_cookie(const Request& request) { return !request.find("Authorization"); }

// Refused: password_needed, if the session's password was last shown longer ago than domain::recently.
Result<> check_recent(const User& user, domain::Sessions& sessions, const Clock& clock) {
    // Asked of the database, because what is kept in memory of a session has no time of its last password.
    const auto found = sessions.find(user.session_id());
    if (found && clock.now() - found->session.last_authenticated() <= domain::recently) return {};
    return errors::password_needed;
}

}  // namespace

Result<api::Administrator> Extract<api::Administrator>::from(const Request& request, const Authenticator& authenticator,
                                                             domain::Sessions& sessions, const Clock& clock) {
    auto user = authenticator.authenticate(request, domain::admin_scope);
    if (!user) return std::move(user).error();
    // GET and HEAD change nothing (RFC 9110 §9.2.1). A token in the Authorization field is sent by a program that holds
    // it; a cookie is sent by any browser that somebody has left unlocked.
    if (!only_looks(request) && comes_with_cookie(request))
        if (auto recent = check_recent(*user, sessions, clock); !recent) return std::move(recent).error();
    return api::Administrator(*std::move(user));
}

Result<api::RecentAdministrator> Extract<api::RecentAdministrator>::from(const Request& request,
                                                                         const Authenticator& authenticator,
                                                                         domain::Sessions& sessions,
                                                                         const Clock& clock) {
    auto who = Extract<api::Administrator>::from(request, authenticator, sessions, clock);
    if (!who) return std::move(who).error();
    if (comes_with_cookie(request)) {
        // A look by cookie, which the checks for changes let pass: the page of another site may have caused it.
        if (sender_of(request) == Sender::other_page) return errors::cross_site;
        if (auto recent = check_recent(*who, sessions, clock); !recent) return std::move(recent).error();
    }
    return api::RecentAdministrator(*std::move(who));
}

void Extract<api::RecentAdministrator>::describe(Operation& operation) {
    Extract<api::Administrator>::describe(operation);
    operation.refusals.push_back(errors::cross_site);
}

Result<api::Owner> Extract<api::Owner>::from(const Request& request, const Authenticator& authenticator,
                                             domain::Sessions& sessions, const Clock& clock) {
    auto who = Extract<api::Administrator>::from(request, authenticator, sessions, clock);
    if (!who) return std::move(who).error();
    if (!domain::is_owner(who->rights())) return domain::only_an_owner();
    return api::Owner(*std::move(who));
}

void Extract<api::Owner>::describe(Operation& operation) {
    Extract<api::Administrator>::describe(operation);
    operation.refusals.push_back(errors::rights_exceeded);
}

void Extract<api::Administrator>::describe(Operation& operation) {
    Extract<User>::describe(operation);
    describe_scope(operation, domain::admin_scope);
    operation.refusals.push_back(errors::password_needed);
}

}  // namespace keyhold::http
