// SPDX-License-Identifier: Apache-2.0
#include "store/access/connected_client_store.hpp"

#include <algorithm>
#include <map>

#include "store/access/account_access.hpp"
#include "store/access/authorization_store.hpp"
#include "store/access/session_rows.hpp"
#include "store/database/database.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {
namespace {

struct ClientSession {
    std::string client_id;
    std::optional<std::string> scope;
    Time last_used_at{};
};
KEYHOLD_ROW(ClientSession, (client_id), (scope), (last_used_at))

constexpr Query<
    "SELECT {} FROM keyhold_sessions WHERE account_id = :a AND ended_at = 0 AND ends_at > :b AND client_id <> ''", "ti",
    ClientSession>
    select_client_sessions;
constexpr Query<"SELECT {} FROM keyhold_consents WHERE account_id = :a", "t", Consent> select_consents;

void add_words(std::string& list, std::string_view words) {
    for (std::size_t at = 0; at < words.size();) {
        const std::size_t end = std::min(words.find(' ', at), words.size());
        const std::string_view word = words.substr(at, end - at);
        if (!word.empty() && !has_word(list, word)) list.append(list.empty() ? "" : " ").append(word);
        at = end + 1;
    }
}

}  // namespace

std::vector<ConnectedClient> ConnectedClientStore::list(std::string_view account_id, Time now) {
    std::map<std::string, ConnectedClient> found;
    database_->use(Intent::read, [&](Connection& connection) {
        found.clear();  // a connection that breaks is tried again
        for (Consent& consent : connection.find_all(select_consents, account_id)) {
            ConnectedClient& client = found[consent.client_id];
            client.allowed_at = consent.given_at;
            add_words(client.scope, consent.scope);
        }
        // The cap on sessions bounds how many an account has, so all of them are read.
        for (const ClientSession& session : connection.find_all(select_client_sessions, account_id, now)) {
            if (!is_registered(session.client_id)) continue;
            ConnectedClient& client = found[session.client_id];
            add_words(client.scope, session.scope.value_or(""));
            client.used_at = std::max(client.used_at.value_or(session.last_used_at), session.last_used_at);
            ++client.sessions;
        }
        return true;
    });
    std::vector<ConnectedClient> list;
    for (auto& [id, client] : found) {
        client.client_id = id;
        list.push_back(std::move(client));
    }
    return list;
}

bool ConnectedClientStore::disconnect(std::string_view account_id, std::string_view client_id, std::string_view reason,
                                      Time now) {
    // Sessions of people end by themselves, and a host is allowed anew at each visit.
    if (!is_registered(client_id) || cannot_be_stored(client_id)) return false;
    return database_->write([&](Connection& connection) {
        // Beginning a session locks the account too. So a session begins either before this, and is ended here, or
        // after it, and finds its code used up.
        if (!hold_account(connection, account_id)) return false;
        const bool was_allowed = forget_consent(connection, account_id, client_id);
        const bool had_codes = spoil_codes_of(connection, account_id, client_id, now);
        const std::size_t ended = end_client_sessions(connection, account_id, client_id, reason, now);
        if (!was_allowed && !had_codes && ended == 0) return false;
        record_event(connection, event_kind("consent_withdrawn"), {.account = account_id, .object = client_id});
        return true;
    });
}

}  // namespace keyhold::store
