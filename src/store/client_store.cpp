// SPDX-License-Identifier: Apache-2.0
#include "store/client_store.hpp"

#include <algorithm>

#include "store/client_errors.hpp"
#include "store/event_rows.hpp"
#include "store/session_rows.hpp"

namespace keyhold::store {

namespace {

constexpr Insert<"keyhold_clients", RegisteredClient> insert;
constexpr Query<"SELECT {} FROM keyhold_clients WHERE id = :a", "t", RegisteredClient> select_one;
constexpr Query<"SELECT {} FROM keyhold_clients WHERE id > :a ORDER BY id LIMIT :b", "ti", RegisteredClient>
    select_page;
constexpr Query<
    "UPDATE keyhold_clients SET name = :a, secret_digest = :b, redirect_uris = :c, post_logout_redirect_uris = :d, "
    "grants = :e, scopes = :f, backchannel_logout_uri = :g, id_token_algorithm = :h, first_party = :i, needs_pkce = "
    ":j, registration_digest = :k, auth_method = :l, jwks = :m, jwks_uri = :n, userinfo_algorithm = :o, policy_uri = "
    ":p, tos_uri = :q WHERE id = :r",
    "ttttttttiitttttttt">
    update_one;
constexpr Query<"UPDATE keyhold_clients SET secret_digest = :a WHERE id = :b", "tt"> update_secret;
constexpr Query<"DELETE FROM keyhold_clients WHERE id = :a", "t"> delete_one;
constexpr Query<"DELETE FROM keyhold_consents WHERE client_id = :a", "t"> delete_consents;

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

Result<> ClientStore::add(const RegisteredClient& client) {
    try {
        database_->write([&](Connection& connection) {
            connection.insert(insert, client);
            record_event(connection, events::client_added, {.object = client.id});
            return true;
        });
    } catch (const NotUnique&) {
        return errors::client_taken;
    }
    return {};
}

std::optional<RegisteredClient> ClientStore::find(std::string_view id) {
    if (holds_nul(id)) return std::nullopt;  // none is ever stored
    return database_->use(Intent::read, [&](Connection& connection) { return connection.find(select_one, id); });
}

std::vector<RegisteredClient> ClientStore::list(std::string_view after, int limit) {
    const std::int64_t most = std::clamp(limit, 1, 1000);
    return database_->use(Intent::read,
                          [&](Connection& connection) { return connection.find_all(select_page, after, most); });
}

bool ClientStore::replace(const RegisteredClient& client) {
    return database_->write([&](Connection& connection) {
        if (connection.run(
                update_one, client.name, client.secret_digest, client.redirect_uris, client.post_logout_redirect_uris,
                client.grants, client.scopes, client.backchannel_logout_uri, client.id_token_algorithm,
                client.first_party, client.needs_pkce, client.registration_digest, client.auth_method, client.jwks,
                client.jwks_uri, client.userinfo_algorithm, client.policy_uri, client.tos_uri, client.id) != 1)
            return false;
        record_event(connection, events::client_changed, {.object = client.id});
        return true;
    });
}

bool ClientStore::replace_secret(std::string_view id, std::string_view digest) {
    return database_->write([&](Connection& connection) {
        if (connection.run(update_secret, digest, id) != 1) return false;
        record_event(connection, events::client_changed, {.object = id, .reason = "secret"});
        return true;
    });
}

bool ClientStore::remove(std::string_view id, std::string_view reason, Time now) {
    if (id.empty() || holds_nul(id)) return false;  // without a client are the sessions of people
    // Without its row a client gets no more sessions, and refreshes none; what it has ends behind that.
    const bool removed = database_->write([&](Connection& connection) {
        if (connection.run(delete_one, id) != 1) return false;
        connection.run(delete_consents, id);
        record_event(connection, events::client_removed, {.object = id});
        return true;
    });
    const auto end_some = [&](Connection& connection) {
        return end_sessions_of_client(connection, id, reason, now) == static_cast<std::size_t>(sessions_at_once);
    };
    // Also where there is no row: whoever was interrupted asks again.
    while (write_part_of_change(*database_, end_some)) {
    }
    database_->tell_the_others();
    return removed;
}

}  // namespace keyhold::store
