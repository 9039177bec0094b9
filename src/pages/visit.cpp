// SPDX-License-Identifier: Apache-2.0
// A visit is a request for a page: who asks, in which language, and how an answer is made of values.
#include "pages/visit.hpp"

#include <algorithm>
#include <array>

#include "base/base64url.hpp"
#include "base/command_names.hpp"
#include "base/text.hpp"
#include "domain/errors.hpp"
#include "http/cookies.hpp"
#include "http/routes/session_cookies.hpp"
#include "pages/errors.hpp"
#include "pages/frame.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

constexpr std::string_view token_field = "form_token";

// Says what the request before has done, so that the page after a redirect can show it once. The detail may be a text
// of the person's, so it is in no URL.
constexpr std::string_view done_cookie = "__Host-keyhold-done";
constexpr std::chrono::minutes done_life{1};  // long enough for the page that follows, and for a reload of it

// Of "/account?done=password": "password".
std::string_view word_in(std::string_view target) {
    constexpr std::string_view field = "done=";
    const std::size_t at = target.rfind(field);
    if (at == target.npos || at == 0 || (target[at - 1] != '?' && target[at - 1] != '&')) return {};
    target.remove_prefix(at + field.size());
    return target.substr(0, target.find('&'));
}

// What is wrong with a field stands beside it: as {{password_error}} of `password`.
void add_field_errors(Values& values, const Visit& visit, const Error& error) {
    for (const FieldError& field : error.fields())
        if (!field.loc.empty()) values.emplace_back(field.loc.back().text() + "_error", in_language(visit, field.msg));
    // Refusals that mean one field although they name none.
    using Meant = std::pair<Errc, const char*>;
    constexpr std::array of_one_field{Meant{errors::username_taken, "username_error"},
                                      Meant{errors::email_taken, "email_error"}};
    for (const auto& [refusal, field] : of_one_field)
        if (error.errc() == refusal) values.emplace_back(field, sentence_for_people(visit, error));
}

}  // namespace

std::string policy_of_forms_to(std::string_view origin) {
    // Forms are what the policy ends with.
    return std::string(policy_of_pages).append(" ").append(origin);
}

std::string in_language(const Visit& visit, const std::string& sentence) {
    std::string key = "said", number;
    bool is_new_word = false;
    for (const char c : sentence) {
        const bool is_letter = is_ascii_letter(c);
        if (is_ascii_digit(c)) number += c;
        if (is_letter && is_new_word) key += '_';
        if (is_letter && key.size() == std::string_view("said").size()) key += '.';
        if (is_letter) key += ascii_lower(c);
        is_new_word = !is_letter && key.size() > std::string_view("said.").size();
    }
    return visit.site().templates.has_text(key) ? visit.text(key, {{"number", number}}) : sentence;
}

// Every page gets the token of its forms and a policy of content; handlers need not think of either.
Answer Visit::show(std::string_view name, Values values, int status) const {
    const std::string_view session = who_ ? std::string_view(who_->session_id()) : "";
    add_frame(values, *request_, *site_, Shown::page);
    if (who_) values.emplace_back("signed_in", who_->username());
    // The one of a form that is shown again stays: it is good, or the form is none of ours.
    const bool has_token = std::ranges::find(values, token_field, &Values::value_type::first) != values.end();
    if (!has_token) values.emplace_back(token_field, form_key_.token(session));
    Answer answer{http::Html{.body = site_->templates.render(name, language().code, std::move(values)),
                             .status = status,
                             .content_security_policy = std::string(policy_of_pages)}};
    // A browser that has the cookie keeps it, so that forms in its other tabs stay good.
    if (form_key_.is_fresh()) answer.cookies.push_back(form_key_.cookie());
    return answer;
}

