// SPDX-License-Identifier: Apache-2.0
#include "pages/visitor.hpp"

#include "base/caller.hpp"
#include "base/id.hpp"
#include "domain/errors.hpp"
#include "http/session_cookies.hpp"

namespace keyhold::http {
namespace {

// The session in the access token, while that lives.
std::optional<std::string> session_of_access_token(const Request& request, domain::Tokens& tokens) {
    const auto access = find_cookie(request, access_cookie);
    const auto bearer = access ? tokens.authenticate(*access) : Result<domain::Bearer>(errors::not_authenticated);
    return bearer && bearer->session ? std::optional(to_text(*bearer->session)) : std::nullopt;
}

}  // namespace

Result<std::optional<pages::Visitor>> Extract<std::optional<pages::Visitor>>::from(const Request& request,
                                                                                   domain::Tokens& tokens,
                                                                                   domain::Sessions& sessions) {
    const auto id = session_of_access_token(request, tokens);
    const auto refresh = find_cookie(request, refresh_cookie);
    auto found = id ? sessions.find(*id) : refresh ? sessions.find_by_token(*refresh) : std::nullopt;
    if (!found || found->session.ended) return std::optional<pages::Visitor>();
    // What was given to an OAuth client is no person's: with its token in a cookie it would get codes for others.
    if (!found->session.client_id.empty()) return std::optional<pages::Visitor>();
    if (auto refused = refuse_other_sites(request); !refused) return std::move(refused).error();
    note_caller(found->session.account_id);
    return std::optional(
        pages::Visitor(std::move(found->session), std::move(found->account.username), found->account.roles, !id));
}

Result<pages::Visitor> Extract<pages::Visitor>::from(const Request& request, domain::Tokens& tokens,
                                                     domain::Sessions& sessions) {
    auto visitor = Extract<std::optional<pages::Visitor>>::from(request, tokens, sessions);
    if (!visitor) return std::move(visitor).error();
    if (!*visitor) return errors::not_authenticated;
    if ((*visitor)->should_renew() && request.method == Method::get) return errors::not_authenticated;
    return *std::move(*visitor);
}

}  // namespace keyhold::http
