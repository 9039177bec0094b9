// SPDX-License-Identifier: Apache-2.0
// keyhold client add|list|show|rotate-secret|delete: the OAuth clients that are registered here; a running server
// learns of each change with the next request.
#include <algorithm>
#include <ostream>

#include "base/json.hpp"
#include "cli/commands/client.hpp"
#include "cli/context.hpp"
#include "cli/with_components.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/words.hpp"
#include "jose/key_text.hpp"
#include "server/files.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::cli {
namespace {

using domain::ClientKind;
using domain::RegisteredClient;

// What a command works on.
// One argument for every command, so that the table below can hold plain functions.
struct Registry {
    Context& context;
    const Values& values;
    const server::Settings& settings;
    server::Components& components;
    domain::RegisteredClients& clients;
};

// "public" can prove nothing (RFC 6749 §2.1): its code is bound to it by PKCE alone.
std::string_view kind_of(const RegisteredClient& client) {
    if (client.proves_itself_by_key()) return "with a key";
    return client.secret_digest.empty() ? "public" : "with a secret";
}

// In the words of RFC 7591 §2, where it has one. `secret` is shown when it is new.
std::string json_of(const RegisteredClient& client, const Secret& secret = {}) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("client_id", client.id);
    if (!secret.empty()) out.member("client_secret", secret.reveal());
    out.member("client_name", client.name);
    out.member("public", client.authentication_method() == "none");
    out.member("token_endpoint_auth_method", client.authentication_method());
    out.member("registered_itself", client.registered_itself());
    if (!client.jwks_uri.empty()) out.member("jwks_uri", client.jwks_uri);
    out.member("first_party", client.first_party);
    domain::write_words(out, "redirect_uris", client.redirect_uris);
    domain::write_words(out, "post_logout_redirect_uris", client.post_logout_redirect_uris);
    domain::write_words(out, "grant_types", client.grants);
    out.member("scope", client.scopes);
    out.member("id_token_signed_response_alg", client.id_token_algorithm);
    if (!client.backchannel_logout_uri.empty()) out.member("backchannel_logout_uri", client.backchannel_logout_uri);
    out.member("pkce", client.needs_pkce ? "required" : "optional");
    out.member("created_at", rfc3339(client.created_at));
    out.end_object();
    return text;
}

// A member on its own line, the values below each other; nothing for an empty value.
void line(std::ostream& out, std::string_view name, std::string_view value) {
    constexpr std::size_t width = 28;
    if (value.empty()) return;
    out << name << std::string(width - name.size(), ' ') << value << '\n';
}

// `secret` is empty but for a client that has just got a new one.
void print(Context& context, const RegisteredClient& client, const Secret& secret = {}) {
    if (context.json) {
        context.out << json_of(client, secret) << '\n';
        return;
    }
    line(context.out, "client_id", client.id);
    line(context.out, "client_secret", secret.reveal());
    line(context.out, "name", client.name);
    line(context.out, "kind", kind_of(client));
    if (client.registered_itself()) line(context.out, "registered_by", "itself");
    line(context.out, "jwks_uri", client.jwks_uri);
    line(context.out, "consent", client.first_party ? "not asked for: first-party" : "asked for");
    line(context.out, "redirect_uris", client.redirect_uris);
    line(context.out, "post_logout_redirect_uris", client.post_logout_redirect_uris);
    line(context.out, "backchannel_logout_uri", client.backchannel_logout_uri);
    line(context.out, "grants", client.grants);
    line(context.out, "scopes", client.scopes);
    line(context.out, "id_token_algorithm", client.id_token_algorithm);
    line(context.out, "pkce", client.needs_pkce ? "required" : "optional");
    line(context.out, "created_at", rfc3339(client.created_at));
}

// A server would make them with its first token, and who has read the server's keys before would not know that one. The
// client is there, whatever comes of this.
void make_keys_of_id_tokens(const Registry& on, const RegisteredClient& client) {
    if (server::secret_signs(on.settings)) return;  // there are no ID tokens
    const auto algorithms = domain::id_token_algorithms_of(client);
    if (algorithms.empty()) return;
    auto& components = on.components;
    const auto own = server::open_own_keys(on.settings, components.stores, components.clock, components.random);
    if (!own) {
        on.context.err << on.context.name()
                       << ": the server makes the key of its ID tokens with the first one, as here "
                       << own.error().detail() << '\n';
        return;
    }
    for (const auto& ring : (*own)->of_id_tokens)
        if (std::ranges::find(algorithms, ring->algorithm) != algorithms.end()) ring->ring.begin();
}