// The same page again, with what was typed, and a sentence that says what is wrong.
Answer Visit::show_error(std::string_view name, Values values, const Error& error) const {
    const bool is_said = std::ranges::find(values, "error", &Values::value_type::first) != values.end();
    if (!is_said) values.emplace_back("error", sentence_for_people(*this, error));
    add_field_errors(values, *this, error);
    // A 401 would have to name a scheme of RFC 9110 §11 by which to try again, and a form is none.
    const int status = error.row().status == 401 ? 422 : error.row().status;
    if (error.quota()) {
        values.emplace_back("wait_seconds", std::to_string(error.quota()->retry_in.count()));
        values.emplace_back("wait", in_units(error.quota()->retry_in));
    }
    Answer answer = show(name, std::move(values), status);
    answer.refused = error;
    return answer;
}

// After a form: a redirect, so that a reload does not send the form once more (RFC 9110 §15.4.4).
Answer Visit::go_to(std::string_view target, std::string_view detail) const {
    // Relative, so that it works behind a proxy that puts a path in front.
    Answer answer{http::Redirect{.location = reference(request_->path, target)}};
    if (const auto word = word_in(target); !word.empty())
        answer.cookies.push_back(
            http::set_cookie(done_cookie, std::string(word) + "." + base64url::encode(detail), done_life));
    return answer;
}

// Empty if the request before did not do this. Whoever types ?done= into the address sees nothing.
std::optional<std::string> Visit::done(std::string_view word) const {
    const auto cookie = http::find_cookie(*request_, done_cookie);
    if (!cookie || word.empty() || cookie->substr(0, cookie->find('.')) != word) return std::nullopt;
    return base64url::decode(cookie->substr(std::min(word.size() + 1, cookie->size())));
}

Answer Visit::go_to_as_another(std::string_view target, std::vector<std::string> cookies) const {
    Answer answer = go_to(target);
    for (std::string& cookie : cookies) answer.cookies.push_back(std::move(cookie));
    // A new key: forms that were shown before the log-in or log-out belong to somebody else's page.
    answer.cookies.push_back(FormKey::fresh(site_->random).cookie());
    return answer;
}

namespace {

// Whether a form that is good no more asks for what is so by now: another tab was first.
bool is_settled(const Visit& visit) {
    const std::string_view page = page_of(visit.request());
    return visit.who() ? page == "/sign-in" || page == "/sign-up" : page == "/sign-out";
}

}  // namespace

// Refused: cross_site for a form of another site; without a good token form_expired, or form_settled.
Result<> check_form(const Visit& visit) {
    const http::Request& request = visit.request();
    // First what the browser itself says of where the request comes from, then our own token.
    if (auto refused = http::refuse_all_but_own_pages(request); !refused) return refused;
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    if (!body) return body.error();
    const auto tokens = body->root().fields_named(token_field);
    if (tokens.size() == 1 && visit.opens(tokens.front().string().value_or(""))) return {};
    return is_settled(visit) ? errors::form_settled : errors::form_expired;
}

// Refused: password_needed, which a look answers by way of the sign-in page, and a form by asking for the password with
// what was typed.
Result<> check_recent(const PersonalVisit& visit) {
    if (visit.site().clock.now() - visit.who().authenticated_at() <= domain::recently) return {};
    // Before anybody is asked for a password on behalf of a form, it has to be one of ours.
    if (!http::only_looks(visit.request()))
        if (auto ours = check_form(visit); !ours) return ours;
    return errors::password_needed;
}

namespace {

std::string_view language_of_mails(const http::Request& request) {
    const auto chosen = http::find_cookie(request, language_cookie);
    if (chosen && find_language(*chosen) != nullptr) return *chosen;
    return request.find("Accept-Language").value_or("");
}

}  // namespace

domain::Cause cause_of(const Visit& visit) {
    const http::Request& request = visit.request();
    return {.origin = request.remote_address,
            .device = request.find("User-Agent").value_or(""),
            .language = language_of_mails(request)};
}

