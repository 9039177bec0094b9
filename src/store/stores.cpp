#include "store/stores.hpp"

#include "store/sql_account_store.hpp"
#include "store/sql_adoption_store.hpp"
#include "store/sql_change_store.hpp"
#include "store/sql_key_store.hpp"
#include "store/sql_session_store.hpp"
#include "store/sql_throttle_store.hpp"

namespace keyhold::store {

namespace {

std::optional<Time> restored_at(Database& database) {
    static constexpr Sql select{"SELECT restored_at FROM keyhold_restored", "", "i"};
    return database.use(Intent::read, [](Connection& connection) {
        std::optional<Time> time;
        connection.statement(select).run(
            {}, [&](const Statement& row) { time = Time(std::chrono::seconds(row.integer(0))); });
        return time;
    });
}

}  // namespace

Result<Stores> open_stores(std::string_view url, const DatabaseOptions& options) {
    auto opened = Database::open(url, options);
    if (!opened) return std::move(opened).error();
    const std::shared_ptr<Database> database = std::move(*opened);
    return Stores{std::make_unique<SqlAccountStore>(database),
                  std::make_unique<SqlSessionStore>(database),
                  std::make_unique<SqlChangeStore>(database),
                  std::make_unique<SqlKeyStore>(database),
                  std::make_unique<SqlThrottleStore>(database),
                  restored_at(*database),
                  SqlAdoptionStore::find(database),
                  database->doubts(),
                  database};
}

}  // namespace keyhold::store
