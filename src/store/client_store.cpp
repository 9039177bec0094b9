// SPDX-License-Identifier: Apache-2.0
#include "store/client_store.hpp"

#include <algorithm>

#include "store/client_errors.hpp"
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
    ":j, registration_digest = :k WHERE id = :l",
    "ttttttttiitt">
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
        return connection.run(update_one, client.name, client.secret_digest, client.redirect_uris,
                              client.post_logout_redirect_uris, client.grants, client.scopes,
                              client.backchannel_logout_uri, client.id_token_algorithm, client.first_party,
                              client.needs_pkce, client.registration_digest, client.id) == 1;
    });
}

bool ClientStore::replace_secret(std::string_view id, std::string_view digest) {
    return database_->write([&](Connection& connection) { return connection.run(update_secret, digest, id) == 1; });
}

bool ClientStore::remove(std::string_view id, std::string_view reason, Time now) {
    if (holds_nul(id)) return false;
    return write_change(*database_, [&](Connection& connection) {
        if (connection.run(delete_one, id) != 1) return false;
        connection.run(delete_consents, id);
        end_sessions_of_client(connection, id, reason, now);
        return true;
    });
}

}  // namespace keyhold::store
