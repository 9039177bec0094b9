// SPDX-License-Identifier: Apache-2.0
// All that the domain asks of one database.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "store/account_store.hpp"
#include "store/adoption/adoption_store.hpp"
#include "store/authorization_store.hpp"
#include "store/change_store.hpp"
#include "store/client_store.hpp"
#include "store/database.hpp"
#include "store/key_store.hpp"
#include "store/logout_store.hpp"
#include "store/role_store.hpp"
#include "store/secret_store.hpp"
#include "store/session_store.hpp"
#include "store/throttle_store.hpp"

namespace keyhold::store {

struct Stores {
    std::unique_ptr<AccountStore> accounts;
    std::unique_ptr<SessionStore> sessions;
    std::unique_ptr<ChangeStore> changes;
    std::unique_ptr<KeyStore> keys;
    std::unique_ptr<ThrottleStore> throttle;
    std::unique_ptr<SecretStore> secrets;
    std::unique_ptr<RoleStore> roles;
    std::unique_ptr<ClientStore> clients;
    std::unique_ptr<AuthorizationStore> authorizations;
    std::unique_ptr<LogoutStore> logouts;
    std::unique_ptr<AdoptionStore> adoption;  // null unless `keyhold adopt` took over an application here
    std::vector<std::string> doubts;          // what an operator should know: Database::doubts()
    std::shared_ptr<Database> database;       // for its counters, and whether it takes writes
};

// Refuses and throws what Database::open does. The database goes with the last store.
Result<Stores> open_stores(std::string_view url, const DatabaseOptions& options = {});

}  // namespace keyhold::store
