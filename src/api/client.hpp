// Proof that a request came from a first-party client: its id and secret by HTTP Basic or in the body (RFC 6749
// §2.3.1).
#pragma once

#include "base/replaceable.hpp"
#include "domain/clients.hpp"
#include "http/extract.hpp"

namespace keyhold::api {

class AuthenticatedClient {
private:
    friend struct http::Extract<AuthenticatedClient>;
    AuthenticatedClient() = default;
};

}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Extract<api::AuthenticatedClient> {
    // Refused: invalid_client, also for two ways at once.
    static Result<api::AuthenticatedClient> from(const Request& request, const Replaceable<domain::Clients>& clients);
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
