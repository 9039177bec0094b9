// SPDX-License-Identifier: Apache-2.0
// Which client asks, and whether it has proved who it is: id and secret by HTTP Basic or in the body (RFC 6749 §2.3),
// or a JWT under a key of its own (RFC 7523).
#pragma once

#include <string>

#include "domain/clients/client_assertions.hpp"
#include "domain/clients/client_authentication.hpp"
#include "http/extract.hpp"

namespace keyhold::oauth {

// Proof that the request came from a client with a secret.
class AuthenticatedClient {
public:
    const std::string& id() const { return id_; }
    // Whether it may ask about tokens that were given to others: a resource server of the operator's (setting
    // `clients`). A client that was registered asks about its own.
    bool sees_all() const { return sees_all_; }

private:
    friend struct http::Extract<AuthenticatedClient>;
    AuthenticatedClient(std::string id, bool sees_all) : id_(std::move(id)), sees_all_(sees_all) {}
    std::string id_;
    bool sees_all_;
};

// The client that asks: one that proved its secret, or a public one, which has none (RFC 6749 §2.1). A request whose
// proof is wrong, or lacks the proof of a client that has one, is refused.
class Client {
public:
    const std::string& id() const { return id_; }  // empty: it did not say
    bool is_authenticated() const { return is_authenticated_; }

private:
    friend struct http::Extract<Client>;
    Client(std::string id, bool is_authenticated) : id_(std::move(id)), is_authenticated_(is_authenticated) {}
    std::string id_;
    bool is_authenticated_;
};

// The client that asks where none is needed, as at /login. If the request shows a secret or an assertion, it was
// checked (RFC 6749 §5.2: "if the client attempted to authenticate"). Other schemes of Authorization, and an id alone,
// count as no attempt.
class PossibleClient {
private:
    friend struct http::Extract<PossibleClient>;
    PossibleClient() = default;
};

}  // namespace keyhold::oauth

namespace keyhold::http {

// They refuse: invalid_client; validation_failed for more than one way at once; too_many_attempts; too_many_requests,
// where a stranger's client proves itself by key. On an I/O thread they answer from memory or throw
// WouldWait.

template <>
struct Extract<oauth::AuthenticatedClient> {
    static Result<oauth::AuthenticatedClient> from(const Request& request, domain::ClientAuthentication& clients,
                                                   domain::ClientAssertions& assertions);
    static void describe(Operation& operation);
};

template <>
struct Extract<oauth::PossibleClient> {
    static Result<oauth::PossibleClient> from(const Request& request, domain::ClientAuthentication& clients,
                                              domain::ClientAssertions& assertions);
    static void describe(Operation& operation);
};

template <>
struct Extract<oauth::Client> {
    static Result<oauth::Client> from(const Request& request, domain::ClientAuthentication& clients,
                                      domain::ClientAssertions& assertions);
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
