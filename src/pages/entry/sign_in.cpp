// SPDX-License-Identifier: Apache-2.0
// /sign-in: a session for a name and a password, by the steps of POST /login (domain/passwords/log_in.hpp). /sign-out:
// its end.
#include "domain/passwords/log_in.hpp"

#include <algorithm>
#include <array>

#include "domain/passwords/log_in_counters.hpp"
#include "http/form.hpp"
#include "http/routes/session_cookies.hpp"
#include "pages/frame.hpp"
#include "pages/kept_form.hpp"
#include "pages/known_device.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/sign_in_proof.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

struct SignInQuery {
    static constexpr std::string_view schema_name = "SignInWay";
    std::string return_to;
    std::optional<std::string> again;       // who is signed in shows the password once more (as_anybody)
    std::optional<std::string> login_hint;  // the name that the form begins with
    std::string done;                       // one of done_words
};
KEYHOLD_FIELDS(SignInQuery, (return_to, may_be_absent()), (again), (login_hint), (done, may_be_absent()))

struct SignIn {
    static constexpr std::string_view schema_name = "SignInForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string username;
    Secret password;
    std::string return_to;
};
KEYHOLD_FIELDS(SignIn, (username, may_be_absent()), (password, may_be_absent()), (return_to, may_be_absent()))

Values form_values(const Visit& visit, std::string username, std::string_view return_to,
                   const std::optional<KeptForm>& kept = {}) {
    const domain::LoginWith with = visit.site().login_with;
    Values values{{"username", std::move(username)},
                  {"by_name", with == domain::LoginWith::username},
                  {"by_address", with == domain::LoginWith::email},
                  {"by_either", with == domain::LoginWith::either},
                  {"return_to", way_on(visit.site(), return_to)},
                  {"way", way_of(visit.site(), return_to)},
                  {"sends_mails", visit.site().sends_mails},
                  {"may_sign_up", visit.site().registration != domain::RegistrationPolicy::closed}};
    if (kept) add_kept_form(values, *kept);
    return values;
}

constexpr std::string_view authorization = "/oauth/authorize?";

// To whom the person goes on, if an authorization request sent them here.
std::optional<domain::RegisteredClient> client_of(std::string_view return_to,
                                                  const domain::RegisteredClients& clients) {
    const std::string way = own_path(return_to);
    if (!way.starts_with(authorization)) return std::nullopt;
    const auto fields = http::parse_form(std::string_view(way).substr(authorization.size()));
    if (!fields) return std::nullopt;
    for (const auto& [name, value] : *fields)
        // Whether the request is good is for /oauth/authorize to say; here it only decides whose name is shown.
        if (name == "client_id") return clients.find(value);
    return std::nullopt;
}

// With what a page may do whose way ends at a client.
Answer show_form(const Visit& visit, Values values, std::string_view return_to, const Error* error) {
    Answer answer =
        error ? visit.show_error("sign_in", std::move(values), *error) : visit.show("sign_in", std::move(values));
    let_forms_lead_on(answer, visit.site(), return_to);
    auto* const page = std::get_if<http::Html>(&answer.what);
    // The form is answered by a redirect that ends at the client, and browsers hold form-action against that.
    if (page && own_path(return_to).starts_with("/oauth/")) page->content_security_policy = policy_of_ways_out;
    return answer;
}

// And which client it is for.
Answer for_client(const Visit& visit, Values values, std::string_view return_to,
                  const domain::RegisteredClients& clients, const Error* error = nullptr) {
    const auto client = client_of(return_to, clients);
    if (client)
        for (auto& value : values_of_client(visit, *client)) values.push_back(std::move(value));
    return show_form(visit, std::move(values), return_to, error);
}

// What was done before somebody came here; the detail of the first two is what he signs in with.
constexpr std::array done_words{std::string_view("signed_up"), std::string_view("account_made"),
                                std::string_view("password")};

// GET /sign-in
Answer show_sign_in(const Visit& visit, const http::Query<SignInQuery>& way, domain::RegisteredClients& clients,
                    domain::Accounts& accounts) {
    if (!visit.who() || way->again == as_anybody) {
        const bool is_known = std::ranges::find(done_words, way->done) != done_words.end();
        const auto done = is_known ? visit.done(way->done) : std::nullopt;
        auto values = form_values(visit, done && !done->empty() ? *done : way->login_hint.value_or(""), way->return_to);
        if (done) values.emplace_back("done", visit.text("sign_in.done_" + way->done));
        return for_client(visit, std::move(values), way->return_to, clients);
    }
    // Somebody is signed in already.
    if (!way->again) return visit.go_to(target_of(visit.site(), way->return_to));
    auto values = form_values(visit, name_to_type(*visit.who(), visit.site().login_with, accounts), way->return_to);
    values.emplace_back("again", true);
    return for_client(visit, std::move(values), way->return_to, clients);
}

