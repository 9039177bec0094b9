// SPDX-License-Identifier: Apache-2.0
#include "domain/clients/registered_clients.hpp"

#include <algorithm>
#include <utility>

#include "base/base64url.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "domain/accounts/unicode.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/client_keys.hpp"
#include "domain/clients/redirect_uri.hpp"
#include "domain/clients/request_objects.hpp"
#include "domain/sessions/followed_rows.hpp"
#include "domain/sessions/sessions.hpp"
#include "domain/words.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view secret_prefix = "khc_", registration_prefix = "khg_";  // scanners for leaked secrets find it
constexpr std::size_t longest_id = 64, longest_name = 128, longest_jwks = 16 * 1024;
constexpr std::size_t most_uris = 32, most_scopes = 64;

Error refuse_client(std::string why) { return {errors::validation_failed, std::move(why)}; }

// What HTTP Basic, URLs and logs carry as it is. Also what no URL looks like: an ID token's `aud` is the client's id,
// and the audience of access tokens is a URL in most places. Nor "." and "..", which no path names (RFC 3986 §5.2.4).
bool is_id(std::string_view id) {
    const auto fits = [](char c) { return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_'; };
    return !id.empty() && id.size() <= longest_id && id != "." && id != ".." && std::ranges::all_of(id, fits);
}

template <class Known>
bool is_among(const Known& known, std::string_view word) {
    return std::ranges::find(known, word) != known.end();
}

Result<> check_uris(const std::vector<std::string>& uris, std::string_view what) {
    if (uris.size() > most_uris) return refuse_client("more than 32 " + std::string(what) + "s");
    for (const std::string& uri : uris)
        if (auto checked = check_redirect_uri(uri, what); !checked) return checked;
    return {};
}

Result<> check_words(const ClientWish& wish) {
    for (const std::string& grant : wish.grants)
        if (!is_among(client_grants, grant)) return refuse_client("there is no grant type '" + grant + "' for clients");
    if (wish.scopes.size() > most_scopes) return refuse_client("more than 64 scopes");
    for (const std::string& scope : wish.scopes)
        if (!is_scope(scope))
            return refuse_client("a scope is printable ASCII without spaces, '\"' and '\\', up to 128 of it");
    for (const std::string& algorithm : {wish.id_token_algorithm, wish.userinfo_algorithm})
        if (!algorithm.empty() && !is_among(id_token_algorithms, algorithm))
            return refuse_client("ID tokens and what /oauth/userinfo says are signed by RS256 or ES256");
    return {};
}

// What links on a page lead to.
Result<> check_links(const ClientWish& wish) {
    for (const auto& [what, link] : {std::pair("policy_uri", &wish.policy_uri), std::pair("tos_uri", &wish.tos_uri)}) {
        if (link->empty()) continue;
        if (auto checked = check_redirect_uri(*link, what); !checked) return checked;
        // check_redirect_uri() lets http through for this machine alone.
        if (!link->starts_with("http")) return refuse_client(std::string(what) + ": it has to be an https URL");
    }
    if (wish.logo_uri.empty()) return {};
    if (auto checked = check_redirect_uri(wish.logo_uri, "logo_uri"); !checked) return checked;
    // Browsers of others load it, so it is no request to their own machine.
    if (!wish.logo_uri.starts_with("https://")) return refuse_client("logo_uri: it has to be an https URL");
    return {};
}

// RFC 7591 §2: "The "jwks_uri" and "jwks" parameters MUST NOT both be present".
Result<> check_keys(const ClientWish& wish) {
    if (wish.jwks.empty() && wish.jwks_uri.empty()) {
        if (wish.kind != ClientKind::with_keys) return {};
        return refuse_client("a client that signs (private_key_jwt) has either jwks or jwks_uri");
    }
    if (!wish.jwks.empty() && !wish.jwks_uri.empty()) return refuse_client("jwks and jwks_uri: only one of them");
    if (wish.jwks.size() > longest_jwks) return refuse_client("jwks: longer than 16 KiB");
    if (!wish.jwks.empty()) {
        if (auto keys = parse_client_keys(wish.jwks); !keys) return std::move(keys).error();
        return {};
    }
    if (auto checked = check_redirect_uri(wish.jwks_uri, "jwks_uri"); !checked) return checked;
    if (!wish.jwks_uri.starts_with("http")) return refuse_client("jwks_uri: it has to be an https URL");
    return {};
}

Result<> check_request_objects(const ClientWish& wish) {
    if (wish.request_uris.size() > most_uris) return refuse_client("more than 32 request_uris");
    for (const std::string& uri : wish.request_uris) {
        // OpenID Connect Core §6.2: a fragment tells two versions of an object apart.
        const std::string address = uri.substr(0, uri.find('#'));
        if (auto checked = check_redirect_uri(address); !checked || !address.starts_with("https://"))
            return refuse_client("request_uris are https URLs");
        if (uri.find_first_of(" \t\r\n") != uri.npos) return refuse_client("request_uris: white space in a URL");
    }
    if (!wish.request_object_algorithm.empty() && !is_among(request_object_algorithms(), wish.request_object_algorithm))
        return refuse_client("request objects are not signed by '" + wish.request_object_algorithm + "' here");
    return {};
}

}  // namespace

