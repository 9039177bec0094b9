// SPDX-License-Identifier: Apache-2.0
// The applications that can act for a person: what they were allowed, and how the person takes it back.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/clients/registered_clients.hpp"
#include "store/access/connected_client_store.hpp"

namespace keyhold::domain {

struct ConnectedApplication {
    std::string name;  // as it calls itself; its id, if it has no name or is registered no more
    store::ConnectedClient client;
};

// Any thread. Throws Unavailable.
class ConnectedApplications {
public:
    ConnectedApplications(std::shared_ptr<store::Database> database, const RegisteredClients& clients,
                          const Clock& clock)
        : store_(std::move(database)), clients_(clients), clock_(clock) {}

    // In the order of their ids.
    std::vector<ConnectedApplication> list(std::string_view account_id);

    // It has to ask again, its refresh tokens are over, and its access tokens are refused from now on on every node.
    // Refused: client_not_found, if it has nothing of the account.
    Result<> disconnect(std::string_view account_id, std::string_view client_id);

private:
    store::ConnectedClientStore store_;
    const RegisteredClients& clients_;
    const Clock& clock_;
};

}  // namespace keyhold::domain
