// SPDX-License-Identifier: Apache-2.0
// What the server asks OAuth clients, and what it asks of those that register and of those that sign.
#pragma once

#include "domain/clients/client_assertions.hpp"
#include "domain/clients/client_registration.hpp"
#include "domain/clients/request_objects.hpp"
#include "http/services.hpp"
#include "oauth/settings.hpp"
#include "server/components.hpp"
#include "server/jobs/client_https.hpp"
#include "server/observe/log.hpp"

namespace keyhold::server {

// Any thread, once it is made.
class ClientRequests {
public:
    // All must outlive it. An empty issuer: nobody can sign for us.
    ClientRequests(Components& components, domain::ClientAuthentication& authentication,
                   const oauth::Settings& settings, const std::string& issuer, Log& log);

    void provide(http::Services& services) {
        services.provide(assertions_);
        services.provide(request_objects_);
        services.provide(registration_);
    }
    // From another thread: no client is waited for any longer, until resume().
    void stop() { https_.stop(); }
    void resume() { https_.resume(); }

private:
    ClientHttps https_;
    domain::ClientKeys keys_;
    domain::ClientAssertions assertions_;
    domain::RequestObjects request_objects_;
    domain::ClientRegistration registration_;
};

}  // namespace keyhold::server
