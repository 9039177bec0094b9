// SPDX-License-Identifier: Apache-2.0
// /admin/api/clients: the OAuth clients that are registered here, in the words of RFC 7591 §2.
#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "base/words.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/keys/id_tokens.hpp"

namespace keyhold::api {
namespace {

using domain::ClientKind;
using domain::RegisteredClient;
using domain::RegisteredClients;
using ClientId = http::Path<"client_id", std::string, about("The client's id")>;

struct ShownClient {
    static constexpr std::string_view schema_name = "AdminClient";
    std::string client_id, client_name;
    std::optional<std::string> client_secret;
    std::string token_endpoint_auth_method;
    bool first_party = false, registered_itself = false, pkce_required = true;
    std::vector<std::string> redirect_uris, post_logout_redirect_uris, grant_types;
    std::string scope, id_token_signed_response_alg;
    std::optional<std::string> userinfo_signed_response_alg, backchannel_logout_uri, jwks_uri;
    std::string created_at;
};
KEYHOLD_FIELDS(ShownClient, (client_id, about("By which it says who it is")),
               (client_name, about("What people are shown")),
               (client_secret, about("There when it is new; afterwards only its digest is kept")),
               (token_endpoint_auth_method, about("What it proves itself by; `none`: it has nothing to prove it by")),
               (first_party, about("It is ours: people are not asked whether it may")),
               (registered_itself, about("It came by `POST /oauth/register`")),
               (pkce_required, about("Its codes are bound by PKCE")),
               (redirect_uris, about("Where people are sent back to, letter by letter")),
               (post_logout_redirect_uris, about("Where people are sent after a log-out")),
               (grant_types, about("What it may ask tokens for")),
               (scope, about("What it may ask for, separated by spaces")),
               (id_token_signed_response_alg, about("What its ID tokens are signed by")),
               (userinfo_signed_response_alg, about("What /oauth/userinfo is signed by for it; absent: it is JSON")),
               (backchannel_logout_uri, about("What is told of the end of a session")),
               (jwks_uri, about("Where it publishes its keys")), (created_at, about("RFC 3339")))

std::vector<std::string> list_of(std::string_view text) {
    const auto words = words_in(text, " ");
    return {words.begin(), words.end()};
}

std::optional<std::string> if_any(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

ShownClient shown_client(const RegisteredClient& client, const Secret& secret = {}) {
    return {.client_id = client.id,
            .client_name = client.name,
            .client_secret = if_any(std::string(secret.reveal())),
            .token_endpoint_auth_method = std::string(client.authentication_method()),
            .first_party = client.first_party,
            .registered_itself = client.registered_itself(),
            .pkce_required = client.needs_pkce,
            .redirect_uris = list_of(client.redirect_uris),
            .post_logout_redirect_uris = list_of(client.post_logout_redirect_uris),
            .grant_types = list_of(client.grants),
            .scope = client.scopes,
            .id_token_signed_response_alg = client.id_token_algorithm,
            .userinfo_signed_response_alg = if_any(client.userinfo_algorithm),
            .backchannel_logout_uri = if_any(client.backchannel_logout_uri),
            .jwks_uri = if_any(client.jwks_uri),
            .created_at = rfc3339(client.created_at)};
}

struct ClientList {
    static constexpr std::string_view schema_name = "AdminClients";
    std::vector<ShownClient> clients;
    std::optional<std::string> next;
};
KEYHOLD_FIELDS(ClientList, (clients, about("By their ids")),
               (next, about("The cursor of the next page; absent on the last")))

// GET /admin/api/clients: those of the operator, and those that registered themselves.
ClientList list_clients(const Onlooker&, const http::Query<http::Page>& wanted, RegisteredClients& clients) {
    // One more than is shown, to learn whether there is a next page.
    auto found = clients.list(wanted->cursor, wanted->limit + 1);
    ClientList list;
    if (found.size() > static_cast<std::size_t>(wanted->limit)) {
        found.pop_back();
        list.next = found.back().id;
    }
    for (const RegisteredClient& client : found) list.clients.push_back(shown_client(client));
    return list;
}

// GET /admin/api/clients/{client_id}
Result<ShownClient> show_client(const Onlooker&, const ClientId& id, const RegisteredClients& clients) {
    const auto client = clients.find(*id);
    if (!client) return errors::client_not_found;
    return shown_client(*client);
}

struct NewClient {
    static constexpr std::string_view schema_name = "AdminNewClient";
    std::string client_id, client_name;
    std::string token_endpoint_auth_method = "client_secret_basic";
    std::vector<std::string> redirect_uris, post_logout_redirect_uris, grant_types;
    std::string scope, id_token_signed_response_alg, userinfo_signed_response_alg, backchannel_logout_uri, jwks_uri;
    bool first_party = false, pkce_required = true;
};
KEYHOLD_FIELDS(
    NewClient, (client_id, about("Up to 64 letters, digits, `-`, `.` and `_`; else one is made"), may_be_absent()),
    (client_name, about("What people are shown; else the id"), may_be_absent()),
    (token_endpoint_auth_method,
     about("`none`: on a device or in a browser, where it can keep no secret; `private_key_jwt`: by its keys"),
     one_of("client_secret_basic", "client_secret_post", "private_key_jwt", "none"), otherwise("client_secret_basic")),
    (redirect_uris, about("Where people are sent back to, letter by letter"), may_be_absent()),
    (post_logout_redirect_uris, about("Where people are sent after a log-out"), may_be_absent()),
    (grant_types, about("What it may ask tokens for; else `authorization_code` and `refresh_token`"), may_be_absent()),
    (scope, about("What it may ask for; else `openid profile email offline_access`"), may_be_absent()),
    (id_token_signed_response_alg, about("What its ID tokens are signed by; else `RS256`"), may_be_absent()),
    (userinfo_signed_response_alg, about("What /oauth/userinfo is signed by for it; else it is JSON"), may_be_absent()),
    (backchannel_logout_uri, about("What is told of the end of a session"), may_be_absent()),
    (jwks_uri, about("Where it publishes its keys"), may_be_absent()),
    (first_party, about("It is ours: people are not asked whether it may"), otherwise(false)),
    (pkce_required, about("Its codes are bound by PKCE; without it only if it cannot"), otherwise(true)))

ClientKind kind_of(std::string_view method) {
    if (method == "none") return ClientKind::public_;
    return method == "private_key_jwt" ? ClientKind::with_keys : ClientKind::confidential;
}

// POST /admin/api/clients: the secret stands in this answer, once; only its digest is kept.
Result<http::Created<ShownClient>> add_client(const Owner&, const NewClient& wanted, RegisteredClients& clients,
                                              domain::IdTokens& id_tokens) {
    const auto made = clients.add({.id = wanted.client_id,
                                   .name = wanted.client_name,
                                   .kind = kind_of(wanted.token_endpoint_auth_method),
                                   .redirect_uris = wanted.redirect_uris,
                                   .post_logout_redirect_uris = wanted.post_logout_redirect_uris,
                                   .backchannel_logout_uri = wanted.backchannel_logout_uri,
                                   .grants = wanted.grant_types,
                                   .scopes = list_of(wanted.scope),
                                   .id_token_algorithm = wanted.id_token_signed_response_alg,
                                   .first_party = wanted.first_party,
                                   .needs_pkce = wanted.pkce_required,
                                   .auth_method = wanted.token_endpoint_auth_method,
                                   .jwks_uri = wanted.jwks_uri,
                                   .userinfo_algorithm = wanted.userinfo_signed_response_alg});
    if (!made) return made.error();
    id_tokens.prepare_for(made->client);
    // Ids hold only what a path may hold as it is.
    return http::Created<ShownClient>{shown_client(made->client, made->secret),
                                      "/admin/api/clients/" + made->client.id};
}

// POST /admin/api/clients/{client_id}/secret: another one; the old one is over at once. Refused: client_not_found;
// validation_failed, for a client that has none.
Result<ShownClient> rotate_secret(const Owner&, const ClientId& id, RegisteredClients& clients) {
    const auto secret = clients.rotate_secret(*id);
    if (!secret) return secret.error();
    const auto client = clients.find(*id);
    // It was deleted in between, so the new secret is worthless.
    if (!client) return errors::client_not_found;
    return shown_client(*client, *secret);
}

// DELETE /admin/api/clients/{client_id}: its sessions end. A client has no entity tag, so that an If-Match that names
// one is refused: precondition_failed.
Result<> remove_client(const Owner&, const ClientId& id, const OptionalIfMatch& seen, RegisteredClients& clients) {
    if (auto checked = seen.check_untagged(); !checked) return checked;
    return clients.remove(*id);
}

}  // namespace

void add_admin_client_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    constexpr Errc none = errors::client_not_found;
    const std::string all = "/admin/api/clients", one = all + "/{client_id}";
    mount.add(get, all, about_route("The OAuth clients", looking_up, "By pages; secrets are not among what is shown."),
              list_clients);
    mount.add(post, all,
              about_route("Add an OAuth client", storing,
                          "For owners. Its secret is in this answer and nowhere else. A client with keys in a file "
                          "is added by `keyhold client add --jwks`.",
                          {errors::validation_failed, errors::client_taken}),
              add_client);
    mount.add(get, one, about_route("One OAuth client", looking_up, "As it is registered.", {none}), show_client);
    mount.add(post, one + "/secret",
              about_route("Give a client another secret", storing,
                          "For owners. The old one is over at once; the new one is in this answer and nowhere else.",
                          {none, errors::validation_failed}),
              rotate_secret);
    mount.add(delete_, one, about_route("Delete an OAuth client", storing, "For owners. Its sessions end.", {none}),
              remove_client);
}

}  // namespace keyhold::api
