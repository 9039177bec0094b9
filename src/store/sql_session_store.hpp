// SessionStore in SQL, the same text for every database.
#pragma once

#include <memory>
#include <utility>

#include "store/database.hpp"
#include "store/session_store.hpp"

namespace keyhold::store {

class SqlSessionStore final : public SessionStore {
public:
    explicit SqlSessionStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    using SessionStore::create;
    Result<> create(const Session& session, std::int64_t generation, const Cap& cap) override;
    std::optional<SessionOfAccount> find(std::string_view id) override;
    std::optional<LiveSession> find_live(std::string_view id, Time now) override;
    SessionPage list(const Wanted& wanted) override;
    bool rotate(const Rotation& rotation) override;
    bool end(std::string_view id, std::optional<std::string_view> account_id, std::string_view reason,
             Time now) override;
    std::size_t end_all(const Whose& whose, std::string_view reason, Time now) override;
    std::int64_t purge(Time time, std::int64_t limit) override;

private:
    std::shared_ptr<Database> database_;
};

// Within a transaction that holds the account's row, so that no session can begin meanwhile.
std::size_t end_sessions(Connection& connection, const Whose& whose, std::string_view reason, Time now);

}  // namespace keyhold::store