std::string digest_of_secret(const Secret& secret) { return base64url::encode(crypto::sha256(secret.reveal())); }

Result<RegisteredClient> RegisteredClients::check(const ClientWish& wish) {
    // Tokens of a log-in name "keyhold" as their client (tokens.cpp).
    if (!wish.id.empty() && (!is_id(wish.id) || wish.id == "keyhold"))
        return refuse_client(
            "a client's id is up to 64 letters, digits, '-', '.' and '_', and not '.', '..' or 'keyhold'");
    // It stands within sentences of ours, on the page that asks for consent.
    if (wish.name.size() > longest_name || !is_plain_text(wish.name))
        return refuse_client("a client's name is up to 128 bytes of UTF-8 without controls and invisible characters");
    if (auto checked = check_words(wish); !checked) return std::move(checked).error();
    if (auto checked = check_uris(wish.redirect_uris, "redirect URI"); !checked) return std::move(checked).error();
    if (auto checked = check_uris(wish.post_logout_redirect_uris, "post-logout redirect URI"); !checked)
        return std::move(checked).error();
    if (!wish.backchannel_logout_uri.empty()) {
        if (auto checked = check_redirect_uri(wish.backchannel_logout_uri, "backchannel_logout_uri"); !checked)
            return std::move(checked).error();
        // An app's own scheme is good for browsers only: nobody can send a request there.
        if (!wish.backchannel_logout_uri.starts_with("http"))
            return refuse_client("backchannel_logout_uri: it has to be an https URL");
    }
    if (auto checked = check_links(wish); !checked) return std::move(checked).error();
    if (auto checked = check_keys(wish); !checked) return std::move(checked).error();
    if (auto checked = check_request_objects(wish); !checked) return std::move(checked).error();
    const std::string grants = wish.grants.empty() ? "authorization_code refresh_token" : joined(wish.grants, " ");
    const bool is_signed_in_to =
        store::has_word(grants, "authorization_code") || store::has_word(grants, implicit_grant);
    if (is_signed_in_to && wish.redirect_uris.empty())
        return refuse_client("a client that people sign in to needs a redirect URI");
    if (!wish.first_party && store::has_word(grants, "password"))
        return refuse_client("the password grant shows the client people's passwords: it is for first-party clients");
    // A public client cannot prove that it is itself, so it has nothing of its own (RFC 6749 §4.4).
    if (wish.kind == ClientKind::public_ && store::has_word(grants, "client_credentials"))
        return refuse_client("client_credentials is for clients that have a secret");
    if (wish.kind == ClientKind::public_ && !wish.needs_pkce)
        return refuse_client("a public client cannot do without PKCE (RFC 9700 §2.1.1)");
    return RegisteredClient{
        .id = wish.id,
        .name = wish.name,
        .secret_digest = {},
        .redirect_uris = joined(wish.redirect_uris, " "),
        .post_logout_redirect_uris = joined(wish.post_logout_redirect_uris, " "),
        .grants = grants,
        .scopes = wish.scopes.empty() ? "openid profile email offline_access" : joined(wish.scopes, " "),
        .backchannel_logout_uri = wish.backchannel_logout_uri,
        .id_token_algorithm =
            wish.id_token_algorithm.empty() ? std::string(id_token_algorithms.front()) : wish.id_token_algorithm,
        .first_party = wish.first_party,
        .needs_pkce = wish.needs_pkce,
        .registration_digest = {},
        .created_at = {},
        .auth_method = wish.kind == ClientKind::with_keys ? "private_key_jwt" : wish.auth_method,
        .jwks = wish.jwks,
        .jwks_uri = wish.jwks_uri,
        .userinfo_algorithm = wish.userinfo_algorithm,
        .policy_uri = wish.policy_uri,
        .tos_uri = wish.tos_uri,
        .logo_uri = wish.logo_uri,
        .request_uris = joined(wish.request_uris, " "),
        .request_object_algorithm = wish.request_object_algorithm};
}

