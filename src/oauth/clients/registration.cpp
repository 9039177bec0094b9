// SPDX-License-Identifier: Apache-2.0
// POST /oauth/clients: a client registers itself (RFC 7591, OpenID Connect Dynamic Client Registration 1.0). GET, PUT
// and DELETE /oauth/clients/{id}: it looks after that (RFC 7592).
#include <algorithm>

#include "base/json.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/client_registration.hpp"
#include "domain/keys/id_tokens.hpp"
#include "domain/sessions/sessions.hpp"
#include "domain/words.hpp"
#include "http/bearer.hpp"
#include "http/parameters.hpp"
#include "oauth/refusal.hpp"
#include "oauth/response_type.hpp"
#include "oauth/routes.hpp"

namespace keyhold::oauth {

// The `jwks` of a request, as JSON; empty if there is none.
struct SentKeys {
    std::string json;
};

// What the Authorization field shows (RFC 6750 §2.1); empty: nothing.
struct RegistrationToken {
    Secret text;
};

// What is registered, as RFC 7591 §3.2.1 writes it.
struct RegisteredMetadata {
    std::string json;
    bool is_new = false;
};

namespace {

using List = std::optional<std::vector<std::string>>;
using Text = std::optional<std::string>;

// RFC 7591 §2 and the like; what else is sent is left out, and the answer says what is left (§3.2.1).
struct ClientMetadata {
    static constexpr std::string_view schema_name = "ClientMetadata";
    List redirect_uris, grant_types, response_types, post_logout_redirect_uris, request_uris;
    Text client_id, client_secret;  // in a change alone
    Text client_name, scope, token_endpoint_auth_method, jwks_uri, backchannel_logout_uri;
    Text id_token_signed_response_alg, userinfo_signed_response_alg, request_object_signing_alg;
    Text subject_type, application_type, policy_uri, tos_uri, logo_uri;
};
KEYHOLD_FIELDS(ClientMetadata, (redirect_uris, about("Where answers to the client may go, each written out")),
               (grant_types, about("What the client may show for tokens")),
               (response_types, about("What the client asks for: `code`, or what `response_type` may be")),
               (post_logout_redirect_uris, about("Where the client may lead people after a log-out")),
               (request_uris, about("Where its request objects are: https URLs")),
               (client_id, about("The name under which the client is registered")),
               (client_secret, about("Its secret, if it has one and does not send it as HTTP Basic")),
               (client_name, about("What the client is called where people are asked about it")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")),
               (token_endpoint_auth_method, about("How the client proves itself")),
               (jwks_uri, about("Where the client's public keys are")),
               (backchannel_logout_uri,
                about("Where the client is told of a log-out (OpenID Connect Back-Channel Logout)")),
               (id_token_signed_response_alg, about("How its ID tokens are signed")),
               (userinfo_signed_response_alg, about("How its answers about people are signed, if they are")),
               (request_object_signing_alg, about("By which its request objects are signed; `none`: they are not")),
               (subject_type, about("Always `public`")),
               (application_type, about("`web`, or `native` for what is installed on a device")),
               (policy_uri, about("What the client does with data of people")),
               (tos_uri, about("The client's terms of service")), (logo_uri))

// RFC 7591 §3.2.2 calls it invalid_client_metadata.
Error refuse_metadata(std::string why) { return {errors::validation_failed, std::move(why)}; }

std::vector<std::string> list_of(const List& list) { return list.value_or(std::vector<std::string>()); }

// RFC 7591 §2, token_endpoint_auth_method: "If unspecified or omitted, the default is "client_secret_basic"".
Result<domain::ClientKind> kind_of(const ClientMetadata& metadata) {
    const std::string method = metadata.token_endpoint_auth_method.value_or("client_secret_basic");
    if (method == "none") return domain::ClientKind::public_;
    if (method == "private_key_jwt") return domain::ClientKind::with_keys;
    if (method == "client_secret_basic" || method == "client_secret_post") return domain::ClientKind::confidential;
    return refuse_metadata("token_endpoint_auth_method: " + method + " is not understood here");
}

// Turns metadata into what domain/clients checks. Only what is about the protocol's words is refused here: methods,
// response types, keys given twice.
Result<domain::ClientWish> wish_of(const ClientMetadata& metadata, const SentKeys& keys) {
    const auto kind = kind_of(metadata);
    if (!kind) return kind.error();
    // RFC 7591 §2: who names no grant types uses authorization_code.
    const auto grants = metadata.grant_types ? *metadata.grant_types : std::vector<std::string>{"authorization_code"};
    for (const std::string& name : list_of(metadata.response_types)) {
        const auto type = response_type_of(name);
        if (!type) return refuse_metadata("response_types: " + name + " is not understood here");
        // A response type belongs to a grant (RFC 7591 §2.1), so both must be asked for.
        const std::string_view grant = *type == ResponseType::code ? "authorization_code" : domain::implicit_grant;
        if (std::ranges::find(grants, grant) == grants.end())
            return refuse_metadata("response_types: " + name + " needs the grant type " + std::string(grant));
    }
    if (metadata.subject_type.value_or("public") != "public")
        return refuse_metadata("subject_type: public is the only one");
    domain::ClientWish wish;
    if (const auto& type = metadata.application_type) {
        if (*type != "web" && *type != "native") return refuse_metadata("application_type: it is web or native");
        wish.application_type = *type == "web" ? domain::ApplicationType::web : domain::ApplicationType::native;
    }
    wish.name = metadata.client_name.value_or("");
    wish.kind = *kind;
    wish.auth_method = metadata.token_endpoint_auth_method.value_or("");
    wish.redirect_uris = list_of(metadata.redirect_uris);
    wish.post_logout_redirect_uris = list_of(metadata.post_logout_redirect_uris);
    wish.backchannel_logout_uri = metadata.backchannel_logout_uri.value_or("");
    wish.grants = grants;
    const std::string scopes = metadata.scope.value_or("");
    for (const std::string_view scope : words_in(scopes)) wish.scopes.emplace_back(scope);
    wish.id_token_algorithm = metadata.id_token_signed_response_alg.value_or("");
    wish.userinfo_algorithm = metadata.userinfo_signed_response_alg.value_or("");
    // RFC 7591 §2: "The "jwks_uri" and "jwks" parameters MUST NOT both be present in the same request or response."
    if (!keys.json.empty() && metadata.jwks_uri) return refuse_metadata("jwks and jwks_uri: only one of them");
    wish.jwks = keys.json;
    wish.jwks_uri = metadata.jwks_uri.value_or("");
    wish.request_uris = list_of(metadata.request_uris);
    wish.request_object_algorithm = metadata.request_object_signing_alg.value_or("");
    wish.policy_uri = metadata.policy_uri.value_or("");
    wish.tos_uri = metadata.tos_uri.value_or("");
    wish.logo_uri = metadata.logo_uri.value_or("");
    return wish;
}

// RFC 7591 §3.2.1 asks for the registered metadata; what is empty was not registered and is left out.
void write_text(json::Writer& out, std::string_view name, std::string_view text) {
    if (!text.empty()) out.member(name, text);
}

// The answer to all three requests. `secret` is empty but for a client that was just made, as only its digest is kept.
RegisteredMetadata written(const domain::RegisteredClient& client, const Secret& secret, std::string_view token,
                           const domain::IdTokens& id_tokens) {
    RegisteredMetadata answer;
    json::Writer out(answer.json);
    out.begin_object();
    out.member("client_id", client.id);
    out.member("client_id_issued_at", std::int64_t{client.created_at.time_since_epoch().count()});
    if (!secret.empty()) {
        out.member("client_secret", secret.reveal());
        // RFC 7591 §3.2.1: 0 says that it does not expire.
        out.member("client_secret_expires_at", 0);
    }
    // RFC 7592 §3: the client finds itself again at this URI by this token, and needs to know no other path.
    std::string_view issuer = id_tokens.issuer();
    if (issuer.ends_with('/')) issuer.remove_suffix(1);
    out.member("registration_access_token", token);
    out.member("registration_client_uri", std::string(issuer) + "/oauth/clients/" + client.id);
    out.member("client_name", client.name);
    domain::write_words(out, "redirect_uris", client.redirect_uris);
    // It is known by them, and without them it means nothing.
    const auto is_of_an_app = [](std::string_view uri) { return !uri.starts_with("https://"); };
    if (!client.redirect_uris.empty())
        out.member("application_type", domain::any_word(client.redirect_uris, is_of_an_app) ? "native" : "web");
    domain::write_words(out, "grant_types", client.grants);
    out.name("response_types");
    out.begin_array();
    for (const ResponseTypeRow& row : response_types)
        if (store::has_word(client.grants, row.grant)) out.value(row.name);
    out.end_array();
    out.member("token_endpoint_auth_method", client.authentication_method());
    out.member("scope", client.scopes);
    out.member("subject_type", "public");
    out.member("id_token_signed_response_alg", client.id_token_algorithm);
    write_text(out, "userinfo_signed_response_alg", client.userinfo_algorithm);
    write_text(out, "jwks_uri", client.jwks_uri);
    if (!client.jwks.empty()) {
        out.name("jwks");
        out.raw(client.jwks);
    }
    if (!client.request_uris.empty()) domain::write_words(out, "request_uris", client.request_uris);
    write_text(out, "request_object_signing_alg", client.request_object_algorithm);
    if (!client.post_logout_redirect_uris.empty())
        domain::write_words(out, "post_logout_redirect_uris", client.post_logout_redirect_uris);
    if (!client.backchannel_logout_uri.empty()) {
        out.member("backchannel_logout_uri", client.backchannel_logout_uri);
        // Log-out tokens always have `sid`.
        out.member("backchannel_logout_session_required", true);
    }
    write_text(out, "policy_uri", client.policy_uri);
    write_text(out, "tos_uri", client.tos_uri);
    write_text(out, "logo_uri", client.logo_uri);
    out.end_object();
    return answer;
}

using Id = http::Path<"id", std::string, about("The client_id that its registration answered")>;

// POST /oauth/clients
Result<RegisteredMetadata> register_client(const ClientMetadata& metadata, const SentKeys& keys,
                                           const RegistrationToken& token, const http::Request& request,
                                           domain::ClientRegistration& registration, domain::IdTokens& id_tokens) {
    auto wish = wish_of(metadata, keys);
    if (!wish) return std::move(wish).error();
    const auto made = registration.add(*std::move(wish), token.text.reveal(), request.remote_address);
    if (!made) return made.error();
    id_tokens.prepare_for(made->client);
    auto answer = written(made->client, made->secret, made->registration_token.reveal(), id_tokens);
    answer.is_new = true;
    return answer;
}

// GET /oauth/clients/{id}
Result<RegisteredMetadata> show(const Id& id, const RegistrationToken& token, domain::ClientRegistration& registration,
                                domain::IdTokens& id_tokens) {
    const auto client = registration.find(*id, token.text.reveal());
    if (!client) return client.error();
    return written(*client, Secret(), token.text.reveal(), id_tokens);
}

// PUT /oauth/clients/{id}
Result<RegisteredMetadata> change(const Id& id, const RegistrationToken& token, const ClientMetadata& metadata,
                                  const SentKeys& keys, const http::Request& request,
                                  domain::ClientRegistration& registration, domain::IdTokens& id_tokens) {
    const auto client = registration.find(*id, token.text.reveal());
    if (!client) return client.error();
    // RFC 7592 §2.2: client_id has to be there; a secret that is there has to be the client's.
    if (metadata.client_id != client->id) return refuse_metadata("client_id: it has to be there, and the client's own");
    if (metadata.client_secret &&
        domain::digest_of_secret(Secret(std::string_view(*metadata.client_secret))) != client->secret_digest)
        return refuse_metadata("client_secret: it is not the client's, who cannot choose one");
    auto wish = wish_of(metadata, keys);
    if (!wish) return std::move(wish).error();
    const auto changed = registration.replace(*client, *std::move(wish), request.remote_address);
    if (!changed) return changed.error();
    id_tokens.prepare_for(*changed);
    return written(*changed, Secret(), token.text.reveal(), id_tokens);
}

// DELETE /oauth/clients/{id}
Result<> remove(const Id& id, const RegistrationToken& token, domain::ClientRegistration& registration,
                domain::RegisteredClients& clients) {
    const auto client = registration.find(*id, token.text.reveal());
    if (!client) return client.error();
    (void)clients.remove(client->id);  // somebody else may have been first
    return {};
}

}  // namespace
}  // namespace keyhold::oauth

namespace keyhold::http {

// Read from the text itself, as a JWK Set may have members of any kind and is kept as it was sent.
template <>
struct Extract<oauth::SentKeys> {
    static Result<oauth::SentKeys> from(const Request& request) {
        json::Document document;
        const auto root = document.parse(request.body);
        const auto keys = root && root->is_object() ? root->find("jwks") : std::nullopt;
        oauth::SentKeys sent;
        if (keys) json::append_value(sent.json, *keys);
        return sent;
    }
    static void describe(Operation&) {}
};

// A request without the field is one of a server that lets anybody register; whether this one does, the domain knows.
template <>
struct Extract<oauth::RegistrationToken> {
    static Result<oauth::RegistrationToken> from(const Request& request) {
        const auto token = bearer_token(request);
        if (token && token->empty()) return errors::token_malformed;
        return oauth::RegistrationToken{Secret(token.value_or(""))};
    }
    static void describe(Operation& operation) { operation.refusals.emplace_back(errors::token_malformed); }
};

template <>
struct Respond<oauth::RegisteredMetadata> {
    static void write(Response& response, const oauth::RegisteredMetadata& answer) {
        response.media_type = "application/json";
        response.body = answer.json;
        if (answer.is_new) response.status = 201;
    }
    static void describe(Operation& operation) {
        operation.response_schema = "RegisteredClient";
        operation.successes = {operation.method == Method::post ? 201 : 200};
        operation.schemas.emplace(
            "RegisteredClient",
            R"({"type":"object","title":"RegisteredClient","description":"RFC 7591, section 3.2.1",)"
            R"("required":["client_id"],"properties":{)"
            R"("client_id":{"type":"string","description":"The name under which the client is registered"},)"
            R"("client_secret":{"type":"string","description":"Its secret, if it has one"},)"
            R"("registration_access_token":{"type":"string"},)"
            R"("registration_client_uri":{"type":"string"}}})");
    }
};

}  // namespace keyhold::http

namespace keyhold::oauth {

void add_registration_routes(http::Mount& mount) {
    const auto about = [](std::string_view summary, std::string_view description) {
        return http::RouteAbout{.summary = summary,
                                .tag = "oauth",
                                .door = Door::oauth,
                                .on = http::On::storing,
                                .no_store = true,
                                .refusals = {errors::invalid_redirect_uri, errors::validation_failed,
                                             errors::too_many_registrations, errors::store_unavailable},
                                .description = description,
                                .from_other_sites = true};  // by a token, and never by a cookie
    };
    constexpr std::string_view by_token =
        "By the registration_access_token that the client was given, as a Bearer token.";
    mount.add(
        http::Method::post, "/oauth/clients",
        about("Register a client (RFC 7591)", "Answers its client_id, and the token by which it looks after itself."),
        register_client);
    mount.add(http::Method::get, "/oauth/clients/{id}", about("What is registered (RFC 7592)", by_token), show);
    mount.add(http::Method::put, "/oauth/clients/{id}", about("Change it (RFC 7592)", by_token), change);
    mount.add(http::Method::delete_, "/oauth/clients/{id}", about("Remove it (RFC 7592)", by_token), remove);
}

}  // namespace keyhold::oauth