domain::Client client_of(const Visit& visit) {
    const http::Request& request = visit.request();
    return {.device = request.find("User-Agent").value_or(""),
            .address = request.remote_address,
            .language = language_of_mails(request)};
}

// `keyhold dev` has no TLS by itself; elsewhere the proxy knows.
std::string origin_of(const http::Request& request) {
    // Only a trusted proxy may say that it spoke TLS.
    const auto scheme = request.by_proxy ? request.find("X-Forwarded-Proto") : std::nullopt;
    return std::string(scheme == "https" ? "https" : "http") + "://" + std::string(request.find("Host").value_or(""));
}

std::string links_begin_with(const Visit& visit) {
    const std::string& known = visit.site().links_begin_with;
    return known.empty() ? origin_of(visit.request()) : known;
}

// "3 min 20 s".
std::string in_units(std::chrono::seconds time) {
    const auto minutes = std::chrono::floor<std::chrono::minutes>(time);
    std::string text = minutes.count() > 0 ? std::to_string(minutes.count()) + " min " : std::string();
    return text.append(std::to_string((time - minutes).count())).append(" s");
}

// In the language of the page if the catalogue has a text for the code, otherwise the sentence of the API, in English.
std::string sentence_for_people(const Visit& visit, const Error& error) {
    const std::string key = "error." + std::string(error.row().code);
    // What is wrong with fields stands beside each of them; the sentence on top is a common one.
    if (!error.fields().empty()) return visit.text("error.fields");
    std::string detail(error.detail());
    // A program of its own has the commands under its own name.
    name_commands(detail, visit.site().program);
    if (!visit.site().templates.has_text(key)) return detail;
    Values values;
    if (error.quota()) values.emplace_back("seconds", std::to_string(error.quota()->retry_in.count()));
    values.emplace_back("detail", in_language(visit, detail));
    return visit.text(key, values);
}

}  // namespace keyhold::pages

namespace keyhold::http {

// Anybody; `who` is empty for somebody who is not signed in.
Result<pages::Visit> Extract<pages::Visit>::from(const Request& request, domain::Tokens& tokens,
                                                 domain::Sessions& sessions, const pages::Site& site) {
    auto who = Extract<std::optional<pages::Visitor>>::from(request, tokens, sessions);
    if (!who) return std::move(who).error();
    return pages::Visit(request, *std::move(who), site);
}

Result<pages::PersonalVisit> Extract<pages::PersonalVisit>::from(const Request& request, domain::Tokens& tokens,
                                                                 domain::Sessions& sessions, const pages::Site& site) {
    auto who = Extract<pages::Visitor>::from(request, tokens, sessions);
    if (!who) return std::move(who).error();
    return pages::PersonalVisit(pages::Visit(request, *std::move(who), site));
}

// For pages that show or do something dangerous: the password was shown lately.
Result<pages::RecentVisit> Extract<pages::RecentVisit>::from(const Request& request, domain::Tokens& tokens,
                                                             domain::Sessions& sessions, const pages::Site& site) {
    auto visit = Extract<pages::PersonalVisit>::from(request, tokens, sessions, site);
    if (!visit) return std::move(visit).error();
    if (auto recent = pages::check_recent(*visit); !recent) return std::move(recent).error();
    return pages::RecentVisit(std::move(*visit));
}

void Respond<pages::Answer>::write(Response& response, const pages::Answer& answer) {
    if (const auto* const page = std::get_if<Html>(&answer.what))
        Respond<Html>::write(response, *page);
    else
        Respond<Redirect>::write(response, std::get<Redirect>(answer.what));
    for (const std::string& cookie : answer.cookies) response.add_field("Set-Cookie", cookie);
    if (answer.refused) add_waiting_fields(response, *answer.refused);
    response.time_step = answer.time_step;
    // Pages are about whoever is signed in, and hold the token of a form.
    response.add_field("Cache-Control", "no-store");
}

}  // namespace keyhold::http
