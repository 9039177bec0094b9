// SPDX-License-Identifier: Apache-2.0
#include "store/events/logout_store.hpp"

#include "store/database/database.hpp"

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
constexpr Query<
    "SELECT {n} FROM keyhold_logout_notices n LEFT JOIN keyhold_clients c ON c.id = n.client_id WHERE n.due_at <= :a "
    "AND (c.id IS NULL OR (c.registration_digest = '' AND c.log_outs_held_until <= :a)) "
    "ORDER BY n.due_at, n.session_id LIMIT 1",
    "i", LogoutNotice>
    select_notice_due;
constexpr Query<
    "SELECT {n} FROM keyhold_logout_notices n JOIN keyhold_clients c ON c.id = n.client_id WHERE n.due_at <= :a "
    "AND c.registration_digest <> '' AND c.log_outs_held_until <= :a ORDER BY n.due_at, n.session_id LIMIT 1",
    "i", LogoutNotice>
    select_due_of_strangers;
constexpr Query<"SELECT {} FROM keyhold_logout_notices WHERE client_id = :a AND due_at <= :b LIMIT :c", "tii",
                LogoutNotice>
    select_due_of_client;
constexpr Query<"UPDATE keyhold_clients SET log_outs_held_until = :a WHERE id = :b AND log_outs_held_until <= :c",
                "iti">
    hold_log_outs;
// By whoever holds it: a lease that has run out may be another's by now.
constexpr Query<"UPDATE keyhold_clients SET log_outs_held_until = :a WHERE id = :b AND log_outs_held_until = :c", "iti">
    update_held_log_outs;
constexpr Query<"SELECT COUNT(*) FROM keyhold_clients WHERE id = :a", "t", std::int64_t> count_clients;
constexpr Query<
    "UPDATE keyhold_logout_notices SET due_at = :a, attempts = attempts + 1 WHERE session_id = :b AND attempts = :c "
    "AND due_at = :d",
    "itii">
    update_lease;
constexpr Query<"DELETE FROM keyhold_logout_notices WHERE session_id = :a", "t"> delete_notice;
constexpr Query<"UPDATE keyhold_logout_notices SET due_at = :a WHERE session_id = :b", "it"> update_due;
constexpr Query<
    "UPDATE keyhold_logout_notices SET due_at = :a, attempts = attempts - 1 WHERE session_id = :b AND attempts = :c "
    "AND due_at = :d",
    "itii">
    undo_lease;

// In one transaction, as a session's end may note many: others who want to write wait for it for some milliseconds.
constexpr std::int64_t notices_at_once = 500;

// Whether it is ours now: the client, if it is still there, and the notice. Everybody takes them in this order.
bool take_notice(Connection& connection, const LogoutNotice& found, Time now, Time until) {
    const bool holds = connection.run(hold_log_outs, until, found.client_id, now) == 1;
    if (!holds && connection.find(count_clients, found.client_id) != 0) return false;  // somebody is at it
    if (connection.run(update_lease, until, found.session_id, found.attempts, found.due_at) == 1) return true;
    if (holds) connection.run(update_held_log_outs, Time(), found.client_id, until);
    return false;
}

// Another notice of this client may be leased at once.
void let_go_of_client(Connection& connection, const LogoutNotice& leased) {
    connection.run(update_held_log_outs, Time(), leased.client_id, leased.due_at);
}

}  // namespace

std::optional<LogoutNotice> LogoutStore::lease(ClientsOf whose, Time now, Time until) {
    // If another node was faster and leased the same notice, we look for another one.
    for (;;) {
        auto found = database_->use(Intent::read, [&](Connection& connection) {
            return whose == ClientsOf::strangers ? connection.find(select_due_of_strangers, now)
                                                 : connection.find(select_notice_due, now);
        });
        if (!found) return std::nullopt;
        if (!database_->write([&](Connection& connection) { return take_notice(connection, *found, now, until); }))
            continue;
        // What the row holds by now; the functions below compare with it.
        found->due_at = until;
        ++found->attempts;
        return found;
    }
}

void LogoutStore::remove(const LogoutNotice& leased) {
    database_->write([&](Connection& connection) {
        let_go_of_client(connection, leased);
        return connection.run(delete_notice, leased.session_id);
    });
}

void LogoutStore::try_again(const LogoutNotice& leased, Time due_at) {
    database_->write([&](Connection& connection) {
        let_go_of_client(connection, leased);
        return connection.run(update_due, due_at, leased.session_id);
    });
}

// If nobody else has it by now.
void LogoutStore::give_back(const LogoutNotice& leased, Time due_at) {
    database_->write([&](Connection& connection) {
        let_go_of_client(connection, leased);
        return connection.run(undo_lease, due_at, leased.session_id, leased.attempts, leased.due_at);
    });
}

std::vector<LogoutNotice> LogoutStore::put_off(const LogoutNotice& leased, Time now, Time held_until,
                                               std::span<const std::chrono::seconds> waits) {
    std::vector<LogoutNotice> given_up;
    // The moment at which a notice with so many tries is due again; empty if it is given up.
    const auto due_after = [&](std::int64_t tries) {
        const auto tried = static_cast<std::size_t>(tries);
        return tried <= waits.size() ? std::optional(now + waits[tried - 1]) : std::nullopt;
    };
    const auto give_up = [&](Connection& connection, const LogoutNotice& notice) {
        if (connection.run(delete_notice, notice.session_id) == 1) given_up.push_back(notice);
    };
    database_->write([&](Connection& connection) {
        // In a transaction before the others: from here on nobody else begins with this client, whatever becomes of the
        // rest.
        connection.run(update_held_log_outs, held_until, leased.client_id, leased.due_at);
        if (const auto due = due_after(leased.attempts))
            connection.run(update_due, *due, leased.session_id);
        else
            give_up(connection, leased);
        return true;
    });
    std::size_t count = 0;
    do {
        count = database_->write([&](Connection& connection) {
            const auto all = connection.find_all(select_due_of_client, leased.client_id, now, notices_at_once);
            for (const LogoutNotice& one : all) {
                // The one that was leased was counted when it was leased; these are counted here.
                if (const auto due = due_after(one.attempts + 1))
                    connection.run(update_lease, *due, one.session_id, one.attempts, one.due_at);
                else
                    give_up(connection, one);
            }
            return all.size();
        });
    } while (static_cast<std::int64_t>(count) == notices_at_once);
    return given_up;
}

void note_logout(Connection& connection, std::string_view session_id, Time now) {
    connection.run(insert_notice, now, session_id);
}

}  // namespace keyhold::store