// POST /sign-in
Answer sign_in(const Form<SignIn>& form, domain::Accounts& accounts, domain::Throttle& throttle,
               domain::Sessions& sessions, domain::Tokens& tokens, domain::LogInCounters& counters,
               domain::RegisteredClients& clients) {
    const auto& [visit, fields] = form;
    const auto kept = kept_form_of(visit.request());
    auto answer = begin_session(visit, {fields.username, fields.password, fields.return_to, kept ? &*kept : nullptr},
                                accounts, throttle, sessions, tokens, counters);
    if (answer) return std::move(answer).value();
    return for_client(visit, form_values(visit, fields.username, fields.return_to, kept), fields.return_to, clients,
                      &answer.error());
}

// GET /sign-out
struct SignOutWay {
    static constexpr std::string_view schema_name = "SignOutWay";
    std::string done;  // "closed": the account was closed; "erased": and is gone
};
KEYHOLD_FIELDS(SignOutWay, (done, may_be_absent()))

Answer show_sign_out(const Visit& visit, const http::Query<SignOutWay>& way) {
    const bool was_done = visit.done(way->done).has_value();
    return visit.show("sign_out",
                      {{"closed", was_done && way->done == "closed"}, {"erased", was_done && way->done == "erased"}});
}

struct Nothing {
    static constexpr std::string_view schema_name = "EmptyForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::optional<std::string> form_token;
};
KEYHOLD_FIELDS(Nothing, (form_token))

// POST /sign-out
Answer sign_out(const Form<Nothing>& form, domain::Sessions& sessions) {
    if (const auto& who = form.visit.who())
        (void)sessions.end(who->session_id(), who->account_id(), domain::logged_out);  // another one was first
    return form.visit.go_to_as_another("/sign-out", http::end_session_cookies());
}

struct RenewWay {
    static constexpr std::string_view schema_name = "RenewWay";
    std::string return_to;
};
KEYHOLD_FIELDS(RenewWay, (return_to, may_be_absent()))

// GET /account/renew: the next access token, where the one in the cookie has run out. Nothing changes but how long the
// session lives, so another site's page may send a visitor here.
Answer renew(const Visit& visit, const http::Query<RenewWay>& way, domain::Sessions& sessions, domain::Tokens& tokens) {
    std::string target = own_path(way->return_to);
    if (target.empty()) target = "/account";
    const auto cookie = http::find_cookie(visit.request(), http::refresh_cookie);
    // Uses the refresh token up; the next one goes into the cookie.
    auto renewed = domain::carry_on(cookie.value_or(""), sessions, tokens);
    Answer answer = renewed ? visit.go_to(target) : visit.go_to("/sign-in?return_to=" + encoded(target));
    // A cookie that opens nothing is taken away, or the browser would come here for ever.
    answer.cookies = renewed ? cookies_of(*renewed) : http::end_session_cookies();
    return answer;
}

std::string device_owner(const http::Request& request, domain::Throttle& throttle) {
    return owner_of_device_with(&SignIn::username, request, throttle);
}

}  // namespace

Answer show_sign_in_again(const Visit& visit, Values kept, const Error& error) {
    const auto typed = http::Extract<SignIn>::from(visit.request());
    if (typed)
        for (auto& value : form_values(visit, typed->username, typed->return_to, kept_form_of(visit.request())))
            kept.push_back(std::move(value));
    return show_form(visit, std::move(kept), typed ? typed->return_to : std::string(), &error);
}

// Whoever signs in as somebody else comes to the page of the form, and nothing is sent.
Answer ask_to_sign_in(const Visit& visit, const KeptForm& kept) {
    return visit.show("sign_in", form_values(visit, {}, page_of(kept.way), kept), 403);
}

std::string way_on(const Site& site, std::string_view return_to) {
    std::string path = own_path(return_to);
    return path.empty() ? listed_url(return_to, site.cors.origins_with_cookies()) : path;
}

std::string target_of(const Site& site, std::string_view return_to) {
    std::string target = way_on(site, return_to);
    return target.empty() ? std::string("/account") : target;
}

std::string way_of(const Site& site, std::string_view return_to) {
    const std::string target = way_on(site, return_to);
    return target.empty() ? target : "?return_to=" + encoded(target);
}

