// SPDX-License-Identifier: Apache-2.0
// /sign-in: a session for a name and a password, by the steps of POST /login (domain/log_in.hpp). /sign-out: its end.
#include "domain/log_in.hpp"

#include "domain/log_in_counters.hpp"
#include "http/session_cookies.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

struct Way {
    static constexpr std::string_view schema_name = "SignInWay";
    std::string return_to;
    std::optional<std::string> again;       // who is signed in shows the password once more
    std::optional<std::string> login_hint;  // the name that the form begins with
    std::optional<std::string> done;        // "password": there is a new one
};
KEYHOLD_FIELDS(Way, (return_to, may_be_absent()), (again), (login_hint), (done))

struct SignIn {
    static constexpr std::string_view schema_name = "SignInForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string username;
    Secret password;
    std::string return_to;
};
KEYHOLD_FIELDS(SignIn, (username, may_be_absent()), (password, may_be_absent()), (return_to, may_be_absent()))

Values values_of(const Visit& visit, std::string username, std::string_view return_to) {
    return {{"username", std::move(username)},
            {"return_to", own_path(return_to)},
            {"way", way_of(return_to)},
            {"sends_mails", visit.site().sends_mails},
            {"may_sign_up", visit.site().registration != domain::RegistrationPolicy::closed}};
}

// The way of an authorization request ends at the client.
Answer with_policy(Answer answer, std::string_view return_to) {
    if (own_path(return_to).starts_with("/oauth/"))
        if (auto* const page = std::get_if<http::Html>(&answer.what))
            page->content_security_policy = policy_of_ways_out;
    return answer;
}

// GET /sign-in
Answer show_sign_in(const Visit& visit, const http::Query<Way>& way) {
    if (!visit.who()) {
        auto values = values_of(visit, way->login_hint.value_or(""), way->return_to);
        if (way->done == "password") values.emplace_back("done", visit.text("sign_in.done_password"));
        return with_policy(visit.show("sign_in", std::move(values)), way->return_to);
    }
    if (!way->again) return visit.go_to(target_of(way->return_to));
    auto values = values_of(visit, visit.who()->username(), way->return_to);
    values.emplace_back("again", true);
    return with_policy(visit.show("sign_in", std::move(values)), way->return_to);
}

// POST /sign-in
Answer sign_in(const Form<SignIn>& form, domain::Accounts& accounts, domain::Throttle& throttle,
               domain::Sessions& sessions, domain::Tokens& tokens, domain::LogInCounters& counters) {
    auto answer = begin_session(form.visit, {form.fields.username, form.fields.password, form.fields.return_to},
                                accounts, throttle, sessions, tokens, counters);
    if (answer) return std::move(answer).value();
    return with_policy(
        form.visit.show_error("sign_in", values_of(form.visit, form.fields.username, form.fields.return_to),
                              answer.error()),
        form.fields.return_to);
}

// GET /sign-out
struct SignOutWay {
    static constexpr std::string_view schema_name = "SignOutWay";
    std::optional<std::string> closed;  // the account was closed; "for_good": and erased
};
KEYHOLD_FIELDS(SignOutWay, (closed))

Answer show_sign_out(const Visit& visit, const http::Query<SignOutWay>& way) {
    const bool is_erased = way->closed == "for_good";
    return visit.show("sign_out", {{"closed", way->closed && !is_erased}, {"erased", is_erased}});
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
    const std::string target = target_of(way->return_to);
    const auto cookie = http::find_cookie(visit.request(), http::refresh_cookie);
    auto renewed = domain::carry_on(cookie.value_or(""), sessions, tokens);
    Answer answer = renewed ? visit.go_to(target) : visit.go_to("/sign-in?return_to=" + encoded(target));
    answer.cookies = renewed ? cookies_of(*renewed) : http::end_session_cookies();
    return answer;
}

// The name's key if a device that is known comes with it (http::Route::sender), as for POST /login.
std::string device_owner(const http::Request& request, domain::Throttle& throttle) {
    const auto device = http::find_cookie(request, http::device_cookie);
    constexpr std::size_t short_body = 4096;
    if (!device || request.body.size() > short_body) return {};
    const auto body = http::IncomingBody::read(request, SignIn::notation);
    if (!body) return {};
    const auto fields = http::read_struct<SignIn>(body->root(), "body");
    return fields ? domain::owner_of_device(fields->username, *device, throttle) : std::string();
}

}  // namespace

std::string target_of(std::string_view return_to) {
    std::string path = own_path(return_to);
    return path.empty() ? std::string("/account") : path;
}

std::string way_of(std::string_view return_to) {
    const std::string path = own_path(return_to);
    return path.empty() ? path : "?return_to=" + encoded(path);
}

std::vector<std::string> cookies_of(const domain::LoggedIn& logged_in) {
    return http::set_session({.access_token = logged_in.access.access_token,
                              .access_age = logged_in.access.expires_in,
                              .refresh_token = logged_in.refresh_token.reveal(),
                              .refresh_age = logged_in.left,
                              .device_token = logged_in.device_token.reveal()});
}

namespace {

std::optional<domain::PresentSession> present_session(const Visit& visit, const domain::Sessions& sessions) {
    if (!visit.who()) return std::nullopt;
    const domain::Session& session = visit.who()->session();
    return domain::PresentSession{session.id, session.account_id, sessions.expires_at(session), session.scope};
}

}  // namespace

Result<Answer> begin_session(const Visit& visit, const Credentials& credentials, domain::Accounts& accounts,
                             domain::Throttle& throttle, domain::Sessions& sessions, domain::Tokens& tokens,
                             domain::LogInCounters& counters) {
    const http::Request& request = visit.request();
    auto logged_in = domain::log_in({.username = credentials.username,
                                     .password = credentials.password,
                                     .device_token = http::find_cookie(request, http::device_cookie).value_or(""),
                                     .client = {.device = request.find("User-Agent").value_or(""),
                                                .address = request.remote_address,
                                                .language = visit.language().code},
                                     .present = present_session(visit, sessions)},
                                    accounts, throttle, sessions, tokens);
    counters.count(logged_in);
    if (!logged_in) return std::move(logged_in).error();
    if (logged_in->goes_on) {
        Answer answer = visit.go_to(target_of(credentials.return_to));
        answer.cookies = cookies_of(*logged_in);
        return answer;
    }
    // The browser has a new session now: nobody would ever end the one before.
    if (const auto& before = visit.who())
        (void)sessions.end(before->session_id(), before->account_id(), domain::logged_out);
    const bool says_so = logged_in->came_back && own_path(credentials.return_to).empty();
    return visit.go_to_as_another(says_so ? "/account?done=came_back" : target_of(credentials.return_to),
                                  cookies_of(*logged_in));
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
