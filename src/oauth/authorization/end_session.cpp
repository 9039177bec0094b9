// SPDX-License-Identifier: Apache-2.0
// GET and POST /oauth/end-session: an application signs a person out (OpenID Connect RP-Initiated Logout 1.0).
#include "domain/clients/redirect_uri.hpp"
#include "http/errors.hpp"
#include "http/routes/session_cookies.hpp"
#include "oauth/authorization/authorization_request.hpp"
#include "oauth/authorization/raw.hpp"
#include "oauth/errors.hpp"
#include "oauth/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::oauth {
namespace {

struct EndServices {
    const domain::RegisteredClients& clients;
    domain::IdTokens& id_tokens;
    domain::Sessions& sessions;
};

struct Wanted {
    static constexpr std::string_view schema_name = "EndSession";
    static constexpr http::Notation notation = http::Notation::form;
    std::optional<std::string> id_token_hint;
    std::optional<std::string> client_id;
    std::optional<std::string> post_logout_redirect_uri;
    std::optional<std::string> state;
};
KEYHOLD_FIELDS(Wanted, (id_token_hint, about("An ID token of the person, which may have expired")),
               (client_id, about("The name under which the client is registered")),
               (post_logout_redirect_uri, about("Where to go after the log-out; one that is registered")),
               (state, about("Comes back as it was sent")))

// What of it holds.
struct EndRequest {
    std::optional<domain::IdTokenHint> hint;
    std::string client_id;  // whose ID token or id it is; empty: it was not said
    std::string go_on;      // where the person is sent; empty: nowhere
};

Error wrong() { return errors::invalid_logout_request; }

// One without a value counts as absent, as everywhere in OAuth (RFC 6749 §3.1).
std::string_view text_of(const std::optional<std::string>& parameter) {
    return parameter ? std::string_view(*parameter) : std::string_view();
}

// §2: nobody is sent to where no client of ours is known to be.
Result<EndRequest> check(const Wanted& wanted, const EndServices& services) {
    EndRequest request;
    std::string client_id(text_of(wanted.client_id));
    if (const auto hint = text_of(wanted.id_token_hint); !hint.empty()) {
        request.hint = services.id_tokens.read_hint(hint);
        // §2: a client_id beside the hint has to be the one that it was issued to.
        if (!request.hint || (!client_id.empty() && client_id != request.hint->client_id)) return wrong();
        client_id = request.hint->client_id;
    }
    request.client_id = client_id;
    const auto uri = text_of(wanted.post_logout_redirect_uri);
    // Without a client there is no registered URI, and nobody is sent anywhere.
    if (uri.empty() || client_id.empty()) return request;
    const auto client = services.clients.find(client_id);
    if (!client) return wrong();
    if (!domain::is_registered_redirect_uri(client->post_logout_redirect_uris, uri)) return wrong();
    request.go_on = uri;
    if (const auto state = text_of(wanted.state); !state.empty())
        request.go_on = answer_location(uri, state, {}, ResponseType::code, {});
    return request;
}

pages::Answer over(const pages::Visit& visit, const EndRequest& request) {
    // Cookies go also where no session was found: what they hold is over.
    auto answer = visit.go_to_as_another("/sign-out", http::end_session_cookies());
    if (!request.go_on.empty()) answer.what = http::Redirect{.location = request.go_on};
    return answer;
}

// Whether the hint's session is one that a client began in the session of this browser. An ID token of another log-in
// of the same person, which may have been read anywhere, says nothing of this one.
bool is_of_this_session(const domain::IdTokenHint& hint, const pages::Visitor& who, domain::Sessions& sessions) {
    if (hint.account_id != who.account_id()) return false;
    const auto found = sessions.find(hint.session_id);
    return found && found->session.client_id == hint.client_id && found->session.parent_id == who.session_id();
}

enum class Asked { no, yes };

Result<pages::Answer> end_session(const pages::Visit& visit, const Wanted& wanted, Asked asked,
                                  const EndServices& services) {
    const auto request = check(wanted, services);
    if (!request) return request.error();
    const auto& who = visit.who();
    if (!who) return over(visit, *request);
    // A client that can show an ID token of this session got it from us, and need not ask. Any other page may be trying
    // to sign the person out by a trick, so the person is asked first (§2, "the OP MUST ask").
    const bool is_theirs = request->hint && is_of_this_session(*request->hint, *who, services.sessions);
    if (!is_theirs && asked == Asked::no) {
        auto answer = visit.show("end_session", {{"client_id", request->client_id},
                                                 {"uri", wanted.post_logout_redirect_uri.value_or("")},
                                                 {"state", wanted.state.value_or("")}});
        // The page's form is answered by a redirect to the client.
        std::get<http::Html>(answer.what).content_security_policy = pages::policy_of_ways_out;
        return answer;
    }
    (void)services.sessions.end(who->session_id(), who->account_id(), domain::logged_out);  // another one was first
    return over(visit, *request);
}

// 400 for what is wrong with the parameters, as the standards of OAuth have it, and not 422 as elsewhere.
Result<pages::Answer> end_by_link(const pages::Visit& visit, const RawQuery<Wanted>& query,
                                  domain::RegisteredClients& clients, domain::IdTokens& id_tokens,
                                  domain::Sessions& sessions) {
    const auto fields = http::parse_form(query.text);
    if (!fields) return wrong();
    const auto wanted = http::read_struct<Wanted>(http::Incoming(*fields), "query");
    if (!wanted) return wrong();
    return end_session(visit, *wanted, Asked::no, {clients, id_tokens, sessions});
}

// A form of another site's page comes without our cookies: so it becomes a link.
Result<http::Redirect> end_by_form(const RawForm<Wanted>& form) {
    const auto fields = http::parse_form(form.text);
    if (!fields) return wrong();
    return http::Redirect{.location = "end-session?" + query_of(*fields)};
}

// POST /oauth/end-session/confirmed: the person said yes.
Result<pages::Answer> end_confirmed(const pages::PersonalForm<Wanted>& form, domain::RegisteredClients& clients,
                                    domain::IdTokens& id_tokens, domain::Sessions& sessions) {
    return end_session(form.visit, form.fields, Asked::yes, {clients, id_tokens, sessions});
}

}  // namespace

void add_end_session_routes(http::Mount& mount) {
    const auto about = [](http::Method method) {
        return http::RouteAbout{
            .summary = "Sign a person out (OpenID Connect RP-Initiated Logout)",
            .tag = "oauth",
            .door = Door::oauth,
            .on = method == http::Method::get ? http::On::storing : http::On::io,
            .documented = method == http::Method::get,
            .refusals = {errors::invalid_logout_request, errors::unsupported_media_type, errors::store_unavailable},
            .description =
                "With POST the parameters stand in the body, as a form: the answer is 303 to the same by GET, "
                "as a form of another site comes without cookies.",
            .from_other_sites = true};
    };
    mount.add(http::Method::get, "/oauth/end-session", about(http::Method::get), end_by_link);
    mount.add(http::Method::post, "/oauth/end-session", about(http::Method::post), end_by_form);
    mount.add(
        http::Method::post, "/oauth/end-session/confirmed",
        {.summary = "Sign out", .tag = "oauth", .door = Door::oauth, .on = http::On::storing, .documented = false},
        end_confirmed);
}

}  // namespace keyhold::oauth
