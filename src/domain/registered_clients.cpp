// SPDX-License-Identifier: Apache-2.0
#include "domain/registered_clients.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "domain/client_errors.hpp"
#include "domain/client_keys.hpp"
#include "domain/redirect_uri.hpp"
#include "domain/sessions.hpp"
#include "domain/words.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view secret_prefix = "khc_", registration_prefix = "khr_";  // scanners for leaked secrets find it
constexpr std::size_t longest_id = 64, longest_name = 128, longest_jwks = 16 * 1024;
constexpr std::size_t most_uris = 32, most_scopes = 64;

Error refuse(std::string why) { return {errors::validation_failed, std::move(why)}; }

// What HTTP Basic, URLs and logs carry as it is. Also what no URL looks like: an ID token's `aud` is the client's id,
// and the audience of access tokens is a URL in most places.
bool is_id(std::string_view id) {
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '.' ||
               c == '_';
    };
    return !id.empty() && id.size() <= longest_id && std::ranges::all_of(id, fits);
}

// RFC 6749 §3.3: %x21 / %x23-5B / %x5D-7E.
bool is_scope(std::string_view scope) {
    return !scope.empty() && scope.size() <= longest_id &&
           std::ranges::all_of(scope, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
}

template <class Known>
bool is_among(const Known& known, std::string_view word) {
    return std::ranges::find(known, word) != known.end();
}

Result<> check_uris(const std::vector<std::string>& uris) {
    if (uris.size() > most_uris) return refuse("more than 32 redirect URIs");
    for (const std::string& uri : uris)
        if (auto checked = check_redirect_uri(uri); !checked) return checked;
    return {};
}

Result<> check_words(const ClientWish& wish) {
    for (const std::string& grant : wish.grants)
        if (!is_among(client_grants, grant)) return refuse("there is no grant type '" + grant + "' for clients");
    if (wish.scopes.size() > most_scopes) return refuse("more than 64 scopes");
    for (const std::string& scope : wish.scopes)
        if (!is_scope(scope)) return refuse("a scope is printable ASCII without spaces, '\"' and '\\', up to 64 of it");
    for (const std::string& algorithm : {wish.id_token_algorithm, wish.userinfo_algorithm})
        if (!algorithm.empty() && !is_among(id_token_algorithms, algorithm))
            return refuse("ID tokens and what /oauth/userinfo says are signed by RS256 or ES256");
    return {};
}

// What links on a page lead to.
Result<> check_links(const ClientWish& wish) {
    for (const std::string& link : {wish.policy_uri, wish.tos_uri}) {
        if (link.empty()) continue;
        if (auto checked = check_redirect_uri(link); !checked) return checked;
        if (!link.starts_with("http")) return refuse("policy_uri and tos_uri are https URLs");
    }
    return {};
}

// RFC 7591 §2: "The "jwks_uri" and "jwks" parameters MUST NOT both be present".
Result<> check_keys(const ClientWish& wish) {
    if (wish.kind != ClientKind::with_keys) {
        if (!wish.jwks.empty() || !wish.jwks_uri.empty()) return refuse("keys are for private_key_jwt");
        return {};
    }
    if (wish.jwks.empty() == wish.jwks_uri.empty())
        return refuse("a client that signs (private_key_jwt) has either jwks or jwks_uri");
    if (wish.jwks.size() > longest_jwks) return refuse("jwks: longer than 16 KiB");
    if (!wish.jwks.empty()) {
        if (auto keys = parse_client_keys(wish.jwks); !keys) return std::move(keys).error();
        return {};
    }
    if (auto checked = check_redirect_uri(wish.jwks_uri); !checked) return checked;
    if (!wish.jwks_uri.starts_with("http")) return refuse("jwks_uri is an https URL");
    return {};
}

}  // namespace

std::string digest_of_secret(const Secret& secret) { return base64url::encode(crypto::sha256(secret.reveal())); }

