// SPDX-License-Identifier: Apache-2.0
// Who sent a request: the lock of a route, as a parameter of its handler.
//
//   server.get("/notes", [](const keyhold::User& who, Notes& notes) { return notes.of(who.id()); });
//   server.get("/", [](const std::optional<keyhold::User>& who) { ... });   // signed in or not
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "keyhold/http/extract.hpp"
#include "keyhold/http/parameters.hpp"
#include "keyhold/rights.hpp"

namespace keyhold {

namespace domain {
class Tokens;
}

class Authenticator;

// Proof that a request came with a live token: in the Authorization field (RFC 6750 §2.1), or in the cookie of a page
// of ours. Only the server makes one, so a handler that takes a User has nothing left to check.
class User {
public:
    // The account's, a UUID in text: it stays the same, whatever the account is called.
    std::string id() const;
    const std::string& username() const { return username_; }
    // Empty for a token without a session: the tutorial's.
    std::string session_id() const;
    // What the account may do now, and the token with it (docs/roles.md). A change counts at the next request.
    const std::vector<std::string>& roles() const { return rights().roles; }
    const std::vector<std::string>& scopes() const { return rights().scopes; }
    bool has_scope(std::string_view scope) const { return rights_ && rights_->has_scope(scope); }
    const Rights& rights() const;
    // Whether the token may look after the account itself, its sessions and its password. One that was given to an
    // OAuth client does not, unless it has the scope "keyhold:account".
    bool opens_account() const { return opens_account_; }

private:
    friend class Authenticator;
    using Id = std::array<unsigned char, 16>;
    User(const Id& id, std::string username, std::optional<Id> session, std::shared_ptr<const Rights> rights,
         bool opens_account)
        : id_(id),
          username_(std::move(username)),
          session_(session),
          rights_(std::move(rights)),
          opens_account_(opens_account) {}
    Id id_;
    std::string username_;
    std::optional<Id> session_;
    std::shared_ptr<const Rights> rights_;  // null: none
    bool opens_account_;
};

// The same, of somebody whose token has these scopes (several: with spaces between them); whoever has not is refused,
// 403 insufficient_scope (RFC 6750 §3.1), and told which ones.
//
//   server.post("/notes", [](const keyhold::UserWith<"notes:write">& who, ...) { ... });
template <http::FixedText Scope>
class UserWith : public User {
public:
    static constexpr std::string_view scope = Scope.view();

private:
    friend struct http::Extract<UserWith>;
    explicit UserWith(User user) : User(std::move(user)) {}
};

// Who makes a User of a request. A service that every server provides.
class Authenticator {
public:
    explicit Authenticator(domain::Tokens& tokens) : tokens_(tokens) {}
    // Refused: not_authenticated without a token; the token_* rows for one that is not good; cross_site for a cookie
    // that another site's page sends. Any thread.
    Result<User> authenticate(const http::Request& request) const;
    // Empty where no token was sent. One that is not good is refused.
    Result<std::optional<User>> recognize(const http::Request& request) const;
    // Refused besides: insufficient_scope. `scope` is static text.
    Result<User> authenticate(const http::Request& request, std::string_view scope) const;

private:
    domain::Tokens& tokens_;
};

}  // namespace keyhold

namespace keyhold::http {

template <>
struct Extract<User> {
    static Result<User> from(const Request& request, const Authenticator& authenticator) {
        return authenticator.authenticate(request);
    }
    static void describe(Operation& operation);
};

// `scope` is what its bearers need (OpenAPI 3.1 §4.8.30.1).
void describe_scope(Operation& operation, std::string_view scope);

template <FixedText Scope>
struct Extract<UserWith<Scope>> {
    static Result<UserWith<Scope>> from(const Request& request, const Authenticator& authenticator) {
        auto user = authenticator.authenticate(request, Scope.view());
        if (!user) return std::move(user).error();
        return UserWith<Scope>(std::move(user).value());
    }
    static void describe(Operation& operation) {
        Extract<User>::describe(operation);
        describe_scope(operation, Scope.view());
    }
};

template <>
struct Extract<std::optional<User>> {
    static Result<std::optional<User>> from(const Request& request, const Authenticator& authenticator) {
        return authenticator.recognize(request);
    }
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
