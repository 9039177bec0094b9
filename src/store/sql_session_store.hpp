// SessionStore in SQL, the same text for every database.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "store/database.hpp"
#include "store/session_store.hpp"

namespace keyhold::store {

class SqlSessionStore final : public SessionStore {
public:
    explicit SqlSessionStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    using SessionStore::create;
    Result<> create(const Session& session, std::int64_t generation, const Beside& beside) override;
    std::optional<SessionOfAccount> find(std::string_view id) override;
    std::optional<LiveSession> find_live(std::string_view id, Time now) override;
    SessionPage list(const Wanted& wanted) override;
    bool rotate(const Rotation& rotation) override;
    bool end(std::string_view id, std::optional<std::string_view> account_id, std::string_view reason,
             Time now) override;
    std::size_t end_all(const Whose& whose, std::string_view reason, Time now) override;
    std::int64_t cap_ends(Time latest, Time now, std::int64_t limit) override;
    std::int64_t purge(Time time, std::int64_t limit) override;

private:
    std::shared_ptr<Database> database_;
};

// So many sessions end in one transaction: some milliseconds, in which others wait who want to write.
inline constexpr std::int64_t sessions_at_once = 500;

// Within a transaction that holds the account's row, so that no session can begin meanwhile. At most `limit`.
std::size_t end_sessions(Connection& connection, const Whose& whose, std::string_view reason, Time now,
                         std::int64_t limit = std::numeric_limits<std::int64_t>::max());

// Before a transaction that ends all of them: ends so many, in transactions of their own, that few are left for it.
// Each of them asks `holds`, which takes hold of the account's row and says whether the sessions shall end at all. If
// the process dies meanwhile, some have ended and nothing else has changed: whoever asks again gets all of it.
void end_most_sessions(Database& database, const Whose& whose, std::string_view reason, Time now,
                       const std::function<bool(Connection&)>& holds);

}  // namespace keyhold::store