std::vector<std::string_view> id_token_algorithms_of(const RegisteredClient& client) {
    if (!store::has_word(client.scopes, "openid")) return {};
    std::vector<std::string_view> found{client.id_token_algorithm};
    if (!client.userinfo_algorithm.empty()) found.emplace_back(client.userinfo_algorithm);
    return found;
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
    client->created_at = clock_.now();
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
    // A client that has no secret has none to go on with, and one that has it would keep a secret that is asked for
    // no more.
    if ((wish.kind == ClientKind::confidential) != !client.secret_digest.empty())
        return refuse_client(
            "token_endpoint_auth_method: whether it has a secret does not change; register another client");
    if (changed->name.empty()) changed->name = client.id;
    changed->id = client.id;
    changed->secret_digest = client.secret_digest;
    changed->registration_digest = client.registration_digest;
    changed->created_at = client.created_at;
    if (!store_.replace(*changed)) return errors::client_not_found;
    return changed;
}

Result<> RegisteredClients::declare(const ClientWish& wish, const Secret& secret) {
    auto wanted = check(wish);
    if (!wanted) return std::move(wanted).error();
    if (wanted->name.empty()) wanted->name = wanted->id;
    if (!secret.empty()) wanted->secret_digest = digest_of_secret(secret);
    wanted->created_at = clock_.now();
    auto known = store_.find(wanted->id);
    if (!known) {
        if (store_.add(*wanted)) return {};
        known = store_.find(wanted->id);  // another node has declared it in this moment
        if (!known) return errors::client_not_found;
    }
    wanted->created_at = known->created_at;
    wanted->registration_digest = known->registration_digest;
    const std::string digest = std::exchange(known->secret_digest, wanted->secret_digest);
    const bool has_other_secret = digest != wanted->secret_digest, is_other = *known != *wanted;
    // One that becomes public loses its secret and needs PKCE from then on: never the first without the second.
    if (has_other_secret && is_other)
        store_.replace_with_secret(*wanted);
    else if (has_other_secret)
        store_.replace_secret(wanted->id, wanted->secret_digest);
    else if (is_other)
        store_.replace(*wanted);
    return {};
}

std::optional<RegisteredClient> RegisteredClients::find(std::string_view id) const {
    const auto row = share(id);
    return row ? std::optional(*row) : std::nullopt;
}

std::shared_ptr<const RegisteredClient> RegisteredClients::share(std::string_view id) const {
    if (!is_id(id)) return nullptr;
    const auto read = [this](std::string_view wanted) { return store_.find(wanted); };
    if (memory_) return memory_->find(id, read);
    auto row = read(id);
    return row ? std::make_shared<const RegisteredClient>(*std::move(row)) : nullptr;
}

void RegisteredClients::remember(Liveness& liveness) {
    constexpr std::size_t most = 1024;  // some KiB each at most
    memory_ = std::make_shared<FollowedRows<RegisteredClient>>(liveness, clock_, most);
    // The memory is shared with the callback, which lives as long as `liveness`.
    liveness.on_client_changed([memory = memory_](std::string_view id) { memory->forget(id); });
}

Result<Secret> RegisteredClients::rotate_secret(std::string_view id) {
    const auto client = find(id);
    if (!client) return errors::client_not_found;
    if (client->secret_digest.empty()) return refuse_client("this is a public client: it has no secret");
    Secret secret = new_secret(secret_prefix);
    if (!store_.replace_secret(id, digest_of_secret(secret))) return errors::client_not_found;
    return secret;
}

Result<> RegisteredClients::remove(std::string_view id) {
    if (!is_id(id) || !store_.remove(id, client_removed.code, clock_.now())) return errors::client_not_found;
    return {};
}

}  // namespace keyhold::domain
