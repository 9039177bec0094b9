#include "store/stores.hpp"

#include "store/adoption/sql_adoption_store.hpp"
#include "store/sql_account_store.hpp"
#include "store/sql_change_store.hpp"
#include "store/sql_key_store.hpp"
#include "store/sql_secret_store.hpp"
#include "store/sql_session_store.hpp"
#include "store/sql_throttle_store.hpp"

namespace keyhold::store {

Result<Stores> open_stores(std::string_view url, const DatabaseOptions& options) {
    auto opened = Database::open(url, options);
    if (!opened) return std::move(opened).error();
    const std::shared_ptr<Database> database = std::move(*opened);
    return Stores{std::make_unique<SqlAccountStore>(database),
                  std::make_unique<SqlSessionStore>(database),
                  std::make_unique<SqlChangeStore>(database),
                  std::make_unique<SqlKeyStore>(database),
                  std::make_unique<SqlThrottleStore>(database),
                  std::make_unique<SqlSecretStore>(database),
                  SqlAdoptionStore::find(database),
                  database->doubts(),
                  database};
}

}  // namespace keyhold::store
