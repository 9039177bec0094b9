// SPDX-License-Identifier: Apache-2.0
#include "api/current_user.hpp"

#include <algorithm>

#include "api/cookies.hpp"
#include "base/caller.hpp"
#include "base/id.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/errors.hpp"
#include "http/bearer.hpp"
#include "http/scopes.hpp"

namespace keyhold::http {
namespace {

// The Authorization field goes before the cookie, also where its scheme is not Bearer: a browser adds cookies by
// itself, but a program has chosen the field. Refused: not_authenticated, where there is no token; token_malformed, for
// an empty one; cross_site.
Result<std::string_view> token_of(const Request& request) {
    if (const auto token = bearer_token(request)) {
        if (token->empty()) return errors::token_malformed;
        return *token;
    }
    if (request.find("Authorization")) return errors::not_authenticated;
    const auto cookie = api::find_cookie(request, api::access_cookie);
    if (!cookie) return errors::not_authenticated;
    // Browsers add cookies by themselves, also to requests that a page of another site makes.
    if (auto refused = api::refuse_other_sites(request); !refused) return std::move(refused).error();
    return *cookie;
}

}  // namespace

void Extract<User>::describe(Operation& operation) {
    operation.locked = true;
    Extract<std::optional<User>>::describe(operation);
    operation.refusals.push_back(errors::not_authenticated);
}

void Extract<api::CurrentUser>::describe(Operation& operation) {
    Extract<User>::describe(operation);
    operation.refusals.push_back(errors::insufficient_scope);
}

// A request without a token is answered too, so the document shows no lock.
void Extract<std::optional<User>>::describe(Operation& operation) {
    operation.refusals.insert(
        operation.refusals.end(),
        {errors::token_malformed, errors::token_signature, errors::token_key_unknown, errors::token_expired,
         errors::token_not_yet_valid, errors::token_claims, errors::token_not_live, errors::store_unavailable});
}

void describe_scope(Operation& operation, std::string_view scope) {
    operation.refusals.push_back(errors::insufficient_scope);
    // One scope after the other out of a list with spaces between them.
    for (; !scope.empty(); scope.remove_prefix(std::min(scope.find(' '), scope.size() - 1) + 1))
        operation.scopes.emplace_back(scope.substr(0, scope.find(' ')));
}

}  // namespace keyhold::http

namespace keyhold {

std::string User::id() const { return to_text(id_); }
const Rights& User::rights() const {
    static const Rights none;
    return rights_ ? *rights_ : none;
}
std::string User::session_id() const { return session_ ? to_text(*session_) : std::string(); }

Result<User> Authenticator::authenticate(const http::Request& request) const {
    const auto token = http::token_of(request);
    if (!token) return token.error();
    auto bearer = tokens_.authenticate(*token);
    if (!bearer) return std::move(bearer).error();
    // Events that this request causes name the account as their actor (base/caller.hpp).
    if (has_caller()) note_caller(to_text(bearer->account->id));
    return User(bearer->account->id, bearer->account->username, bearer->session, std::move(bearer->rights),
                bearer->opens_account);
}

Result<User> Authenticator::authenticate(const http::Request& request, std::string_view scope) const {
    auto user = authenticate(request);
    if (!user) return user;
    for (std::string_view left = scope; !left.empty();) {
        const std::string_view one = left.substr(0, left.find(' '));
        left.remove_prefix(std::min(one.size() + 1, left.size()));
        // All that the route asks for are named, so that the client can ask for them together (RFC 6750 §3.1).
        if (!user->has_scope(one)) return http::needs_scope(scope);
    }
    return user;
}

Result<std::optional<User>> Authenticator::recognize(const http::Request& request) const {
    auto user = authenticate(request);
    if (user) return std::optional(std::move(user).value());
    // No token means that nobody is signed in. A token that is not good is refused, because the client that sends it
    // believes that somebody is.
    if (user.error().errc() == errors::not_authenticated) return std::optional<User>();
    return std::move(user).error();
}

}  // namespace keyhold

namespace keyhold::api {

std::string session_owner(const http::Request& request, domain::Tokens& tokens) {
    const auto token = http::token_of(request);
    const auto account = token ? tokens.recall_account(*token) : std::nullopt;
    return account ? to_text(*account) : std::string();
}

}  // namespace keyhold::api
