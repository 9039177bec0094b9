#include "store/sql_session_store.hpp"

#include <algorithm>

#include "store/sql_account_columns.hpp"
#include "store/sql_change_store.hpp"
#include "store/sql_devices.hpp"
#include "store/times.hpp"

namespace keyhold::store {

namespace {

#define KEYHOLD_SESSION_COLUMNS                                                                                    \
    "s.id, s.account_id, s.device, s.address, s.created_at, s.last_used_at, s.ends_at, s.ended_at, s.end_reason, " \
    "s.refresh_digest, s.family_key, s.rotations"
#define KEYHOLD_SESSION_TYPES "ttttiiiitttt"

// The account's row is written first and held to the end: whoever changes its password waits, or was before us. It must
// look different afterwards, as a Galera cluster compares what transactions wrote and knows nothing of rows that were
// held: hence a second less for the second log-in of a second.
constexpr Sql touch_account{
    "UPDATE keyhold_accounts SET last_login_at = CASE WHEN last_login_at = :a THEN :a - 1 ELSE :a END "
    "WHERE id = :b AND generation = :c AND disabled = 0",
    "iti", ""};
constexpr Sql insert{
    "INSERT INTO keyhold_sessions (id, account_id, device, address, created_at, last_used_at, ends_at, ended_at, "
    "end_reason, refresh_digest, family_key, rotations) VALUES (:a, :b, :c, :d, :e, :f, :g, 0, '', :h, :i, :j)",
    "ttttiiittt", ""};
constexpr Sql select_one{
    "SELECT " KEYHOLD_SESSION_COLUMNS
    ", a.username, a.disabled FROM keyhold_sessions s JOIN keyhold_accounts a ON a.id = s.account_id WHERE s.id = :a",
    "t", KEYHOLD_SESSION_TYPES "ti"};
constexpr Sql select_live{
    "SELECT s.account_id, a.username FROM keyhold_sessions s JOIN keyhold_accounts a ON a.id = s.account_id "
    "WHERE s.id = :a AND s.ended_at = 0 AND s.ends_at > :b AND a.disabled = 0",
    "ti", "tt"};
// A session's id begins with the time of its log-in: the order of ids is that of log-ins.
constexpr Sql select_page{"SELECT " KEYHOLD_SESSION_COLUMNS
                          " FROM keyhold_sessions s WHERE s.account_id = :a AND s.id < :b AND s.ended_at = 0 AND "
                          "s.ends_at > :c AND s.last_used_at > :d ORDER BY s.id DESC LIMIT :e",
                          "ttiii", KEYHOLD_SESSION_TYPES};
constexpr std::string_view behind_all_ids = "~";
constexpr Sql update_refresh{
    "UPDATE keyhold_sessions SET refresh_digest = :a, rotations = :b, last_used_at = :c WHERE id = :d AND "
    "refresh_digest = :e AND ended_at = 0 AND ends_at > :f AND last_used_at > :g",
    "ttittii", ""};
// ends_at too, as old sessions are found by it.
constexpr Sql update_end{
    "UPDATE keyhold_sessions SET ended_at = :a, ends_at = :b, end_reason = :c WHERE id = :d AND ended_at = 0", "iitt",
    ""};
constexpr Sql update_end_of_account{
    "UPDATE keyhold_sessions SET ended_at = :a, ends_at = :b, end_reason = :c "
    "WHERE id = :d AND account_id = :e AND ended_at = 0",
    "iittt", ""};
constexpr Sql select_ids{
    "SELECT id FROM keyhold_sessions WHERE account_id = :a AND ended_at = 0 AND id <> :b ORDER BY id LIMIT :c", "tti",
    "t"};
constexpr Sql hold_account{"UPDATE keyhold_accounts SET generation = generation WHERE id = :a", "t", ""};
constexpr Sql select_old{"SELECT id FROM keyhold_sessions WHERE ends_at < :a LIMIT :b", "ii", "t"};
constexpr Sql select_late{"SELECT id FROM keyhold_sessions WHERE ends_at > :a LIMIT :b", "ii", "t"};
constexpr Sql update_late{
    "UPDATE keyhold_sessions SET ends_at = :a, last_used_at = CASE WHEN last_used_at > :b THEN :b ELSE last_used_at "
    "END WHERE id = :c AND ends_at > :a",
    "iit", ""};
// All but the `:c` that were used last.
constexpr Sql select_idle_longest{
    "SELECT id FROM keyhold_sessions WHERE account_id = :a AND ended_at = 0 AND id <> :b "
    "ORDER BY last_used_at DESC, id DESC LIMIT :d OFFSET :c",
    "ttii", "t"};
// Where the cap was lowered, each log-in ends so many.
constexpr std::int64_t most_ended_at_once = 100;
// By then every account of such a name is younger.
constexpr Sql delete_names{"DELETE FROM keyhold_removed_names WHERE removed_at < :a", "i", ""};
constexpr Sql delete_one{"DELETE FROM keyhold_sessions WHERE id = :a", "t", ""};

Session session_of(const Statement& row) {
    Session session{.id = row.text(0),
                    .account_id = row.text(1),
                    .device = row.text(2),
                    .address = row.text(3),
                    .created_at = time_of(row.integer(4)),
                    .last_used_at = time_of(row.integer(5)),
                    .ends_at = time_of(row.integer(6)),
                    .ended = {},
                    .end_reason = row.text(8),
                    .refresh_digest = row.text(9),
                    .family_key = row.text(10),
                    .rotations = row.text(11)};
    if (row.integer(7) != 0) session.ended = time_of(row.integer(7));
    return session;
}

std::vector<std::string> ids(Connection& connection, const Sql& sql, std::initializer_list<Parameter> parameters) {
    std::vector<std::string> found;
    connection.statement(sql).run(parameters, [&](const Statement& row) { found.push_back(row.text(0)); });
    return found;
}

}  // namespace

Result<> SqlSessionStore::create(const Session& session, std::int64_t generation, const Beside& beside) {
    // As write_change() does it, but only when a session ends: a log-in waits for no other node.
    struct Ring {
        Doorbell& doorbell;
        bool has_ended = false;
        ~Ring() {
            if (has_ended) doorbell.ring();
        }
    };
    std::optional<Ring> after_the_commit(std::in_place, database_->doorbell());
    auto created = database_->write([&](Connection& connection) -> Result<> {
        if (connection.statement(touch_account).run({seconds(session.created_at), session.account_id, generation}) != 1)
            return Errc::invalid_credentials;
        connection.statement(insert).run({session.id, session.account_id, session.device, session.address,
                                          seconds(session.created_at), seconds(session.last_used_at),
                                          seconds(session.ends_at), session.refresh_digest, session.family_key,
                                          session.rotations});
        if (!beside.device.empty()) remember_device(connection, {beside.device, session.account_id, generation});
        if (beside.most_sessions == 0) return {};
        const auto over = ids(connection, select_idle_longest,
                              {session.account_id, session.id, beside.most_sessions - 1, most_ended_at_once});
        for (const std::string& id : over) {
            const std::int64_t now = seconds(session.created_at);
            connection.statement(update_end).run({now, now, beside.reason, id});
            record_change(connection, Changed::session, id);
        }
        if (!over.empty()) after_the_commit->has_ended = true;
        return {};
    });
    const bool has_ended = after_the_commit->has_ended;
    after_the_commit.reset();
    if (has_ended) database_->tell_the_others();
    return created;
}

std::optional<SessionOfAccount> SqlSessionStore::find(std::string_view id) {
    return database_->use(Intent::read, [&](Connection& connection) {
        std::optional<SessionOfAccount> found;
        connection.statement(select_one).run({id}, [&](const Statement& row) {
            found = SessionOfAccount{session_of(row), row.text(12), row.integer(13) != 0};
        });
        return found;
    });
}

std::optional<LiveSession> SqlSessionStore::find_live(std::string_view id, Time now) {
    return database_->use(Intent::read, [&](Connection& connection) {
        std::optional<LiveSession> found;
        connection.statement(select_live).run({id, seconds(now)}, [&](const Statement& row) {
            found = LiveSession{row.text(0), row.text(1)};
        });
        return found;
    });
}

SessionPage SqlSessionStore::list(const Wanted& wanted) {
    const auto limit = static_cast<std::size_t>(std::clamp(wanted.limit, 1, 1000));
    const auto with_one_more = static_cast<std::int64_t>(limit) + 1;  // tells whether there is a next page
    const std::string_view after = wanted.after.empty() ? behind_all_ids : wanted.after;
    return database_->use(Intent::read, [&](Connection& connection) {
        SessionPage page;
        connection.statement(select_page)
            .run({wanted.account_id, after, seconds(wanted.now), seconds(wanted.not_idle_since), with_one_more},
                 [&](const Statement& row) { page.sessions.push_back(session_of(row)); });
        if (page.sessions.size() <= limit) return page;
        page.sessions.pop_back();
        page.next = page.sessions.back().id;
        return page;
    });
}

bool SqlSessionStore::rotate(const Rotation& rotation) {
    return database_->write([&](Connection& connection) {
        const std::int64_t now = seconds(rotation.now);
        return connection.statement(update_refresh)
                   .run({rotation.next, rotation.rotations, now, rotation.id, rotation.expected, now,
                         seconds(rotation.not_idle_since)}) == 1;
    });
}

bool SqlSessionStore::end(std::string_view id, std::optional<std::string_view> account_id, std::string_view reason,
                          Time now) {
    const std::int64_t at = seconds(now);
    return write_change(*database_, [&](Connection& connection) {
        const std::int64_t ended =
            account_id ? connection.statement(update_end_of_account).run({at, at, reason, id, *account_id})
                       : connection.statement(update_end).run({at, at, reason, id});
        if (ended != 0) record_change(connection, Changed::session, id);
        return ended != 0;
    });
}

std::size_t end_sessions(Connection& connection, const Whose& whose, std::string_view reason, Time now,
                         std::int64_t limit) {
    const auto found = ids(connection, select_ids, {whose.account_id, whose.all_but, limit});
    for (const std::string& id : found) {
        connection.statement(update_end).run({seconds(now), seconds(now), reason, id});
        record_change(connection, Changed::session, id);
    }
    return found.size();
}

void end_most_sessions(Database& database, const Whose& whose, std::string_view reason, Time now,
                       const std::function<bool(Connection&)>& holds) {
    const auto are_many = [&](Connection& connection) {
        return ids(connection, select_ids, {whose.account_id, whose.all_but, sessions_at_once + 1}).size() >
               static_cast<std::size_t>(sessions_at_once);
    };
    const auto end_some = [&](Connection& connection) {
        if (!holds(connection)) return false;
        end_sessions(connection, whose, reason, now, sessions_at_once);
        return true;
    };
    while (database.use(Intent::read, are_many) && write_part_of_change(database, end_some)) {
    }
}

// The transaction that finds fewer than it may end is the moment at which all are over: whoever logs in before it ends
// with the others, whoever does afterwards stays.
std::size_t SqlSessionStore::end_all(const Whose& whose, std::string_view reason, Time now) {
    bool is_first = true;
    const auto end_some = [&](Connection& connection) {
        // Each of them holds the account's row.
        if (is_first)
            end_tokens_of(connection, whose.account_id, now);
        else
            connection.statement(hold_account).run({whose.account_id});
        return end_sessions(connection, whose, reason, now, sessions_at_once);
    };
    std::size_t count = 0;
    for (std::size_t ended = sessions_at_once; ended == static_cast<std::size_t>(sessions_at_once); count += ended) {
        ended = write_part_of_change(*database_, end_some);
        is_first = false;
    }
    database_->tell_the_others();
    return count;
}

std::int64_t SqlSessionStore::cap_ends(Time latest, Time now, std::int64_t limit) {
    // Mostly there are none: that is found out without a transaction.
    const auto found = database_->use(Intent::read, [&](Connection& connection) {
        return ids(connection, select_late, {seconds(latest), limit});
    });
    if (found.empty()) return 0;
    return database_->write([&](Connection& connection) {
        for (const std::string& id : found) connection.statement(update_late).run({seconds(latest), seconds(now), id});
        return static_cast<std::int64_t>(found.size());
    });
}

std::int64_t SqlSessionStore::purge(Time time, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        const auto found = ids(connection, select_old, {seconds(time), limit});
        for (const std::string& id : found) connection.statement(delete_one).run({id});
        connection.statement(delete_names).run({seconds(time)});
        return static_cast<std::int64_t>(found.size());
    });
}

}  // namespace keyhold::store
