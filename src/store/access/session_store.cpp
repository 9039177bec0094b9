// SPDX-License-Identifier: Apache-2.0
#include "store/access/session_store.hpp"

#include <algorithm>

#include "store/access/account_access.hpp"
#include "store/access/authorization_store.hpp"
#include "store/access/client_errors.hpp"
#include "store/access/device_rows.hpp"
#include "store/access/session_rows.hpp"
#include "store/errors.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"
#include "store/events/logout_store.hpp"

namespace keyhold::store {

namespace {

// The account's row is written first and held to the end: whoever changes its password waits, or was before us. It must
// look different afterwards, as a Galera cluster compares what transactions wrote and knows nothing of rows that were
// held: hence a second less for the second log-in of a second.
constexpr Query<
    "UPDATE keyhold_accounts SET last_login_at = CASE WHEN last_login_at = :a THEN :a - 1 ELSE :a END "
    "WHERE id = :b AND generation = :c AND disabled = 0",
    "iti">
    touch_account;
// Of those that come at once one is the first.
constexpr Query<
    "UPDATE keyhold_accounts SET last_login_at = :a WHERE id = :b AND generation = :c AND disabled = 0 AND "
    "last_login_at = 0",
    "iti">
    touch_for_the_first_time;
constexpr Insert<"keyhold_sessions", Session> insert_session;
constexpr Query<
    "SELECT {s}, {a} FROM keyhold_sessions s JOIN keyhold_accounts a ON a.id = s.account_id WHERE s.id = :a", "t",
    Session, Subject>
    select_session;
constexpr Query<
    "SELECT {a} FROM keyhold_sessions s JOIN keyhold_accounts a ON a.id = s.account_id "
    "WHERE s.id = :a AND s.ended_at = 0 AND s.ends_at > :b AND a.disabled = 0",
    "ti", Subject>
    select_live;
// A session's id begins with the time of its log-in: the order of ids is that of log-ins.
constexpr Query<
    "SELECT {} FROM keyhold_sessions WHERE account_id = :a AND id < :b AND ended_at = 0 AND ends_at > :c AND "
    "last_used_at > :d ORDER BY id DESC LIMIT :e",
    "ttiii", Session>
    select_own_page;
constexpr Query<
    "SELECT {} FROM keyhold_sessions WHERE id < :a AND ended_at = 0 AND ends_at > :b AND last_used_at > :c ORDER BY id "
    "DESC LIMIT :d",
    "tiii", Session>
    select_page_of_all;
constexpr std::string_view behind_all_ids = "~";
constexpr Query<
    "UPDATE keyhold_sessions SET refresh_digest = :a, rotations = :b, last_used_at = :c WHERE id = :d AND "
    "refresh_digest = :e AND ended_at = 0 AND ends_at > :f AND last_used_at > :g",
    "ttittii">
    update_refresh;
constexpr Query<
    "UPDATE keyhold_sessions SET authenticated_at = :a WHERE id = :b AND account_id = :c AND ended_at = 0 AND ends_at "
    "> "
    ":a",
    "itt">
    update_authenticated;
// ends_at too, as old sessions are found by it.
constexpr Query<
    "UPDATE keyhold_sessions SET ended_at = :a, ends_at = :b, end_reason = :c WHERE id = :d AND ended_at = 0", "iitt">
    update_end;
constexpr Query<
    "UPDATE keyhold_sessions SET ended_at = :a, ends_at = :b, end_reason = :c "
    "WHERE id = :d AND account_id = :e AND ended_at = 0",
    "iittt">
    update_end_of_account;
// Holds the row: whoever ends that session waits, and finds the new one among its children.
constexpr Query<
    "UPDATE keyhold_sessions SET last_used_at = CASE WHEN last_used_at < :a THEN :a ELSE last_used_at END "
    "WHERE id = :b AND ended_at = 0 AND ends_at > :a",
    "it">
    hold_parent;
// Holds the row: whoever removes the client waits, and finds the new session among those that it ends.
constexpr Query<"UPDATE keyhold_clients SET created_at = created_at WHERE id = :a", "t"> hold_client;
constexpr Query<"UPDATE keyhold_sessions SET ended_at = ended_at WHERE id = :a", "t"> hold_child;
constexpr Query<"SELECT account_id FROM keyhold_sessions WHERE id = :a", "t", std::string> select_owner;
constexpr Query<"SELECT {} FROM keyhold_sessions WHERE parent_id = :a", "t", Session> select_children;
constexpr Query<"SELECT id FROM keyhold_sessions WHERE client_id = :a AND ended_at = 0 LIMIT :b", "ti", std::string>
    select_of_client;
constexpr Query<"SELECT id FROM keyhold_sessions WHERE account_id = :a AND ended_at = 0 AND client_id = :b", "tt",
                std::string>
    select_of_account_at_client;
constexpr Query<
    "SELECT id FROM keyhold_sessions WHERE account_id = :a AND ended_at = 0 AND id <> :b ORDER BY id LIMIT :c", "tti",
    std::string>
    select_ids;
constexpr Query<"SELECT id FROM keyhold_sessions WHERE ends_at < :a LIMIT :b", "ii", std::string> select_old_sessions;
constexpr Query<"SELECT id FROM keyhold_sessions WHERE ends_at > :a LIMIT :b", "ii", std::string> select_late;
constexpr Query<
    "UPDATE keyhold_sessions SET ends_at = :a, last_used_at = CASE WHEN last_used_at > :b THEN :b ELSE last_used_at "
    "END WHERE id = :c AND ends_at > :a",
    "iit">
    update_late;
// Whether there are more than `:c`, from an index alone: to sort them, each has to be read.
constexpr Query<"SELECT 1 FROM keyhold_sessions WHERE account_id = :a AND ended_at = 0 AND id <> :b LIMIT 1 OFFSET :c",
                "tti", std::int64_t>
    select_beyond;
// All of one client but the `:c` that were used last: a client that signs people in again and again ends its own.
constexpr Query<
    "SELECT id FROM keyhold_sessions WHERE account_id = :a AND ended_at = 0 AND id <> :b AND client_id = :e "
    "ORDER BY last_used_at DESC, id DESC LIMIT :d OFFSET :c",
    "ttiit", std::string>
    select_idle_longest;
// Where the cap was lowered, each log-in ends so many.
constexpr std::int64_t most_ended_at_once = 100;
// By then every account of such a name is younger.
constexpr Query<"DELETE FROM keyhold_removed_names WHERE removed_at < :a", "i"> delete_names;
constexpr Query<"DELETE FROM keyhold_sessions WHERE id = :a", "t"> delete_session;

void record_ended(Connection& connection, std::string_view account_id, std::string_view session_id,
                  std::string_view reason, std::size_t count) {
    record_event(connection, event_kind("session_ended"),
                 {.account = account_id,
                  .object = count == 1 ? session_id : "",
                  .reason = reason,
                  .times = static_cast<std::int64_t>(count)});
}

void tell_of_stranger(Connection& connection, const Session& session, std::int64_t generation,
                      const SessionStore::Beside& beside) {
    if (!beside.device.empty() && is_known(connection, {beside.device, session.account_id, generation})) return;
    constexpr std::chrono::hours window{1};
    const auto lately =
        mails_of_account(connection, session.account_id, beside.notice->kind, session.created_at - window);
    if (lately < beside.most_notices) insert_mail(connection, *beside.notice);
}

void end_one(Connection& connection, std::string_view id, std::string_view reason, Time now) {
    if (connection.run(update_end, now, now, reason, id) != 1) return;  // it has ended with another one
    record_change(connection, Changed::session, id);
    note_logout(connection, id, now);
}

// What clients were given in this session, which ends; all but one, if one of them has just begun.
void end_children(Connection& connection, std::string_view id, std::string_view reason, Time now,
                  std::string_view all_but = {}) {
    for (const Session& child : connection.find_all(select_children, id)) {
        if (child.ended || child.id == all_but) continue;
        if (!child.is_offline())
            end_one(connection, child.id, reason, now);
        else if (connection.run(hold_child, child.id) == 1)
            note_logout(connection, child.id, now);  // the person has left there, too
    }
}

// A code is good while the session lives in which it was given or allowed, of which what was allowed to a device is no
// child: it is in nobody's browser. Nodes of an earlier release do not write down where that was.
bool hold_giver(Connection& connection, const CodeUse& code, const Session& session) {
    if (code.kind == CodeKind::device && code.allowed_in.empty()) return true;
    const std::string_view giver =
        code.kind == CodeKind::device ? code.allowed_in : std::string_view(session.parent_id);
    return hold_session(connection, giver, session.created_at);
}

}  // namespace

bool is_registered(std::string_view client_id) { return !client_id.empty() && client_id.find('/') == client_id.npos; }

bool has_word(std::string_view list, std::string_view word) {
    for (std::size_t at = list.find(word); at != list.npos; at = list.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
    }
    return false;
}

bool Session::is_offline() const { return has_word(scope.value_or(""), "offline_access"); }

Result<> SessionStore::create(const Session& session, std::int64_t generation, const Beside& beside) {
    return database_->write([&](Connection& connection) -> Result<> {
        // The code first: of two who show it at once, the second waits for its row and finds it used.
        if (beside.code != nullptr && !use_code(connection, *beside.code, session.id)) return errors::code_invalid;
        if (beside.reopens) reopen_account(connection, session.account_id, session.created_at, generation);
        const auto touch = [&](const auto& query) {
            return connection.run(query, session.created_at, session.account_id, generation) == 1;
        };
        const bool is_first = beside.notice != nullptr && touch(touch_for_the_first_time);
        if (!is_first && !touch(touch_account)) return errors::invalid_credentials;
        if (beside.code != nullptr && !hold_giver(connection, *beside.code, session)) return errors::code_invalid;
        if (beside.secret != nullptr && !use_secret(connection, *beside.secret, session.account_id))
            return errors::invalid_credentials;
        if (is_registered(session.client_id) && connection.run(hold_client, session.client_id) != 1)
            return beside.code != nullptr ? errors::code_invalid : errors::invalid_credentials;
        connection.insert(insert_session, session);
        if (session.client_id.empty())
            record_event(connection, event_kind("signed_in"),
                         {.account = session.account_id,
                          .object = session.id,
                          .reason = beside.secret != nullptr ? "link" : ""});
        else
            record_event(connection, event_kind("client_signed_in"),
                         {.account = session.account_id, .object = session.client_id});
        if (beside.notice != nullptr && !is_first) tell_of_stranger(connection, session, generation, beside);
        if (!beside.device.empty()) remember_device(connection, {beside.device, session.account_id, generation});
        if (beside.most_sessions == 0) return {};
        if (!connection.finds_any(select_beyond, session.account_id, session.id, beside.most_sessions - 1)) return {};
        const auto over = connection.find_all(select_idle_longest, session.account_id, session.id,
                                              beside.most_sessions - 1, most_ended_at_once, session.client_id);
        for (const std::string& id : over) {
            end_one(connection, id, beside.reason, session.created_at);
            end_children(connection, id, beside.reason, session.created_at, session.id);
        }
        if (!over.empty()) record_ended(connection, session.account_id, over.front(), beside.reason, over.size());
        return {};
    });
}

Result<bool> SessionStore::authenticate_again(std::string_view id, std::string_view account_id, std::int64_t generation,
                                              Time now) {
    return database_->write([&](Connection& connection) -> Result<bool> {
        if (connection.run(touch_account, now, account_id, generation) != 1) return errors::invalid_credentials;
        return connection.run(update_authenticated, now, id, account_id) == 1;
    });
}

std::optional<SessionOfAccount> SessionStore::find(std::string_view id) {
    return database_->use(Intent::read, [&](Connection& connection) -> std::optional<SessionOfAccount> {
        auto found = connection.find(select_session, id);
        if (!found) return std::nullopt;
        auto& [session, account] = *found;
        return SessionOfAccount{std::move(session), std::move(account)};
    });
}

std::optional<Subject> SessionStore::find_live(std::string_view id, Time now) {
    return database_->use(Intent::read, [&](Connection& connection) { return connection.find(select_live, id, now); });
}

SessionPage SessionStore::list(const Wanted& wanted) {
    if (cannot_be_stored(wanted.after)) return {};
    const auto limit = static_cast<std::size_t>(std::clamp(wanted.limit, 1, 1000));
    const auto with_one_more = static_cast<std::int64_t>(limit) + 1;  // tells whether there is a next page
    const std::string_view after = wanted.after.empty() ? behind_all_ids : wanted.after;
    return database_->use(Intent::read, [&](Connection& connection) {
        SessionPage page{connection.find_all(select_own_page, wanted.account_id, after, wanted.now,
                                             wanted.not_idle_since, with_one_more),
                         {}};
        if (page.sessions.size() <= limit) return page;
        page.sessions.pop_back();
        page.next = page.sessions.back().id;
        return page;
    });
}

SessionPage SessionStore::list_all(const Wanted& wanted) {
    if (cannot_be_stored(wanted.after)) return {};
    const auto limit = static_cast<std::size_t>(std::clamp(wanted.limit, 1, 1000));
    const std::string_view after = wanted.after.empty() ? behind_all_ids : wanted.after;
    return database_->use(Intent::read, [&](Connection& connection) {
        SessionPage page{connection.find_all(select_page_of_all, after, wanted.now, wanted.not_idle_since, limit + 1),
                         {}};
        if (page.sessions.size() <= limit) return page;
        page.sessions.pop_back();
        page.next = page.sessions.back().id;
        return page;
    });
}

bool SessionStore::rotate(const Rotation& rotation) {
    return database_->write([&](Connection& connection) {
        return connection.run(update_refresh, rotation.next, rotation.rotations, rotation.now, rotation.id,
                              rotation.expected, rotation.now, rotation.not_idle_since) == 1;
    });
}

bool SessionStore::end(std::string_view id, std::optional<std::string_view> account_id, std::string_view reason,
                       Time now) {
    return database_->write([&](Connection& connection) {
        const std::int64_t ended = account_id ? connection.run(update_end_of_account, now, now, reason, id, *account_id)
                                              : connection.run(update_end, now, now, reason, id);
        if (ended == 0) return false;
        record_change(connection, Changed::session, id);
        record_ended(connection, connection.find(select_owner, id).value_or(""), id, reason, 1);
        note_logout(connection, id, now);
        end_children(connection, id, reason, now);
        return true;
    });
}

bool hold_session(Connection& connection, std::string_view id, Time now) {
    return connection.run(hold_parent, now, id) == 1;
}

// Allowing a device locks the session that allows it: once the sessions have ended here, no further device can be
// allowed.
std::size_t end_sessions(Connection& connection, const Whose& whose, std::string_view reason, Time now,
                         std::int64_t limit) {
    const auto found = connection.find_all(select_ids, whose.account_id, whose.all_but, limit);
    for (const std::string& id : found) end_one(connection, id, reason, now);
    end_codes_of(connection, whose.account_id, now);
    return found.size();
}

std::size_t end_sessions_of_client(Connection& connection, std::string_view client_id, std::string_view reason,
                                   Time now) {
    const auto found = connection.find_all(select_of_client, client_id, sessions_at_once);
    for (const std::string& id : found) end_one(connection, id, reason, now);
    return found.size();
}

std::size_t end_client_sessions(Connection& connection, std::string_view account_id, std::string_view client_id,
                                std::string_view reason, Time now) {
    const auto found = connection.find_all(select_of_account_at_client, account_id, client_id);
    for (const std::string& id : found) end_one(connection, id, reason, now);
    return found.size();
}

std::vector<Session> SessionStore::children(std::string_view id) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find_all(select_children, id); });
}

