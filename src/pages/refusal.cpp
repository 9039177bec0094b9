// SPDX-License-Identifier: Apache-2.0
#include "pages/refusal.hpp"

#include <algorithm>
#include <array>

#include "base/caller.hpp"
#include "base/id.hpp"
#include "domain/errors.hpp"
#include "domain/sessions/tokens.hpp"
#include "http/answers.hpp"
#include "http/connection/accept.hpp"
#include "http/incoming.hpp"
#include "http/routes/session_cookies.hpp"
#include "pages/errors.hpp"
#include "pages/frame.hpp"
#include "pages/kept_form.hpp"
#include "pages/language.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

std::string sentence_for_people(const Templates& templates, std::string_view language, const Error& error) {
    const std::string key = "error." + std::string(error.row().code);
    std::string detail(error.detail());
    return templates.has_text(key) ? templates.text(language, key, {{"detail", detail}}) : detail;
}

// Who is signed in, with the way to sign out that all pages have, in a browser that keeps the key of its forms. Whom
// memory does not know the database is asked for, as by other pages, but only within a handler: what no route answers
// is refused on an I/O thread, which may not wait. False where nobody is known.
bool add_visitor(Values& values, const http::Request& request, const Refusals& with) {
    const FormKey key = FormKey::of(request, with.site.random);
    if (key.is_fresh()) return false;
    const auto add = [&](const std::string& username, const std::string& session_id) {
        values.emplace_back("signed_in", username);
        values.emplace_back("form_token", key.token(session_id));
        return true;
    };
    const auto cookie = http::find_cookie(request, http::access_cookie);
    const auto known = cookie ? with.tokens.recall(*cookie) : domain::Tokens::Recalled();
    if (known.account) return add(known.account->username, to_text(known.session));
    // The dispatcher names a caller only while a handler runs on a thread that may wait.
    if (!has_caller()) return false;
    const auto found = http::Extract<std::optional<Visitor>>::from(request, with.tokens, with.sessions);
    return found && *found && add((*found)->username(), (*found)->session_id());
}

// The way out of a page of an administrator, or of one's own, is where that begins.
bool is_below(std::string_view path, std::string_view section) {
    return path.starts_with(section) && path.substr(section.size()).starts_with('/');
}

// By way of `way`, and back to where the request wanted to go.
void send_around(http::Response& response, const http::Request& request, std::string_view way) {
    std::string target(page_of(request));
    if (!request.query.empty() && request.method == http::Method::get) target.append("?").append(request.query);
    response.clear();
    http::Respond<http::Redirect>::write(response,
                                         // An address that is none of ours leads to the start of the account instead.
                                         {reference(request.path, way) + "return_to=" + encoded(own_path(target))});
    response.add_field("Cache-Control", "no-store");
}

// Where the form would have led to if it had been the first.
void send_on(http::Response& response, const http::Request& request, const Site& site) {
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    const auto field = body ? body->root().find("return_to") : std::nullopt;
    const std::string target = page_of(request) == "/sign-out"
                                   ? std::string("/sign-out")
                                   : target_of(site, field ? field->string().value_or("") : "");
    response.clear();
    http::Respond<http::Redirect>::write(response, {reference(request.path, target)});
    response.add_field("Cache-Control", "no-store");
}

// On a page that wants somebody signed in. A form of a session that has ended is kept meanwhile: a handler's parameter
// alone refuses so, on a thread that may wait for the database.
void send_to_sign_in(http::Response& response, const http::Request& request, const Refusals& with) {
    const Visit visit(request, std::nullopt, with.site);
    const auto kept = keep_form(visit, with.sessions);
    if (!kept) return send_around(response, request, "/sign-in?");
    response.clear();
    http::Respond<Answer>::write(response, ask_to_sign_in(visit, *kept));
}

