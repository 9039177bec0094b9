// SPDX-License-Identifier: Apache-2.0
#include "store/access/authorization_store.hpp"

#include <algorithm>

#include "store/access/session_rows.hpp"
#include "store/database/database.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Insert<"keyhold_authorization_codes", AuthorizationCode> insert_code;
constexpr Query<"SELECT {} FROM keyhold_authorization_codes WHERE digest = :a", "t", AuthorizationCode> select_code;
constexpr Query<
    "UPDATE keyhold_authorization_codes SET used_at = :a, session_id = :b "
    "WHERE digest = :c AND client_id = :d AND used_at = 0 AND expires_at > :a",
    "ittt">
    update_used_code;
// By when they expire: of a minute there are few.
constexpr Query<
    "SELECT digest FROM keyhold_authorization_codes WHERE expires_at > :a AND account_id = :b AND client_id = :c AND "
    "used_at = 0",
    "itt", std::string>
    select_unused_codes;
struct UnusedCode {
    std::string digest, client_id;
};
KEYHOLD_ROW(UnusedCode, (digest), (client_id))
constexpr Query<"SELECT {} FROM keyhold_authorization_codes WHERE expires_at > :a AND account_id = :b AND used_at = 0",
                "it", UnusedCode>
    select_unused_codes_of_all;
// What is over is found first and deleted row by row; LIMIT bounds what one transaction holds.
constexpr Query<"SELECT digest FROM keyhold_authorization_codes WHERE expires_at < :a LIMIT :b", "ii", std::string>
    select_old_codes;
constexpr Query<"DELETE FROM keyhold_authorization_codes WHERE digest = :a", "t"> delete_code;
constexpr Insert<"keyhold_pushed_requests", PushedRequest> insert_pushed;
constexpr Query<"SELECT {} FROM keyhold_pushed_requests WHERE digest = :a AND expires_at > :b", "ti", PushedRequest>
    select_pushed;
constexpr Query<"SELECT digest FROM keyhold_pushed_requests WHERE expires_at < :a LIMIT :b", "ii", std::string>
    select_old_pushed;
constexpr Query<"DELETE FROM keyhold_pushed_requests WHERE digest = :a", "t"> delete_pushed;
constexpr Insert<"keyhold_device_codes", DeviceCode> insert_device_code;
constexpr Query<"SELECT {} FROM keyhold_device_codes WHERE digest = :a", "t", DeviceCode> select_device_code;
// By what the person types: one that somebody has decided about already is not asked about again.
constexpr Query<"SELECT {} FROM keyhold_device_codes WHERE user_code_digest = :a AND state = :b AND expires_at > :c",
                "tii", DeviceCode>
    select_waiting_device;
constexpr Query<
    "UPDATE keyhold_device_codes SET state = :a, account_id = :b, authenticated_at = :c, parent_id = :g "
    "WHERE user_code_digest = :d AND state = :e AND expires_at > :f",
    "ititiit">
    update_decided;
constexpr Query<
    "UPDATE keyhold_device_codes SET asked_at = :a, interval_seconds = :b WHERE digest = :c AND asked_at = :d AND "
    "interval_seconds = :e",
    "iitii">
    update_asked;
constexpr Query<
    "UPDATE keyhold_device_codes SET used_at = :a, session_id = :b "
    "WHERE digest = :c AND client_id = :d AND state = :e AND used_at = 0 AND expires_at > :a",
    "ittti">
    update_used_device;
// Found by when they expire: of the last ten minutes there are few. Each is then written by its own key, so that on a
// server nobody waits for rows of others.
constexpr Query<
    "SELECT digest FROM keyhold_device_codes WHERE expires_at > :a AND account_id = :b AND state = :c AND used_at = 0",
    "iti", std::string>
    select_allowed_devices;
constexpr Query<
    "SELECT digest FROM keyhold_device_codes WHERE expires_at > :a AND account_id = :b AND state = :c AND used_at = 0 "
    "AND client_id = :d",
    "itit", std::string>
    select_allowed_devices_at;