void end_most_sessions(Database& database, const Whose& whose, std::string_view reason, Time now,
                       const std::function<bool(Connection&)>& holds) {
    const auto are_many = [&](Connection& connection) {
        return connection.find_all(select_ids, whose.account_id, whose.all_but, sessions_at_once + 1).size() >
               static_cast<std::size_t>(sessions_at_once);
    };
    const auto end_some = [&](Connection& connection) {
        if (!holds(connection)) return false;
        end_sessions(connection, whose, reason, now, sessions_at_once);
        return true;
    };
    bool are_some_told = true;
    while (database.use(Intent::read, are_many) && database.write_part(end_some)) are_some_told = false;
    // Here, as nobody knows whether the transaction behind this one changes anything.
    if (!are_some_told) database.tell_the_others();
}

// The transaction that finds fewer than it may end is the moment at which all are over: whoever logs in before it ends
// with the others, whoever does afterwards stays.
std::size_t SessionStore::end_all(const Whose& whose, std::string_view reason, Time now) {
    bool is_first = true;
    const auto end_some = [&](Connection& connection) {
        // Each of them holds the account's row.
        if (is_first)
            end_tokens_of(connection, whose.account_id, now);
        else
            hold_account(connection, whose.account_id);
        const std::size_t some = end_sessions(connection, whose, reason, now, sessions_at_once);
        if (some > 0) record_ended(connection, whose.account_id, "", reason, some);
        return some;
    };
    std::size_t count = 0;
    for (std::size_t ended = sessions_at_once; ended == static_cast<std::size_t>(sessions_at_once); count += ended) {
        ended = database_->write_part(end_some);
        is_first = false;
    }
    database_->tell_the_others();
    return count;
}

std::int64_t SessionStore::cap_ends(Time latest, Time now, std::int64_t limit) {
    // Mostly there are none: that is found out without a transaction.
    const auto found = database_->use(
        Intent::read, [&](Connection& connection) { return connection.find_all(select_late, latest, limit); });
    if (found.empty()) return 0;
    return database_->write([&](Connection& connection) {
        for (const std::string& id : found) connection.run(update_late, latest, now, id);
        return static_cast<std::int64_t>(found.size());
    });
}

std::int64_t SessionStore::purge(Time time, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        const auto found = connection.find_all(select_old_sessions, time, limit);
        for (const std::string& id : found) connection.run(delete_session, id);
        connection.run(delete_names, time);
        return static_cast<std::int64_t>(found.size());
    });
}

}  // namespace keyhold::store