// A form that came too long after the password was shown. Only a handler's parameter refuses so, on a thread that may
// wait for the database.
void ask_before_the_form(http::Response& response, const http::Request& request, const Refusals& with) {
    auto visit = http::Extract<Visit>::from(request, with.tokens, with.sessions, with.site);
    // The session has ended in this moment: then the sign-in page is next.
    if (!visit || !visit->who()) return send_to_sign_in(response, request, with);
    response.clear();
    http::Respond<Answer>::write(response, ask_for_password(*visit, with.accounts));
}

// Forms that are shown again with what was typed where they come at a bad time: the database is away, or too many
// others have their passwords hashed.
struct LastingForm {
    std::string_view path;
    Answer (*show)(const Visit& visit, Values kept, const Error& error);
};
constexpr std::array lasting_forms{LastingForm{"/sign-in", show_sign_in_again},
                                   LastingForm{"/sign-up", show_sign_up_again},
                                   LastingForm{"/account/confirm", show_confirm_password_again}};

// False if it is none of them, or of another site.
bool show_again(http::Response& response, const Error& error, const http::Request& request, const Site& site) {
    const auto* const form = std::ranges::find(lasting_forms, request.path, &LastingForm::path);
    if (form == lasting_forms.end() || http::only_looks(request) || !http::refuse_all_but_own_pages(request))
        return false;
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    const auto token = body ? body->root().find("form_token") : std::nullopt;
    // Whose session it is the database would have to say, so the token is neither made anew nor looked at here: a
    // wrong one is refused when it comes the next time.
    if (!token) return false;
    const Visit visit(request, std::nullopt, site);
    Values kept{{"form_token", std::string(token->string().value_or(""))}};
    response.clear();
    http::Respond<Answer>::write(response, form->show(visit, std::move(kept), error));
    return true;
}

}  // namespace

void refuse_as_page(http::Response& response, const Error& error, const http::Request& request, const Refusals& with) {
    // First as for programs: status and fields are the same for both.
    http::refuse_as_problem(response, error, request);
    if (!http::wants_page(request)) return;
    // If only the access cookie has expired, the refresh cookie is exchanged on the way, without a new sign-in.
    const bool may_renew = request.method == http::Method::get && http::find_cookie(request, http::refresh_cookie);
    if (error.errc() == errors::not_authenticated)
        return may_renew ? send_around(response, request, "/account/renew?") : send_to_sign_in(response, request, with);
    if (error.errc() == errors::form_settled) return send_on(response, request, with.site);
    if (error.errc() == errors::password_needed)
        return http::only_looks(request) ? send_around(response, request, "/sign-in?again=1&")
                                         : ask_before_the_form(response, request, with);
    const Site& site = with.site;
    const int status = response.status;
    if (status == 503 && show_again(response, error, request, site)) return;
    const Templates& templates = site.templates;
    const std::string_view language = language_of(request).code;
    Values values{{"error", sentence_for_people(templates, language, error)},
                  {"heading", std::string(error.row().title)},
                  {"status", std::to_string(status)},
                  {"of_admin", status != 403 && is_below(request.path, "/admin")},
                  {"of_account", is_below(request.path, "/account")},
                  {"request_id", std::string(request.request_id)}};
    if (error.quota()) values.emplace_back("wait", in_units(error.quota()->retry_in));
    if (const std::string key = "status." + std::to_string(status); templates.has_text(key))
        // values[1] is `heading`: the catalogue's word for the status, or the row's title, or its code.
        values[1].second = templates.text(language, key);
    else if (error.row().title.empty())
        values[1].second = std::string(error.row().code);
    add_frame(values, request, site, Shown::refusal);
    const bool has_form = add_visitor(values, request, with);
    http::Html page{templates.render("refusal", language, std::move(values))};
    page.status = status;
    if (has_form) page.content_security_policy = policy_of_pages;
    response.body.clear();
    http::Respond<http::Html>::write(response, page);
}

http::Refuse page_refusal(const http::Services& services) {
    return http::Refuse::with<refuse_as_page>(services.get<const Refusals>());
}

}  // namespace keyhold::pages