constexpr Query<"UPDATE keyhold_device_codes SET state = :a WHERE digest = :b AND used_at = 0", "it"> update_denied;
constexpr Query<
    "SELECT digest FROM keyhold_device_codes WHERE expires_at < :a AND (used_at = 0 OR expires_at < :b) LIMIT :c",
    "iii", std::string>
    select_old_devices;
constexpr Query<"DELETE FROM keyhold_device_codes WHERE digest = :a", "t"> delete_device_code;
constexpr Insert<"keyhold_client_assertions", ClientAssertion> insert_assertion;
constexpr Query<"SELECT digest FROM keyhold_client_assertions WHERE expires_at < :a LIMIT :b", "ii", std::string>
    select_old_assertions;
constexpr Query<"DELETE FROM keyhold_client_assertions WHERE digest = :a", "t"> delete_assertion;
constexpr Query<"SELECT {} FROM keyhold_consents WHERE account_id = :a AND client_id = :b", "tt", Consent>
    select_consent;
constexpr Query<"DELETE FROM keyhold_consents WHERE account_id = :a AND client_id = :b", "tt"> delete_consent;
constexpr Query<"SELECT client_id FROM keyhold_consents WHERE account_id = :a", "t", std::string>
    select_consenting_clients;
constexpr Query<"UPDATE keyhold_consents SET scope = :a, given_at = :b WHERE account_id = :c AND client_id = :d",
                "titt">
    update_consent;
constexpr Insert<"keyhold_consents", Consent> insert_consent;

// False if there is one already: of several who bring the same one at a time, the first.
// The primary key decides, and not a look before: two nodes may be asked at the same moment.
template <class Insert, class Row>
bool insert_once(Database& database, const Insert& statement, const Row& row) {
    try {
        return database.write([&](Connection& connection) {
            connection.insert(statement, row);
            return true;
        });
    } catch (const NotUnique&) {
        return false;
    }
}

}  // namespace

void AuthorizationStore::add(const AuthorizationCode& code) {
    database_->write([&](Connection& connection) {
        connection.insert(insert_code, code);
        return true;
    });
}

std::optional<AuthorizationCode> AuthorizationStore::find(std::string_view digest) {
    return database_->use(Intent::read, [&](Connection& connection) { return connection.find(select_code, digest); });
}

bool AuthorizationStore::spoil(const CodeUse& use) {
    return database_->write([&](Connection& connection) { return use_code(connection, use, ""); });
}

// Each row goes by its own key, so that on a server nobody waits for rows that are not deleted.
std::int64_t AuthorizationStore::purge(Time now, Time known_since, std::int64_t limit) {
    return database_->write([&](Connection& connection) {
        const auto found = connection.find_all(select_old_codes, known_since, limit);
        for (const std::string& digest : found) connection.run(delete_code, digest);
        const auto pushed = connection.find_all(select_old_pushed, now, limit);
        for (const std::string& digest : pushed) connection.run(delete_pushed, digest);
        const auto assertions = connection.find_all(select_old_assertions, now, limit);
        for (const std::string& digest : assertions) connection.run(delete_assertion, digest);
        const auto devices = connection.find_all(select_old_devices, now, known_since, limit);
        for (const std::string& digest : devices) connection.run(delete_device_code, digest);
        // If it is `limit`, there may be more of one kind.
        return static_cast<std::int64_t>(std::max({found.size(), pushed.size(), assertions.size(), devices.size()}));
    });
}

void AuthorizationStore::push(const PushedRequest& request) {
    database_->write([&](Connection& connection) {
        connection.insert(insert_pushed, request);
        return true;
    });
}

std::optional<PushedRequest> AuthorizationStore::find_pushed(std::string_view digest, Time now) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_pushed, digest, now); });
}

bool AuthorizationStore::take_pushed(std::string_view digest) {
    return database_->write([&](Connection& connection) { return connection.run(delete_pushed, digest) == 1; });
}

bool AuthorizationStore::add_device(const DeviceCode& code) {
    return insert_once(*database_, insert_device_code, code);
}

std::optional<DeviceCode> AuthorizationStore::find_device(std::string_view digest) {
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find(select_device_code, digest); });
}

