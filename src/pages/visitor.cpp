// SPDX-License-Identifier: Apache-2.0
#include "pages/visitor.hpp"

#include "base/caller.hpp"
#include "base/id.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/errors.hpp"
#include "http/routes/session_cookies.hpp"

namespace keyhold::http {
namespace {

struct AccessCookie {
    std::string session_id;
    std::optional<std::string> scope;  // what its token is limited to
};

// What the access token says, while that lives.
std::optional<AccessCookie> read_access_cookie(const Request& request, domain::Tokens& tokens) {
    const auto access = find_cookie(request, access_cookie);
    const auto bearer = access ? tokens.authenticate(*access) : Result<domain::Bearer>(errors::not_authenticated);
    if (!bearer || !bearer->session) return std::nullopt;
    AccessCookie found{to_text(*bearer->session), std::nullopt};
    if (bearer->is_limited) found.scope = bearer->rights ? domain::text_of(bearer->rights->scopes) : std::string();
    return found;
}

}  // namespace

Result<std::optional<pages::Visitor>> Extract<std::optional<pages::Visitor>>::from(const Request& request,
                                                                                   domain::Tokens& tokens,
                                                                                   domain::Sessions& sessions) {
    const auto access = read_access_cookie(request, tokens);
    const auto refresh = find_cookie(request, refresh_cookie);
    // From the database, as memory has neither the session's scope nor when the password was shown.
    auto found = access ? sessions.find(access->session_id) : refresh ? sessions.find_by_token(*refresh) : std::nullopt;
    if (!found || found->session.ended) return std::optional<pages::Visitor>();
    // What was given to an OAuth client is no person's: with its token in a cookie it would get codes for others.
    if (!found->session.client_id.empty()) return std::optional<pages::Visitor>();
    // Only where somebody is signed in: without a session a request of another site can do nothing in his name.
    if (auto refused = refuse_all_but_own_pages(request); !refused) return std::move(refused).error();
    note_caller(found->session.account_id);
    // Somebody may have put a token here that was made for less than its session may.
    if (access && access->scope) found->session.scope = access->scope;
    return std::optional(
        pages::Visitor(std::move(found->session), std::move(found->account.username), found->account.roles, !access));
}

Result<pages::Visitor> Extract<pages::Visitor>::from(const Request& request, domain::Tokens& tokens,
                                                     domain::Sessions& sessions) {
    auto visitor = Extract<std::optional<pages::Visitor>>::from(request, tokens, sessions);
    if (!visitor) return std::move(visitor).error();
    if (!*visitor) return errors::not_authenticated;
    // A form must not be answered by a detour that loses what was typed; a look can be.
    if ((*visitor)->should_renew() && request.method == Method::get) return errors::not_authenticated;
    return *std::move(*visitor);
}

}  // namespace keyhold::http
