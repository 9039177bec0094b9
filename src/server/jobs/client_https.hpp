// SPDX-License-Identifier: Apache-2.0
// Asking OAuth clients: those that the operator registered wherever they are, those that registered themselves at
// public addresses and where the operator says (net/reach.hpp).
#pragma once

#include <chrono>

#include "domain/clients/registered_clients.hpp"
#include "net/https_client.hpp"
#include "oauth/settings.hpp"

namespace keyhold::server {

// Any thread. `timeout` is for one request as a whole.
class ClientHttps {
public:
    ClientHttps(const oauth::Settings& settings, std::chrono::milliseconds timeout)
        : of_operator_({.ca_file = settings.ca_file, .timeout = timeout}),
          of_others_({.ca_file = settings.ca_file,
                      .timeout = timeout,
                      .reach = {.anywhere = false, .networks = settings.networks()}}) {}

    net::HttpsClient& of(const domain::RegisteredClient& client) {
        return client.registered_itself() ? of_others_ : of_operator_;
    }
    // From another thread: nobody is waited for any longer.
    void stop() {
        of_operator_.stop();
        of_others_.stop();
    }
    void resume() {
        of_operator_.resume();
        of_others_.resume();
    }

private:
    net::HttpsClient of_operator_, of_others_;
};

}  // namespace keyhold::server
