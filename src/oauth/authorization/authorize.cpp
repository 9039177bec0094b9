// SPDX-License-Identifier: Apache-2.0
// GET and POST /oauth/authorize: a person lets a client act for them, and the client gets a code (RFC 6749 §4.1,
// OpenID Connect Core §3.1.2). POST /oauth/consent: what they said to that.
#include <algorithm>

#include "domain/clients/authorizations.hpp"
#include "domain/words.hpp"
#include "http/errors.hpp"
#include "oauth/authorization/authorization_request.hpp"
#include "oauth/authorization/raw.hpp"
#include "oauth/errors.hpp"
#include "oauth/id_token.hpp"
#include "oauth/routes.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/sign_in_proof.hpp"
#include "pages/visit.hpp"

namespace keyhold::oauth {
namespace {

// For the document: what read_authorization_request() reads.
struct Parameters {
    static constexpr std::string_view schema_name = "AuthorizationRequest";
    static constexpr http::Notation notation = http::Notation::form;
    std::string client_id;
    std::optional<std::string> redirect_uri, response_type, scope, state, nonce, code_challenge, code_challenge_method,
        prompt, max_age, login_hint, id_token_hint, claims, request_uri, request;
    std::vector<std::string> resource;
};
KEYHOLD_FIELDS(Parameters, (client_id, about("The name under which the client is registered")),
               (redirect_uri, about("Where the answer goes; exactly one that is registered")),
               (response_type, about("`code`; or `id_token`, `id_token token` where `oauth_implicit` says so")),
               (scope, about("What the token may be used for: words with spaces between them (RFC 6749)")),
               (state, about("Comes back as it was sent")), (nonce, about("Comes back in the ID token")),
               (code_challenge, about("The digest of the code verifier (RFC 7636)")),
               (code_challenge_method, about("Always `S256`")),
               (prompt, about("`none`, `login`, `consent` or `select_account`")),
               (max_age, about("Seconds since the password was last shown, at most")),
               (login_hint, about("The name to begin the sign-in page with")),
               (id_token_hint, about("An ID token of the person, which may have expired")),
               (claims, about("Which claims are asked for, as JSON (OpenID Connect Core 5.5)")),
               (request_uri, about("What `/oauth/par` answered (RFC 9126), or where the request object is")),
               (request, about("All of this as a JWT (RFC 9101), where `oauth_request_objects` says so")),
               (resource, about("What the token is for: the audience of this server's tokens, and no other (RFC 8707)"),
                may_be_absent()))

struct AuthorizeServices {
    const domain::RegisteredClients& clients;
    domain::Authorizations& authorizations;
    domain::IdTokens& id_tokens;
    domain::RequestObjects& request_objects;
    domain::Accounts& accounts;
    domain::Profiles& profiles;
    const Settings& settings;
    const Clock& clock;
};

// What is still missing before a request can be given its code.
// `again`: the password of whoever is signed in; `as_anybody`: a name, and its password.
enum class Missing { nothing, sign_in, sign_in_again, sign_in_as_anybody, consent, the_hinted_person };

// The path and the query of it, as the sign-in page was told where to go on to.
std::string way_to(const AuthorizationRequest& request) { return "/oauth/authorize?" + query_of(request.fields); }

// A person who has just signed in for this request has this long to read what the client wants; after that the person
// is asked to sign in once more.
constexpr std::chrono::minutes way_back{10};

// Whether who was sent to sign in for this request has done so, as whomever.
bool has_come_back(const AuthorizationRequest& request, const pages::Visitor& who, Time now) {
    return now - who.authenticated_at() <= way_back &&
           pages::is_proof_of_sign_in(request.sign_in_proof, who.session(), way_to(request));
}

bool has_to_sign_in_again(const AuthorizationRequest& request, const pages::Visitor& who, Time now) {
    // OpenID Connect Core §3.1.2.1: max_age=0 is prompt=login.
    const bool is_asked =
        request.prompt_login || request.prompt_select_account ||
        (request.max_age && (request.max_age->count() == 0 || now - who.authenticated_at() > *request.max_age));
    return is_asked && !has_come_back(request, who, now);
}

// Whether whoever comes with this request is that client. Anybody can come with the id of a client that proves nothing,
// and any program of the person's machine may answer to a loopback address or a scheme of an app's own; only a domain
// by https is somebody's own. RFC 8252 §8.6, RFC 6749 §10.2: then no code without the person.
bool is_known_to_be_itself(const AuthorizationRequest& request) {
    const auto& client = request.client;
    return !client.secret_digest.empty() || client.proves_itself_by_key() ||
           request.redirect_uri.starts_with("https://");
}

// The order is that of what a person has to do first: sign in, as the right person, lately enough, and then consent.
Missing missing_for(const AuthorizationRequest& request, const std::optional<pages::Visitor>& who,
                    const domain::Authorizations& authorizations, Time now) {
    if (!who) return Missing::sign_in;
    if (!request.hinted_account.empty() && request.hinted_account != who->account_id())
        // Sent to sign in once; who comes back as somebody else is refused, and not sent again.
        return has_come_back(request, *who, now) ? Missing::the_hinted_person : Missing::sign_in_as_anybody;
    if (has_to_sign_in_again(request, *who, now))
        return request.prompt_select_account ? Missing::sign_in_as_anybody : Missing::sign_in_again;
    if (request.prompt_consent) return Missing::consent;
    if (request.client.first_party) return Missing::nothing;
    // What was allowed before was allowed to that client.
    if (!is_known_to_be_itself(request)) return Missing::consent;
    const bool has_consent = authorizations.has_consent(who->account_id(), request.client.id, request.scope);
    return has_consent ? Missing::nothing : Missing::consent;
}

// By way of the sign-in page, which leads back here with a proof. Who comes back without one has not shown a password.
pages::Answer to_sign_in(const pages::Visit& visit, const AuthorizationRequest& request, Missing missing) {
    http::FormFields way;
    // The sign-in page asks for the password although somebody is signed in: for that account's, or for anybody's.
    if (missing == Missing::sign_in_again) way.emplace_back("again", "1");
    if (missing == Missing::sign_in_as_anybody) way.emplace_back("again", pages::as_anybody);
    way.emplace_back("return_to", way_to(request));
    if (!request.login_hint.empty()) way.emplace_back("login_hint", request.login_hint);
    return visit.go_to("/sign-in?" + query_of(way));
}

// Back to the client, by its redirect URI; the caller has checked that it is registered.
pages::Answer send_back(std::string location) { return {http::Redirect{.location = std::move(location)}}; }

// RFC 6749 §4.1.2.1: once the redirect URI is known to be good, the client hears of the error, and not the person.
pages::Answer refuse(const AuthorizationRequest& request, std::string_view issuer, std::string_view error,
                     std::string_view description) {
    return send_back(answer_location(request.redirect_uri, request.state, issuer, request.response_type,
                                     {{"error", error}, {"error_description", description}}));
}

// OpenID Connect Core §3.2.2.5: what a client gets for a code, without the way by the token endpoint and without a
// refresh token. The code is used up here: so there is one pathway on which sessions of clients begin.
pages::Answer give_tokens(const AuthorizationRequest& request, const Secret& code, std::string_view address,
                          const AuthorizeServices& services) {
    const std::string& issuer = services.id_tokens.issuer();
    const auto given = services.authorizations.redeem({.code = code.reveal(),
                                                       .redirect_uri = request.redirect_uri,
                                                       .verifier = {},
                                                       .client = request.client,
                                                       .from = {request.client.name, std::string(address)}});
    if (!given) return refuse(request, issuer, "access_denied", given.error().detail());
    const bool with_access = request.response_type == ResponseType::id_token_token;
    const auto id_token = id_token_of(*given, request.client, services.id_tokens, services.accounts, services.profiles,
                                      with_access ? AccessToken::beside_it : AccessToken::withheld);
    const std::string seconds = std::to_string(given->access.expires_in.count());
    const auto access = [&](std::string_view value) { return with_access ? value : std::string_view(); };
    return send_back(answer_location(request.redirect_uri, request.state, issuer, request.response_type,
                                     {{"access_token", access(given->access.access_token)},
                                      {"token_type", access("Bearer")},
                                      {"expires_in", access(seconds)},
                                      {"scope", access(request.scope)},
                                      {"id_token", id_token.value_or("")}}));
}

// A request that was pushed is used up (RFC 9126 §4).
Result<pages::Answer> give(const AuthorizationRequest& request, const pages::Visit& visit,
                           const AuthorizeServices& services) {
    const pages::Visitor& who = *visit.who();
    // Used up before the code is made: of two tabs with one request_uri, one gets a code.
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
    if (request.response_type != ResponseType::code)
        return give_tokens(request, code, visit.request().remote_address, services);
    return send_back(answer_location(request.redirect_uri, request.state, services.id_tokens.issuer(),
                                     request.response_type, {{"code", code.reveal()}}));
}

// Where the person will be: "https://wiki.example.com" of a redirect URI, or "com.example.app:" if it is an app's own
// scheme without a host (RFC 8252 §7.1).
std::string place_of(std::string_view redirect_uri) {
    const std::string_view origin = pages::origin_of_url(redirect_uri);
    return std::string(origin.empty() ? redirect_uri.substr(0, redirect_uri.find(':') + 1) : origin);
}

// What a client wants, and whether it may.
pages::Answer ask_for_consent(const pages::Visit& visit, const AuthorizationRequest& request) {
    auto values = pages::values_of_client(visit, request.client);
    values.emplace_back("place", place_of(request.redirect_uri));
    values.emplace_back("scopes", pages::sentences_of_scopes(visit, request.scope));
    http::FormFields fields = request.fields;
    // The form leads back here, and the sign-in that has just happened must count then too.
    if (!request.sign_in_proof.empty()) fields.emplace_back(pages::sign_in_proof_field, request.sign_in_proof);
    values.emplace_back("request", query_of(fields));
    pages::Answer answer = visit.show("consent", std::move(values));
    // The form is answered by a redirect to the client, which the policy of other pages forbids (form-action).
    std::get<http::Html>(answer.what).content_security_policy = pages::policy_of_ways_out;
    return answer;
}

enum class Said { nothing, yes, no };

// One pathway, whether the person comes from the client or from the page that asks them.
Result<pages::Answer> answer(const pages::Visit& visit, std::string_view query, Said said,
                             const AuthorizeServices& services) {
    const auto read = read_authorization_request(query, {services.clients, services.authorizations, services.id_tokens,
                                                         services.request_objects, services.settings});
    const std::string& issuer = services.id_tokens.issuer();
    if (const auto* const refusal = std::get_if<AuthorizationRefusal>(&read)) {
        if (refusal->redirect_uri.empty()) return Error(errors::invalid_authorization_request, refusal->description);
        return send_back(answer_location(refusal->redirect_uri, refusal->state, issuer, refusal->response_type,
                                         {{"error", refusal->error}, {"error_description", refusal->description}}));
    }
    const auto& wanted = std::get<AuthorizationRequest>(read);
    const Time now = services.clock.now();
    const auto& who = visit.who();
    // A session that is limited to some scopes cannot hand out others.
    if (who && who->is_limited())
        return refuse(wanted, issuer, "access_denied", std::string(errors::limited_session.detail));
    // Also where it was allowed meanwhile, on another page: who says no gives no code.
    if (said == Said::no) return refuse(wanted, issuer, "access_denied", "the person has not allowed this client");
    const Missing missing = missing_for(wanted, who, services.authorizations, now);
    if (missing == Missing::nothing) return give(wanted, visit, services);
    // OpenID Connect Core §3.1.2.2: "the Authorization Server MUST NOT reply with an ID Token or Access Token for a
    // different user". Whoever signed in as somebody else once would do so for ever.
    if (missing == Missing::the_hinted_person)
        return refuse(wanted, issuer, "login_required",
                      "the person signed in as somebody else than id_token_hint says");
    if (missing != Missing::consent)
        return wanted.prompt_none ? refuse(wanted, issuer, "login_required", "the person has to sign in")
                                  : to_sign_in(visit, wanted, missing);
    if (wanted.prompt_none)
        return refuse(wanted, issuer, "consent_required", "the person has not allowed this client yet");
    if (said == Said::nothing) return ask_for_consent(visit, wanted);
    // Remembered before the code is given: a code that was given without it would have the person asked again.
    services.authorizations.remember_consent(who->account_id(), wanted.client.id, wanted.scope);
    return give(wanted, visit, services);
}

// GET /oauth/authorize
Result<pages::Answer> authorize(const pages::Visit& visit, const RawQuery<Parameters>& query,
                                domain::RegisteredClients& clients, domain::Authorizations& authorizations,
                                domain::IdTokens& id_tokens, domain::RequestObjects& objects,
                                domain::Accounts& accounts, domain::Profiles& profiles, const Settings& settings,
                                const Clock& clock) {
    return answer(visit, query.text, Said::nothing,
                  {clients, authorizations, id_tokens, objects, accounts, profiles, settings, clock});
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
                             domain::Authorizations& authorizations, domain::IdTokens& id_tokens,
                             domain::RequestObjects& objects, domain::Accounts& accounts, domain::Profiles& profiles,
                             const Settings& settings, const Clock& clock) {
    return answer(form.visit, form.fields.request, form.fields.decision == "allow" ? Said::yes : Said::no,
                  {clients, authorizations, id_tokens, objects, accounts, profiles, settings, clock});
}

// POST /oauth/authorize (OpenID Connect Core §3.1.2.1). A form of another site's page comes without our cookies
// (SameSite=Lax), a link does not: so it becomes a link.
Result<http::Redirect> authorize_by_post(const http::Request& request, const RawForm<Parameters>&) {
    constexpr std::size_t longest = 6 * 1024;  // a request target is at most 8 KiB
    // Looks at the media type too: 415 for anything but a form.
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    if (!body) return body.error();
    if (request.body.size() > longest) return Error(errors::invalid_authorization_request, "The request is too long");
    const auto fields = http::parse_form(request.body);
    if (!fields) return Error(errors::invalid_authorization_request, "The form is not well encoded");
    // Relative, so that it works behind a proxy that puts a path in front.
    return http::Redirect{.location = "authorize?" + query_of(*fields)};
}

}  // namespace

void add_authorize_routes(http::Mount& mount) {
    const auto about = [](http::Method method) {
        return http::RouteAbout{.summary = "Let a client act for a person (RFC 6749, OpenID Connect)",
                                .tag = "oauth",
                                .door = Door::oauth,
                                .on = method == http::Method::get ? http::On::storing : http::On::io,
                                .documented = method == http::Method::get,
                                .refusals = {errors::invalid_authorization_request, errors::unsupported_media_type,
                                             errors::store_unavailable},
                                .description =
                                    "With POST the parameters stand in the body, as a form: the answer is 303 "
                                    "to the same by GET, as a form of another site comes without cookies.",
                                .from_other_sites = true};
    };
    mount.add(http::Method::get, "/oauth/authorize", about(http::Method::get), authorize);
    mount.add(http::Method::post, "/oauth/authorize", about(http::Method::post), authorize_by_post);
    mount.add(http::Method::post, "/oauth/consent",
              {.summary = "Allow a client",
               .tag = "oauth",
               .door = Door::oauth,
               .on = http::On::storing,
               .documented = false},
              decide);
}

}  // namespace keyhold::oauth