// Browsers hold form-action against the redirect that answers a form, too (CSP Level 3 §6.4.1, as Chromium has it).
void let_forms_lead_on(Answer& answer, const Site& site, std::string_view return_to) {
    auto* const page = std::get_if<http::Html>(&answer.what);
    const std::string url = listed_url(return_to, site.cors.origins_with_cookies());
    if (page && !url.empty()) page->content_security_policy = policy_of_forms_to(origin_of_url(url));
}

std::string name_to_type(const Visitor& who, domain::LoginWith with, domain::Accounts& accounts) {
    const auto account = with == domain::LoginWith::email ? accounts.find_by_id(who.account_id()) : std::nullopt;
    return account && account->email ? *account->email : std::string(who.username());
}

Values values_of_client(const Visit& visit, const domain::RegisteredClient& client) {
    const bool is_ours = client.logo_uri.starts_with(links_begin_with(visit) + "/");
    return {{"client", client.name},
            {"logo_uri", is_ours ? client.logo_uri : std::string()},
            {"policy_uri", client.policy_uri},
            {"tos_uri", client.tos_uri}};
}

std::vector<std::string> cookies_of(const domain::LoggedIn& logged_in) {
    return http::set_session({.access_token = logged_in.access.access_token,
                              .access_age = logged_in.access.expires_in,
                              .refresh_token = logged_in.refresh_token.reveal(),
                              .refresh_age = logged_in.left,
                              .device_token = logged_in.device_token.reveal()});
}

namespace {

// So that the same person's session goes on, with what clients were given in it.
std::optional<domain::PresentSession> present_session(const Visit& visit, const domain::Sessions& sessions) {
    if (!visit.who()) return std::nullopt;
    const domain::Session& session = visit.who()->session();
    return domain::PresentSession{session.id, session.account_id, sessions.expires_at(session), session.status_index,
                                  session.scope};
}

// Where whoever has just shown the password goes on to: an authorization request is told that they did so on its way.
std::string way_after(const Visit& visit, const domain::LoggedIn& logged_in, std::string_view return_to,
                      domain::Sessions& sessions) {
    std::string target = target_of(visit.site(), return_to);
    if (!target.starts_with(authorization)) return target;
    const auto found = logged_in.goes_on ? sessions.find(visit.who()->session_id())
                                         : sessions.find_by_token(logged_in.refresh_token.reveal());
    if (!found) return target;  // it has ended meanwhile
    const std::string proof = proof_of_sign_in(found->session, target);
    return target.append("&").append(sign_in_proof_field).append("=").append(proof);
}

}  // namespace

Result<Answer> begin_session(const Visit& visit, const Credentials& credentials, domain::Accounts& accounts,
                             domain::Throttle& throttle, domain::Sessions& sessions, domain::Tokens& tokens,
                             domain::LogInCounters& counters) {
    const http::Request& request = visit.request();
    auto logged_in = domain::log_in({.username = credentials.username,
                                     .password = credentials.password,
                                     .device_token = http::find_cookie(request, http::device_cookie).value_or(""),
                                     .client = client_of(visit),
                                     .present = present_session(visit, sessions)},
                                    accounts, throttle, sessions, tokens);
    counters.count(logged_in);
    if (!logged_in) return std::move(logged_in).error();
    if (logged_in->goes_on) {
        // The cookie with the form's key stays: it is the same session, and its forms are still good.
        Answer answer = visit.go_to(way_after(visit, *logged_in, credentials.return_to, sessions));
        answer.cookies = cookies_of(*logged_in);
        return answer;
    }
    // The browser has a new session now: nobody would ever end the one before.
    if (const auto& before = visit.who())
        (void)sessions.end(before->session_id(), before->account_id(), domain::logged_out);
    // Not to an account that was closed meanwhile: what it asked for was asked before that.
    if (credentials.kept != nullptr && !logged_in->came_back)
        if (auto answer = send_kept_form(visit, *credentials.kept, *logged_in, sessions)) return *std::move(answer);
    const bool says_so = logged_in->came_back && way_on(visit.site(), credentials.return_to).empty();
    const std::string way =
        says_so ? "/account?done=came_back" : way_after(visit, *logged_in, credentials.return_to, sessions);
    return visit.go_to_as_another(way, cookies_of(*logged_in));
}

void add_sign_in_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    mount.add(get, "/sign-in", page_route("The page to sign in", looking_up), show_sign_in);
    mount.add(post, "/sign-in", page_route("Sign in", hashing), sign_in, device_owner);
    mount.add(get, "/sign-out", page_route("The page to sign out", looking_up), show_sign_out);
    mount.add(post, "/sign-out", page_route("Sign out", storing), sign_out);
    mount.add(get, "/account/renew", page_route("The next access token of a page session", storing), renew);
}

}  // namespace keyhold::pages
