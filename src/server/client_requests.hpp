// SPDX-License-Identifier: Apache-2.0
// What the server asks OAuth clients, and what it asks of those that register and of those that sign.
#pragma once

#include "domain/client_assertions.hpp"
#include "domain/client_registration.hpp"
#include "http/services.hpp"
#include "oauth/settings.hpp"
#include "server/client_https.hpp"
#include "server/components.hpp"
#include "server/observe/log.hpp"

namespace keyhold::server {

class ClientRequests {
public:
    // All must outlive it. An empty issuer: nobody can sign for us.
    ClientRequests(Components& components, const oauth::Settings& settings, const std::string& issuer, Log& log);

    void provide(http::Services& services) {
        services.provide(assertions_);
        services.provide(registration_);
    }
    // From another thread: no client is waited for any longer.
    void stop() { https_.stop(); }

private:
    ClientHttps https_;
    domain::ClientKeys keys_;
    domain::ClientAssertions assertions_;
    domain::ClientRegistration registration_;
};

}  // namespace keyhold::server
