// SPDX-License-Identifier: Apache-2.0
#include "pages/visit.hpp"

#include "http/session_cookies.hpp"
#include "pages/errors.hpp"
#include "pages/frame.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

constexpr std::string_view token_field = "form_token";

// What a page may do (CSP Level 3): load its style and its script from here, and send forms here.
constexpr std::string_view page_policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'";

// What is wrong with a field stands beside it: as {{password_error}} of `password`.
void add_field_errors(Values& values, const Error& error) {
    for (const FieldError& field : error.fields())
        if (!field.loc.empty()) values.emplace_back(field.loc.back().text() + "_error", field.msg);
}

}  // namespace

Answer Visit::show(std::string_view name, Values values, int status) const {
    const std::string_view session = who_ ? std::string_view(who_->session_id()) : "";
    add_frame(values, *request_, *site_, Shown::page);
    if (who_) values.emplace_back("signed_in", who_->username());
    values.emplace_back("form_token", form_key_.token(session));
    Answer answer{http::Html{.body = site_->templates.render(name, language().code, std::move(values)),
                             .status = status,
                             .content_security_policy = page_policy}};
    if (form_key_.is_fresh()) answer.cookies.push_back(form_key_.cookie());
    return answer;
}

Answer Visit::show_error(std::string_view name, Values values, const Error& error) const {
    values.emplace_back("error", sentence_for_people(*this, error));
    add_field_errors(values, error);
    // A 401 would have to name a scheme of RFC 9110 §11 by which to try again, and a form is none.
    const int status = error.row().status == 401 ? 422 : error.row().status;
    if (error.quota()) values.emplace_back("wait_seconds", std::to_string(error.quota()->retry_in.count()));
    Answer answer = show(name, std::move(values), status);
    answer.refused = error;
    return answer;
}

Answer Visit::go_to(std::string_view target) const {
    return {http::Redirect{.location = reference(request_->path, target)}};
}

Answer Visit::go_to_as_another(std::string_view target, std::vector<std::string> cookies) const {
    Answer answer = go_to(target);
    answer.cookies = std::move(cookies);
    answer.cookies.push_back(FormKey::fresh(site_->random).cookie());
    return answer;
}

Result<> check_form(const Visit& visit) {
    const http::Request& request = visit.request();
    if (auto refused = http::refuse_other_sites(request); !refused) return refused;
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    if (!body) return body.error();
    const auto field = body->root().find(token_field);
    if (field && visit.opens(field->string().value_or(""))) return {};
    return errors::form_expired;
}

Result<> check_recent(const PersonalVisit& visit) {
    if (visit.site().clock.now() - visit.who().authenticated_at() > RecentVisit::recent) return errors::password_needed;
    return {};
}

// `keyhold dev` has no TLS by itself; elsewhere the proxy knows.
std::string origin_of(const http::Request& request) {
    const auto scheme = request.by_proxy ? request.find("X-Forwarded-Proto") : std::nullopt;
    return std::string(scheme == "https" ? "https" : "http") + "://" + std::string(request.find("Host").value_or(""));
}

std::string sentence_for_people(const Visit& visit, const Error& error) {
    const std::string key = "error." + std::string(error.row().code);
    if (!error.fields().empty()) return visit.text("error.fields");
    if (!visit.site().templates.has_text(key)) return std::string(error.detail());
    Values values;
    if (error.quota()) values.emplace_back("seconds", std::to_string(error.quota()->retry_in.count()));
    return visit.text(key, values);
}

}  // namespace keyhold::pages

namespace keyhold::http {

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
    response.add_field("Cache-Control", "no-store");
}

}  // namespace keyhold::http
