// SPDX-License-Identifier: Apache-2.0
// GET and POST /oauth/authorize: a person lets a client act for them, and the client gets a code (RFC 6749 §4.1,
// OpenID Connect Core §3.1.2). POST /oauth/consent: what they said to that.
#include <algorithm>

#include "domain/authorizations.hpp"
#include "domain/words.hpp"
#include "http/errors.hpp"
#include "oauth/authorization_request.hpp"
#include "oauth/errors.hpp"
#include "oauth/raw.hpp"
#include "oauth/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::oauth {
namespace {

// For the document: what read_authorization_request() reads.
struct Parameters {
    static constexpr std::string_view schema_name = "AuthorizationRequest";
    static constexpr http::Notation notation = http::Notation::form;
    std::string client_id;
    std::optional<std::string> redirect_uri, response_type, scope, state, nonce, code_challenge, code_challenge_method,
        prompt, max_age, login_hint, id_token_hint, claims, request_uri;
};
KEYHOLD_FIELDS(Parameters, (client_id), (redirect_uri), (response_type), (scope), (state), (nonce), (code_challenge),
               (code_challenge_method), (prompt), (max_age), (login_hint), (id_token_hint), (claims), (request_uri))

struct Services {
    const domain::RegisteredClients& clients;
    domain::Authorizations& authorizations;
    domain::IdTokens& id_tokens;
    const Clock& clock;
};

// What stands between a request and its code.
enum class Missing { nothing, sign_in, sign_in_again, consent };

// Who was sent to sign in again has so long for it; an older link asks once more.
constexpr std::chrono::minutes way_back{10};

bool has_to_sign_in_again(const AuthorizationRequest& request, const pages::Visitor& who, Time now) {
    const bool was_sent = now - request.authenticated_after <= way_back;
    if (was_sent) return who.authenticated_at() < request.authenticated_after;
    if (request.prompt_login) return true;
    // OpenID Connect Core §3.1.2.1: max_age=0 is prompt=login.
    return request.max_age && (request.max_age->count() == 0 || now - who.authenticated_at() > *request.max_age);
}

Missing missing_for(const AuthorizationRequest& request, const std::optional<pages::Visitor>& who,
                    const domain::Authorizations& authorizations, Time now) {
    if (!who) return Missing::sign_in;
    if (!request.hinted_account.empty() && request.hinted_account != who->account_id()) return Missing::sign_in_again;
    if (has_to_sign_in_again(request, *who, now)) return Missing::sign_in_again;
    if (request.prompt_consent) return Missing::consent;
    if (request.client.first_party) return Missing::nothing;
    const bool has_consent = authorizations.has_consent(who->account_id(), request.client.id, request.scope);
    return has_consent ? Missing::nothing : Missing::consent;
}

// By way of the sign-in page, which leads back here. The person may not come back as they were, if they were to show
// their password again: a session that began before now will not do.
pages::Answer to_sign_in(const pages::Visit& visit, const AuthorizationRequest& request, Missing missing, Time now) {
    http::FormFields fields = request.fields;
    std::erase_if(fields, [](const auto& field) { return field.first == authenticated_after_field; });
    http::FormFields way;
    if (missing == Missing::sign_in_again) {
        fields.emplace_back(authenticated_after_field, std::to_string(now.time_since_epoch().count()));
        way.emplace_back("again", "1");
    }
    way.emplace_back("return_to", "/oauth/authorize?" + query_of(fields));
    if (!request.login_hint.empty()) way.emplace_back("login_hint", request.login_hint);
    return visit.go_to("/sign-in?" + query_of(way));
}

pages::Answer send_back(std::string location) { return {http::Redirect{.location = std::move(location)}}; }

pages::Answer refuse(const AuthorizationRequest& request, std::string_view issuer, std::string_view error,
                     std::string_view description) {
    return send_back(answer_location(request.redirect_uri, request.state, issuer,
                                     {{"error", error}, {"error_description", description}}));
}

// A request that was pushed is used up (RFC 9126 §4).
Result<pages::Answer> give_code(const AuthorizationRequest& request, const pages::Visitor& who,
                                const Services& services) {
    if (!request.pushed_uri.empty() && !services.authorizations.take_pushed(request.pushed_uri))
        return Error(errors::invalid_authorization_request, "This request_uri was used");
    const Secret code = services.authorizations.give({.client_id = request.client.id,
                                                      .account_id = who.account_id(),
                                                      .session_id = who.session_id(),
                                                      .redirect_uri = request.redirect_uri,
                                                      .scope = request.scope,
                                                      .nonce = request.nonce,
                                                      .code_challenge = request.code_challenge,
                                                      .authenticated_at = who.authenticated_at(),
                                                      .id_token_claims = request.id_token_claims});
    return send_back(
        answer_location(request.redirect_uri, request.state, services.id_tokens.issuer(), {{"code", code.reveal()}}));
}

// "https://wiki.example.com" of a redirect URI: where the person will be.
std::string place_of(std::string_view redirect_uri) {
    const std::size_t authority = redirect_uri.find("://");
    if (authority == redirect_uri.npos) return std::string(redirect_uri.substr(0, redirect_uri.find(':') + 1));
    return std::string(redirect_uri.substr(0, redirect_uri.find_first_of("/?", authority + 3)));
}

// What a client wants, and whether it may.
pages::Answer ask_for_consent(const pages::Visit& visit, const AuthorizationRequest& request) {
    pages::Answer answer = visit.show("consent", {{"client", request.client.name},
                                                  {"place", place_of(request.redirect_uri)},
                                                  {"policy_uri", request.client.policy_uri},
                                                  {"tos_uri", request.client.tos_uri},
                                                  {"scopes", sentences_of_scopes(visit, request.scope)},
                                                  {"request", query_of(request.fields)}});
    std::get<http::Html>(answer.what).content_security_policy = pages::policy_of_ways_out;
    return answer;
}

enum class Said { nothing, yes, no };

// One pathway, whether the person comes from the client or from the page that asks them.
Result<pages::Answer> answer(const pages::Visit& visit, std::string_view query, Said said, const Services& services) {
    const auto read =
        read_authorization_request(query, {services.clients, services.authorizations, services.id_tokens});
    const std::string& issuer = services.id_tokens.issuer();
    if (const auto* const refusal = std::get_if<AuthorizationRefusal>(&read)) {
        if (refusal->redirect_uri.empty()) return Error(errors::invalid_authorization_request, refusal->description);
        return send_back(answer_location(refusal->redirect_uri, refusal->state, issuer,
                                         {{"error", refusal->error}, {"error_description", refusal->description}}));
    }
    const auto& wanted = std::get<AuthorizationRequest>(read);
    const Time now = services.clock.now();
    const auto& who = visit.who();
    const Missing missing = missing_for(wanted, who, services.authorizations, now);
    if (missing == Missing::nothing) return give_code(wanted, *who, services);
    if (missing != Missing::consent)
        return wanted.prompt_none ? refuse(wanted, issuer, "login_required", "the person has to sign in")
                                  : to_sign_in(visit, wanted, missing, now);
    if (wanted.prompt_none)
        return refuse(wanted, issuer, "consent_required", "the person has not allowed this client yet");
    if (said == Said::nothing) return ask_for_consent(visit, wanted);
    if (said == Said::no) return refuse(wanted, issuer, "access_denied", "the person has not allowed this client");
    services.authorizations.remember_consent(who->account_id(), wanted.client.id, wanted.scope);
    return give_code(wanted, *who, services);
}

// GET /oauth/authorize
Result<pages::Answer> authorize(const pages::Visit& visit, const RawQuery<Parameters>& query,
                                domain::RegisteredClients& clients, domain::Authorizations& authorizations,
                                domain::IdTokens& id_tokens, const Clock& clock) {
    return answer(visit, query.text, Said::nothing, {clients, authorizations, id_tokens, clock});
}

struct Decision {
    static constexpr std::string_view schema_name = "ConsentForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string request;
    std::string decision;
};
KEYHOLD_FIELDS(Decision, (request), (decision, one_of("allow", "deny")))

// POST /oauth/consent
Result<pages::Answer> decide(const pages::PersonalForm<Decision>& form, domain::RegisteredClients& clients,
                             domain::Authorizations& authorizations, domain::IdTokens& id_tokens, const Clock& clock) {
    return answer(form.visit, form.fields.request, form.fields.decision == "allow" ? Said::yes : Said::no,
                  {clients, authorizations, id_tokens, clock});
}

// POST /oauth/authorize (OpenID Connect Core §3.1.2.1). A form of another site's page comes without our cookies
// (SameSite=Lax), a link does not: so it becomes a link.
Result<http::Redirect> authorize_by_post(const http::Request& request, const RawForm<Parameters>&) {
    constexpr std::size_t longest = 6 * 1024;  // a request target is at most 8 KiB
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    if (!body) return body.error();
    if (request.body.size() > longest) return Error(errors::invalid_authorization_request, "The request is too long");
    const auto fields = http::parse_form(request.body);
    if (!fields) return Error(errors::invalid_authorization_request, "The form is not well encoded");
    return http::Redirect{.location = "authorize?" + query_of(*fields)};
}

}  // namespace

void add_authorize_routes(http::Mount& mount) {
    const auto about = [](http::Method method) {
        return http::RouteAbout{.summary = "Let a client act for a person (RFC 6749, OpenID Connect)",
                                .tag = "oauth",
                                .on = method == http::Method::get ? http::On::storing : http::On::io,
                                .refusals = {errors::invalid_authorization_request, errors::unsupported_media_type,
                                             errors::store_unavailable},
                                .description = {},
                                .from_other_sites = true};
    };
    mount.add(http::Method::get, "/oauth/authorize", about(http::Method::get), authorize);
    mount.add(http::Method::post, "/oauth/authorize", about(http::Method::post), authorize_by_post);
    mount.add(http::Method::post, "/oauth/consent",
              {.summary = "Allow a client", .tag = "oauth", .on = http::On::storing, .documented = false}, decide);
}

}  // namespace keyhold::oauth