// The kind follows from the flags: keys for private_key_jwt (RFC 7523), public, or else with a secret that is printed
// once.
void add_client(const Registry& on) {
    const Values& values = on.values;
    const bool with_keys = values.given("--jwks") || values.given("--jwks-uri");
    std::string jwks;
    if (values.given("--jwks")) {
        const auto read = server::read_text_file(values.text("--jwks"), server::patience_with_people);
        if (!read) return on.context.fail(read.error());
        // Public keys, which are no secret; the reader of files makes one of everything.
        jwks = read->reveal();
        // Otherwise it would count as none given.
        if (jwks.empty())
            return on.context.fail(
                Error(errors::validation_failed, "jwks: " + jose::sentence_of_key_text(jwks, "a JWK Set")));
    }
    const auto kind = with_keys                  ? ClientKind::with_keys
                      : values.given("--public") ? ClientKind::public_
                                                 : ClientKind::confidential;
    const auto made = on.clients.add({.id = values.text("id"),
                                      .name = values.text("--name"),
                                      .kind = kind,
                                      .redirect_uris = values.texts("--redirect-uri"),
                                      .post_logout_redirect_uris = values.texts("--post-logout-redirect-uri"),
                                      .backchannel_logout_uri = values.text("--backchannel-logout-uri"),
                                      .grants = values.texts("--grant"),
                                      .scopes = values.texts("--scope"),
                                      .id_token_algorithm = values.text("--id-token-algorithm"),
                                      .first_party = values.given("--first-party"),
                                      .needs_pkce = !values.given("--without-pkce"),
                                      // `{}`: metadata that only a client which registers itself sends (RFC 7591 §2).
                                      .auth_method = {},
                                      .jwks = jwks,
                                      .jwks_uri = values.text("--jwks-uri"),
                                      .userinfo_algorithm = values.text("--userinfo-algorithm"),
                                      .policy_uri = {},
                                      .tos_uri = {},
                                      .logo_uri = {}});
    if (!made) return on.context.fail(made.error());
    print(on.context, made->client, made->secret);
    if (!made->secret.empty() && !on.context.json)
        on.context.err << "Keep client_secret: it is not shown again, only its digest is kept\n";
    make_keys_of_id_tokens(on, made->client);
}

// A line each: id, name, kind and redirect URIs.
void list_clients(const Registry& on) {
    constexpr int page_size = 1000;
    bool is_first = true;
    if (on.context.json) on.context.out << '[';
    std::string after;
    // By id, behind the last one seen, so that clients that come and go meanwhile make none appear twice.
    for (auto page = on.clients.list(after, page_size); !page.empty(); page = on.clients.list(after, page_size)) {
        for (const RegisteredClient& client : page) {
            if (on.context.json)
                on.context.out << (is_first ? "" : ",\n") << json_of(client);
            else
                on.context.out << client.id << "  " << client.name << "  " << kind_of(client) << "  "
                               << client.redirect_uris << '\n';
            is_first = false;
        }
        after = page.back().id;
    }
    if (on.context.json) on.context.out << "]\n";
}

// Exit code: not_found for an unknown id.
void show_client(const Registry& on) {
    const auto client = on.clients.find(on.values.text("id"));
    if (!client) return on.context.fail(errors::client_not_found);
    print(on.context, *client);
}

// The old secret is refused from now on. Refused for a client that has none.
void rotate_secret(const Registry& on) {
    const std::string& id = on.values.text("id");
    const auto secret = on.clients.rotate_secret(id);
    if (!secret) return on.context.fail(secret.error());
    // Only to show it with the secret. If it was deleted in between, the new secret is worthless and is not shown.
    const auto client = on.clients.find(id);
    if (!client) return on.context.fail(errors::client_not_found);
    print(on.context, *client, *secret);
}

