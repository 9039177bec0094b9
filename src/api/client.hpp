// Proof that a request came from a first-party client: its id and secret by HTTP Basic or in the body (RFC 6749
// §2.3.1).
#pragma once

#include "domain/client_authentication.hpp"
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
    // Refused: invalid_client, also for two ways at once; too_many_attempts. Not on an I/O thread.
    static Result<api::AuthenticatedClient> from(const Request& request, domain::ClientAuthentication& clients);
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
