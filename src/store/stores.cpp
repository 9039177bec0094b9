// SPDX-License-Identifier: Apache-2.0
#include "store/stores.hpp"

namespace keyhold::store {

Result<Stores> open_stores(std::string_view url, const DatabaseOptions& options) {
    auto opened = Database::open(url, options);
    if (!opened) return std::move(opened).error();
    const std::shared_ptr<Database> database = std::move(*opened);
    // All of them share the one database, which goes with the last.
    return Stores{std::make_unique<AccountStore>(database),
                  std::make_unique<SessionStore>(database),
                  std::make_unique<ChangeStore>(database),
                  std::make_unique<KeyStore>(database),
                  std::make_unique<ThrottleStore>(database),
                  std::make_unique<SecretStore>(database),
                  std::make_unique<RoleStore>(database),
                  std::make_unique<ClientStore>(database),
                  std::make_unique<AuthorizationStore>(database),
                  std::make_unique<LogoutStore>(database),
                  AdoptionStore::find(database),
                  database->doubts(),
                  database};
}

}  // namespace keyhold::store