// Asks first, since people are logged out of the client's application; --yes does not ask.
void delete_(const Registry& on) {
    const std::string& id = on.values.text("id");
    const bool is_agreed = on.values.given("--yes");
    if (!is_agreed && !on.context.agrees("Delete the client " + id + ", and end its sessions?")) return;
    const auto removed = on.clients.remove(id);
    if (!removed) return on.context.fail(removed.error());
    if (on.context.json)
        on.context.out << "{\"deleted\":true}\n";
    else
        on.context.err << "client " << id << " is deleted, and its sessions have ended\n";
}

// Runs the action on the clients of the settings' database.
Run on_clients(void (*action)(const Registry&)) {
    return [action](Context& context, const Values& values) {
        with_components(context, [&](const Settings& settings, server::Components& components) {
            action({context, values, settings, components, components.registered_clients});
        });
    };
}

}  // namespace

Command client_command() {
    const Parameter id{.name = "id", .help = "Its client_id", .required = true};
    return {.name = "client",
            .about = "Look after the OAuth clients: the applications that people sign in to",
            .example = "keyhold client add wiki --redirect-uri https://wiki.example.com/callback",
            .reads = {server::Topic::database},
            .commands = {
                {.name = "add",
                 .about = "Register a client, and print its secret, once. Only its digest is kept",
                 .example = "keyhold client add wiki --redirect-uri https://wiki.example.com/callback",
                 .parameters = {id,
                                {.name = "--name", .help = "What people are shown; else the id"},
                                {.name = "--redirect-uri",
                                 .help = "Where people are sent back to, letter by letter; may be given more than once",
                                 .takes = Takes::texts,
                                 .placeholder = "URI"},
                                {.name = "--public",
                                 .help = "It has no secret: an app on a phone or desktop, or in a browser",
                                 .takes = Takes::nothing},
                                {.name = "--first-party",
                                 .help = "It is ours: people are not asked whether it may",
                                 .takes = Takes::nothing},
                                {.name = "--grant",
                                 .help = "A grant type that it may use; else authorization_code and refresh_token",
                                 .takes = Takes::texts,
                                 .allowed = {domain::client_grants.begin(), domain::client_grants.end()}},
                                {.name = "--scope",
                                 .help = "A scope that it may ask for; else openid, profile, email and offline_access",
                                 .takes = Takes::texts},
                                {.name = "--id-token-algorithm",
                                 .help = "What its ID tokens are signed by; else RS256",
                                 .allowed = {domain::id_token_algorithms.begin(), domain::id_token_algorithms.end()}},
                                {.name = "--post-logout-redirect-uri",
                                 .help = "Where people are sent after a log-out",
                                 .takes = Takes::texts,
                                 .placeholder = "URI"},
                                {.name = "--backchannel-logout-uri",
                                 .help = "What is told of the end of a session",
                                 .placeholder = "URI"},
                                {.name = "--jwks",
                                 .help = "Its public keys, by which it proves itself instead of a secret: a JWK Set",
                                 .placeholder = "FILE"},
                                {.name = "--jwks-uri", .help = "Where it publishes them", .placeholder = "URI"},
                                {.name = "--userinfo-algorithm",
                                 .help = "What /oauth/userinfo is signed by for it; else it is JSON",
                                 .allowed = {domain::id_token_algorithms.begin(), domain::id_token_algorithms.end()}},
                                {.name = "--without-pkce",
                                 .help = "It cannot do PKCE; not for public clients",
                                 .takes = Takes::nothing}},
                 .run = on_clients(add_client)},
                {.name = "list",
                 .about = "Every client",
                 .example = "keyhold client list",
                 .run = on_clients(list_clients)},
                {.name = "show",
                 .about = "What is registered of a client",
                 .example = "keyhold client show wiki",
                 .parameters = {id},
                 .run = on_clients(show_client)},
                {.name = "rotate-secret",
                 .about = "Print a new secret; the old one is over at once",
                 .example = "keyhold client rotate-secret wiki",
                 .parameters = {id},
                 .run = on_clients(rotate_secret)},
                {.name = "delete",
                 .about = "Remove a client; its sessions end",
                 .example = "keyhold client delete wiki",
                 .parameters = {id,
                                {.name = "--yes",
                                 .help = "Do not ask; without a terminal nobody is asked",
                                 .takes = Takes::nothing}},
                 .run = on_clients(delete_)},
            }};
}

}  // namespace keyhold::cli
