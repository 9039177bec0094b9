// SPDX-License-Identifier: Apache-2.0
#include "store/access/client_store.hpp"

#include <algorithm>

#include "store/access/client_errors.hpp"
#include "store/access/session_rows.hpp"
#include "store/events/change_rows.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Insert<"keyhold_clients", RegisteredClient> insert_client;
constexpr Query<"SELECT {} FROM keyhold_clients WHERE id = :a", "t", RegisteredClient> select_client;
constexpr Query<"SELECT {} FROM keyhold_clients WHERE id > :a ORDER BY id LIMIT :b", "ti", RegisteredClient>
    select_page_of_clients;
constexpr Query<
    "UPDATE keyhold_clients SET name = :a, redirect_uris = :b, post_logout_redirect_uris = :c, grants = :d, scopes = "
    ":e, backchannel_logout_uri = :f, id_token_algorithm = :g, first_party = :h, needs_pkce = :i, auth_method = :j, "
    "jwks = :k, jwks_uri = :l, userinfo_algorithm = :m, policy_uri = :n, tos_uri = :o, logo_uri = :p, "
    "request_uris = :q, request_object_algorithm = :r WHERE id = :s",
    "tttttttiitttttttttt">
    update_one;
constexpr Query<"UPDATE keyhold_clients SET secret_digest = :a WHERE id = :b", "tt"> update_secret;
constexpr Query<"DELETE FROM keyhold_clients WHERE id = :a", "t"> delete_client;
// A client that is added later under the same id must not find consent that was given to this one.
constexpr Query<"DELETE FROM keyhold_consents WHERE client_id = :a", "t"> delete_consents;

// Each with its event. False if there is no such client.
bool update(Connection& connection, const RegisteredClient& client) {
    if (connection.run(update_one, client.name, client.redirect_uris, client.post_logout_redirect_uris, client.grants,
                       client.scopes, client.backchannel_logout_uri, client.id_token_algorithm, client.first_party,
                       client.needs_pkce, client.auth_method, client.jwks, client.jwks_uri, client.userinfo_algorithm,
                       client.policy_uri, client.tos_uri, client.logo_uri, client.request_uris,
                       client.request_object_algorithm, client.id) != 1)
        return false;
    record_event(connection, event_kind("client_changed"), {.object = client.id});
    return true;
}

bool update_digest(Connection& connection, std::string_view id, std::string_view digest) {
    if (connection.run(update_secret, digest, id) != 1) return false;
    record_event(connection, event_kind("client_changed"), {.object = id, .reason = "secret"});
    return true;
}

}  // namespace

Result<> ClientStore::add(const RegisteredClient& client) {
    try {
        database_->write([&](Connection& connection) {
            connection.insert(insert_client, client);
            record_event(connection, event_kind("client_added"), {.object = client.id});
            return true;
        });
    } catch (const NotUnique&) {
        return errors::client_taken;
    }
    return {};
}

std::optional<RegisteredClient> ClientStore::find(std::string_view id) {
    if (cannot_be_stored(id)) return std::nullopt;  // none is ever stored
    return database_->use(Intent::read, [&](Connection& connection) { return connection.find(select_client, id); });
}

std::vector<RegisteredClient> ClientStore::list(std::string_view after, int limit) {
    const std::int64_t most = std::clamp(limit, 1, 1000);
    return database_->use(
        Intent::read, [&](Connection& connection) { return connection.find_all(select_page_of_clients, after, most); });
}

bool ClientStore::replace(const RegisteredClient& client) {
    return database_->write([&](Connection& connection) {
        if (!update(connection, client)) return false;
        record_change(connection, Changed::client, client.id);
        return true;
    });
}

bool ClientStore::replace_secret(std::string_view id, std::string_view digest) {
    return database_->write([&](Connection& connection) {
        if (!update_digest(connection, id, digest)) return false;
        record_change(connection, Changed::client, id);
        return true;
    });
}

bool ClientStore::replace_with_secret(const RegisteredClient& client) {
    return database_->write([&](Connection& connection) {
        if (!update_digest(connection, client.id, client.secret_digest) || !update(connection, client)) return false;
        record_change(connection, Changed::client, client.id);
        return true;
    });
}

bool ClientStore::remove(std::string_view id, std::string_view reason, Time now) {
    if (id.empty() || cannot_be_stored(id)) return false;  // without a client are the sessions of people
    // Without its row a client gets no more sessions, and refreshes none; what it has ends behind that.
    const bool removed = database_->write_part([&](Connection& connection) {
        if (connection.run(delete_client, id) != 1) return false;
        connection.run(delete_consents, id);
        record_event(connection, event_kind("client_removed"), {.object = id});
        record_change(connection, Changed::client, id);
        return true;
    });
    const auto end_some = [&](Connection& connection) {
        return end_sessions_of_client(connection, id, reason, now) == static_cast<std::size_t>(sessions_at_once);
    };
    // Also where there is no row: whoever was interrupted asks again.
    while (database_->write_part(end_some)) {
    }
    // Once for all of the transactions, and before it is answered.
    database_->tell_the_others();
    return removed;
}

}  // namespace keyhold::store