std::optional<DeviceCode> AuthorizationStore::find_waiting_device(std::string_view user_code_digest, Time now) {
    return database_->use(Intent::read, [&](Connection& connection) {
        return connection.find(select_waiting_device, user_code_digest, DeviceState::waiting, now);
    });
}

bool AuthorizationStore::decide_device(const Decision& decision) {
    return database_->write([&](Connection& connection) {
        // Held first, so that a log-out at the same time either ends the session before this, or finds the device that
        // was allowed.
        if (!hold_session(connection, decision.session_id, decision.now)) return false;
        return connection.run(update_decided, decision.state, decision.account_id, decision.authenticated_at,
                              decision.user_code_digest, DeviceState::waiting, decision.now, decision.session_id) == 1;
    });
}

bool AuthorizationStore::note_question(const DeviceCode& known, Time now, std::int64_t interval) {
    return database_->write([&](Connection& connection) {
        return connection.run(update_asked, now, interval, known.digest, known.asked_at, known.interval) == 1;
    });
}

bool AuthorizationStore::use_assertion(const ClientAssertion& assertion) {
    return insert_once(*database_, insert_assertion, assertion);
}

std::optional<Consent> AuthorizationStore::find_consent(std::string_view account_id, std::string_view client_id) {
    return database_->use(
        Intent::read, [&](Connection& connection) { return connection.find(select_consent, account_id, client_id); });
}

void AuthorizationStore::remember(const Consent& consent) {
    const auto update = [&](Connection& connection) {
        if (connection.run(update_consent, consent.scope, consent.given_at, consent.account_id, consent.client_id) != 1)
            return false;
        record_event(connection, event_kind("consent_given"),
                     {.account = consent.account_id, .object = consent.client_id});
        return true;
    };
    try {
        database_->write([&](Connection& connection) {
            // UPDATE first, as most consents are given again; two that come at once for the first time meet at the
            // primary key.
            if (update(connection)) return true;
            connection.insert(insert_consent, consent);
            record_event(connection, event_kind("consent_given"),
                         {.account = consent.account_id, .object = consent.client_id});
            return true;
        });
    } catch (const NotUnique&) {
        database_->write(update);  // somebody else was first
    }
}

bool use_code(Connection& connection, const CodeUse& use, std::string_view session_id) {
    if (use.kind == CodeKind::device)
        return connection.run(update_used_device, use.now, session_id, use.digest, use.client_id,
                              DeviceState::allowed) == 1;
    return connection.run(update_used_code, use.now, session_id, use.digest, use.client_id) == 1;
}

void end_codes_of(Connection& connection, std::string_view account_id, Time now) {
    for (const auto& [digest, client_id] : connection.find_all(select_unused_codes_of_all, now, account_id))
        connection.run(update_used_code, now, "", digest, client_id);
    for (const std::string& digest : connection.find_all(select_allowed_devices, now, account_id, DeviceState::allowed))
        connection.run(update_denied, DeviceState::denied, digest);
}

bool spoil_codes_of(Connection& connection, std::string_view account_id, std::string_view client_id, Time now) {
    std::int64_t spoiled = 0;
    // Used up without a session: a code that is shown later is refused as one that was used.
    for (const std::string& digest : connection.find_all(select_unused_codes, now, account_id, client_id))
        spoiled += connection.run(update_used_code, now, "", digest, client_id);
    for (const std::string& digest :
         connection.find_all(select_allowed_devices_at, now, account_id, DeviceState::allowed, client_id))
        spoiled += connection.run(update_denied, DeviceState::denied, digest);
    return spoiled > 0;
}

bool forget_consent(Connection& connection, std::string_view account_id, std::string_view client_id) {
    return connection.run(delete_consent, account_id, client_id) == 1;
}

std::vector<std::string> forget_consents_of(Connection& connection, std::string_view account_id) {
    auto clients = connection.find_all(select_consenting_clients, account_id);
    for (const std::string& client : clients) forget_consent(connection, account_id, client);
    return clients;
}

}  // namespace keyhold::store