Result<RegisteredClient> RegisteredClients::check(const ClientWish& wish) const {
    if (!wish.id.empty() && (!is_id(wish.id) || wish.id == "keyhold"))
        return refuse("a client's id is up to 64 letters, digits, '-', '.' and '_', and not 'keyhold'");
    if (wish.name.size() > longest_name || !is_utf8(wish.name) ||
        std::ranges::any_of(wish.name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }))
        return refuse("a client's name is up to 128 bytes of UTF-8 without controls");
    if (auto checked = check_words(wish); !checked) return std::move(checked).error();
    for (const auto* uris : {&wish.redirect_uris, &wish.post_logout_redirect_uris})
        if (auto checked = check_uris(*uris); !checked) return std::move(checked).error();
    if (!wish.backchannel_logout_uri.empty()) {
        if (auto checked = check_redirect_uri(wish.backchannel_logout_uri); !checked) return std::move(checked).error();
        if (!wish.backchannel_logout_uri.starts_with("http"))
            return refuse("a back-channel log-out URI is an https URL");
    }
    if (auto checked = check_links(wish); !checked) return std::move(checked).error();
    if (auto checked = check_keys(wish); !checked) return std::move(checked).error();
    const std::string grants = wish.grants.empty() ? "authorization_code refresh_token" : joined(wish.grants);
    if (store::has_word(grants, "authorization_code") && wish.redirect_uris.empty())
        return refuse("a client that people sign in to needs a redirect URI");
    if (!wish.first_party && store::has_word(grants, "password"))
        return refuse("the password grant shows the client people's passwords: it is for first-party clients");
    if (wish.kind == ClientKind::public_ && store::has_word(grants, "client_credentials"))
        return refuse("client_credentials is for clients that have a secret");
    if (wish.kind == ClientKind::public_ && !wish.needs_pkce)
        return refuse("a public client cannot do without PKCE (RFC 9700 §2.1.1)");
    return RegisteredClient{.id = wish.id,
                            .name = wish.name,
                            .secret_digest = {},
                            .redirect_uris = joined(wish.redirect_uris),
                            .post_logout_redirect_uris = joined(wish.post_logout_redirect_uris),
                            .grants = grants,
                            .scopes = wish.scopes.empty() ? "openid profile email offline_access" : joined(wish.scopes),
                            .backchannel_logout_uri = wish.backchannel_logout_uri,
                            .id_token_algorithm = wish.id_token_algorithm.empty()
                                                      ? std::string(id_token_algorithms.front())
                                                      : wish.id_token_algorithm,
                            .first_party = wish.first_party,
                            .needs_pkce = wish.needs_pkce,
                            .registration_digest = {},
                            .created_at = clock_.now(),
                            .auth_method = wish.kind == ClientKind::with_keys ? "private_key_jwt" : wish.auth_method,
                            .jwks = wish.jwks,
                            .jwks_uri = wish.jwks_uri,
                            .userinfo_algorithm = wish.userinfo_algorithm,
                            .policy_uri = wish.policy_uri,
                            .tos_uri = wish.tos_uri};
}

Secret RegisteredClients::new_secret(std::string_view prefix) {
    std::string bytes(32, '\0');
    random_.fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return Secret(std::string(prefix) + base64url::encode(bytes));
}

Result<NewClient> RegisteredClients::add(const ClientWish& wish, Registers who) {
    auto client = check(wish);
    if (!client) return std::move(client).error();
    if (client->id.empty()) client->id = make_id(clock_.now(), random_);
    if (client->name.empty()) client->name = client->id;
    NewClient made{*std::move(client), Secret()};
    if (wish.kind == ClientKind::confidential) {
        made.secret = new_secret(secret_prefix);
        made.client.secret_digest = digest_of_secret(made.secret);
    }
    if (who == Registers::itself) {
        made.registration_token = new_secret(registration_prefix);
        made.client.registration_digest = digest_of_secret(made.registration_token);
    }
    if (auto added = store_.add(made.client); !added) return std::move(added).error();
    return made;
}

Result<RegisteredClient> RegisteredClients::replace(const RegisteredClient& client, const ClientWish& wish) {
    auto changed = check(wish);
    if (!changed) return std::move(changed).error();
    if ((wish.kind == ClientKind::confidential) != !client.secret_digest.empty())
        return refuse("token_endpoint_auth_method: whether it has a secret does not change; register another client");
    if (changed->name.empty()) changed->name = client.id;
    changed->id = client.id;
    changed->secret_digest = client.secret_digest;
    changed->registration_digest = client.registration_digest;
    changed->created_at = client.created_at;
    if (!store_.replace(*changed)) return errors::client_not_found;
    return changed;
}

std::optional<RegisteredClient> RegisteredClients::find(std::string_view id) const {
    return is_id(id) ? store_.find(id) : std::nullopt;
}

Result<Secret> RegisteredClients::rotate_secret(std::string_view id) {
    const auto client = find(id);
    if (!client) return errors::client_not_found;
    if (client->secret_digest.empty()) return refuse("this is a public client: it has no secret");
    Secret secret = new_secret(secret_prefix);
    if (!store_.replace_secret(id, digest_of_secret(secret))) return errors::client_not_found;
    return secret;
}

Result<> RegisteredClients::remove(std::string_view id) {
    if (!is_id(id) || !store_.remove(id, client_removed.code, clock_.now())) return errors::client_not_found;
    return {};
}

}  // namespace keyhold::domain
