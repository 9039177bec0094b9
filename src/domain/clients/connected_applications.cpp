// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/connected_applications.hpp"

#include "domain/clients/client_errors.hpp"
#include "domain/sessions/sessions.hpp"

namespace keyhold::domain {

std::vector<ConnectedApplication> ConnectedApplications::list(std::string_view account_id) {
    std::vector<ConnectedApplication> list;
    for (store::ConnectedClient& client : store_.list(account_id, clock_.now())) {
        // A client that was removed still has a consent; it is called by its id.
        const auto registered = clients_.find(client.client_id);
        std::string name = registered && !registered->name.empty() ? registered->name : client.client_id;
        list.push_back({std::move(name), std::move(client)});
    }
    return list;
}

Result<> ConnectedApplications::disconnect(std::string_view account_id, std::string_view client_id) {
    if (!store_.disconnect(account_id, client_id, disconnected.code, clock_.now())) return errors::client_not_found;
    return {};
}

}  // namespace keyhold::domain
