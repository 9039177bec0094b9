// SPDX-License-Identifier: Apache-2.0
// All that the domain asks of one database.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "store/access/authorization_store.hpp"
#include "store/access/client_store.hpp"
#include "store/access/key_store.hpp"
#include "store/access/secret_store.hpp"
#include "store/access/session_store.hpp"
#include "store/access/throttle_store.hpp"
#include "store/accounts/account_store.hpp"
#include "store/accounts/role_store.hpp"
#include "store/adoption/adoption_store.hpp"
#include "store/database/database.hpp"
#include "store/events/change_store.hpp"
#include "store/events/logout_store.hpp"

namespace keyhold::store {

// Made once, when a server or a command begins; each of them may be used by all threads.
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
