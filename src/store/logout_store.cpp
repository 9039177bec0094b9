// SPDX-License-Identifier: Apache-2.0
#include "store/logout_store.hpp"

#include "store/database.hpp"

namespace keyhold::store {

namespace {

// A session ends once, but an offline one is told of when the person signs out and again when it ends itself.
constexpr Query<
    "INSERT INTO keyhold_logout_notices (session_id, client_id, account_id, due_at, attempts) "
    "SELECT s.id, s.client_id, s.account_id, :a, 0 FROM keyhold_sessions s JOIN keyhold_clients c ON c.id = "
    "s.client_id WHERE s.id = :b AND c.backchannel_logout_uri <> '' AND NOT EXISTS (SELECT 1 FROM "
    "keyhold_logout_notices n WHERE n.session_id = :b)",
    "it">
    insert_notice;
constexpr Query<"SELECT {} FROM keyhold_logout_notices WHERE due_at <= :a ORDER BY due_at, session_id LIMIT 1", "i",
                LogoutNotice>
    select_due;
constexpr Query<
    "UPDATE keyhold_logout_notices SET due_at = :a, attempts = attempts + 1 WHERE session_id = :b AND attempts = :c "
    "AND due_at = :d",
    "itii">
    update_lease;
constexpr Query<"DELETE FROM keyhold_logout_notices WHERE session_id = :a", "t"> delete_one;
constexpr Query<"UPDATE keyhold_logout_notices SET due_at = :a WHERE session_id = :b", "it"> update_due;

}  // namespace

std::optional<LogoutNotice> LogoutStore::lease(Time now, Time until) {
    // Whoever was slower looks for another one.
    for (;;) {
        auto found =
            database_->use(Intent::read, [&](Connection& connection) { return connection.find(select_due, now); });
        if (!found) return std::nullopt;
        const bool is_ours = database_->write([&](Connection& connection) {
            return connection.run(update_lease, until, found->session_id, found->attempts, found->due_at) == 1;
        });
        if (!is_ours) continue;
        found->due_at = until;
        ++found->attempts;
        return found;
    }
}

void LogoutStore::remove(std::string_view session_id) {
    database_->write([&](Connection& connection) { return connection.run(delete_one, session_id); });
}

void LogoutStore::try_again(std::string_view session_id, Time due_at) {
    database_->write([&](Connection& connection) { return connection.run(update_due, due_at, session_id); });
}

void note_logout(Connection& connection, std::string_view session_id, Time now) {
    connection.run(insert_notice, now, session_id);
}

}  // namespace keyhold::store
