// SPDX-License-Identifier: Apache-2.0
// Who sent a request: the lock of a route, as a parameter of its handler.
//
//   server.get("/notes", [](const keyhold::User& who, Notes& notes) { return notes.of(who.id()); });
//   server.get("/", [](const std::optional<keyhold::User>& who) { ... });   // signed in or not
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "keyhold/http/extract.hpp"

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

private:
    friend class Authenticator;
    using Id = std::array<unsigned char, 16>;
    User(const Id& id, std::string username, std::optional<Id> session)
        : id_(id), username_(std::move(username)), session_(session) {}
    Id id_;
    std::string username_;
    std::optional<Id> session_;
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

template <>
struct Extract<std::optional<User>> {
    static Result<std::optional<User>> from(const Request& request, const Authenticator& authenticator) {
        return authenticator.recognize(request);
    }
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
