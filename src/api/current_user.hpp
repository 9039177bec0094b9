// Proof that a request came with a live token: in the Authorization field (RFC 6750 §2.1), or in the cookie of a page
// of ours (api/cookies.hpp). A handler that takes a CurrentUser has nothing left to check.
#pragma once

#include <optional>
#include <string>

#include "domain/tokens.hpp"
#include "http/extract.hpp"

namespace keyhold::api {

class CurrentUser {
public:
    // What is known of the account.
    const store::Subject& account() const { return *bearer_.account; }
    std::string id() const { return to_text(account().id); }
    const std::string& username() const { return account().username; }
    // Empty for a token without a session: the tutorial's.
    std::string session_id() const { return bearer_.session ? to_text(*bearer_.session) : std::string(); }

private:
    friend struct http::Extract<CurrentUser>;
    explicit CurrentUser(domain::Bearer bearer) : bearer_(std::move(bearer)) {}
    domain::Bearer bearer_;
};

// The account whose live session the request shows, as far as memory knows; empty if it shows none
// (http::Route::sender).
std::string session_owner(const http::Request& request, domain::Tokens& tokens);

}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Extract<api::CurrentUser> {
    // Refused: not_authenticated without a token; the token_* rows for one that is not good; cross_site for a cookie
    // that another site's page sends.
    static Result<api::CurrentUser> from(const Request& request, domain::Tokens& tokens);
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
