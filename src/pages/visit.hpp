// SPDX-License-Identifier: Apache-2.0
// One look at a page: who looks, in which language, and what the page answers. Forms come back as Form<T>.
//
//   Result<Answer> show_profile(const PersonalVisit& visit) { return visit.show("profile", {{"name", ...}}); }
//   Result<Answer> change_name(const PersonalForm<NewName>& form) { ...; return form.visit.go_to("/account"); }
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "domain/outbox.hpp"
#include "domain/sessions/sessions.hpp"
#include "http/route.hpp"
#include "pages/form_key.hpp"
#include "pages/language.hpp"
#include "pages/render.hpp"
#include "pages/site.hpp"
#include "pages/visitor.hpp"

namespace keyhold::pages {

// A page, or the way to one, and what the browser keeps.
struct Answer {
    std::variant<http::Html, http::Redirect> what;
    std::vector<std::string> cookies = {};  // values of Set-Cookie
    std::optional<Error> refused = {};      // why the page shows an error: when it is worth another try
    std::chrono::milliseconds time_step{};  // of http::Response
};

// What a page may do (CSP Level 3): load its style and its script from here, send forms here, and ask here meanwhile.
inline constexpr std::string_view policy_of_pages =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'";

// What a page may do whose form leads to another site in the end, by way of a redirect: browsers hold form-action
// against that, too.
inline constexpr std::string_view policy_of_ways_out =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

// What a page may do whose form leads to a page of that origin in the end.
std::string policy_of_forms_to(std::string_view origin);

// Lives no longer than the request, to which it refers.
class Visit {
public:
    Visit(const http::Request& request, std::optional<Visitor> who, const Site& site)
        : request_(&request), who_(std::move(who)), site_(&site), form_key_(FormKey::of(request, site.random)) {}

    const http::Request& request() const { return *request_; }
    const std::optional<Visitor>& who() const { return who_; }
    const Site& site() const { return *site_; }
    const Language& language() const { return language_of(*request_); }
    std::string text(std::string_view key, const Values& values = {}) const {
        return site_->templates.text(language().code, key, values);
    }

    // The template of that name (web/pages/) within the frame. Its forms hold {{form_token}} in a field of that name.
    Answer show(std::string_view name, Values values, int status = 200) const;
    // The same with what is wrong with a form: a sentence, which stands on top; the title begins with "Error:". It is
    // the one of the error, unless `values` have a closer one as `error`.
    Answer show_error(std::string_view name, Values values, const Error& error) const;
    // 303 to a path of ours; whatever was sent becomes a GET. Where the path says `done=WORD`, its page may say for a
    // minute what was done, and `detail`: done(). A link that somebody else wrote makes no page say so.
    Answer go_to(std::string_view target, std::string_view detail = {}) const;
    // The detail, if this is what was done in this browser a moment ago.
    std::optional<std::string> done(std::string_view word) const;

    // After a log-in or a log-out: the way to `target`, and the end of all forms that were shown before.
    Answer go_to_as_another(std::string_view target, std::vector<std::string> cookies) const;

    const FormKey& form_key() const { return form_key_; }
    bool opens(std::string_view form_token) const {
        return form_key_.opens(form_token, who_ ? std::string_view(who_->session_id()) : "");
    }

private:
    const http::Request* request_;
    std::optional<Visitor> who_;
    const Site* site_;
    FormKey form_key_;
};

// Of somebody who is signed in; others are sent to /sign-in and come back.
class PersonalVisit : public Visit {
public:
    const Visitor& who() const { return *Visit::who(); }

private:
    friend struct http::Extract<PersonalVisit>;
    explicit PersonalVisit(Visit visit) : Visit(std::move(visit)) {}
};

// Of somebody who has shown the password a moment ago; others are asked for it once more and come back.
class RecentVisit : public PersonalVisit {
private:
    friend struct http::Extract<RecentVisit>;
    explicit RecentVisit(PersonalVisit visit) : PersonalVisit(std::move(visit)) {}
};

// A form that was sent back: proof that this page of ours was shown in this browser, in this session.
template <class T>
struct Form {
    Visit visit;
    T fields;
};
template <class T>
struct PersonalForm {
    PersonalVisit visit;
    T fields;
};
template <class T>
struct RecentForm {
    RecentVisit visit;
    T fields;
};

// Refused: cross_site; form_expired, if the token is not of this browser and session.
Result<> check_form(const Visit& visit);

// Refused: password_needed, if the password was shown too long ago for what is dangerous (domain::recently); of a form,
// as check_form() before that, so that whoever is asked for the password knows what it is for.
Result<> check_recent(const PersonalVisit& visit);

// The cause of what follows, for events and mails. The language is the one that was chosen here, otherwise what the
// browser asks for, which mails may have and pages not. All texts are those of the request.
domain::Cause cause_of(const Visit& visit);
domain::Client client_of(const Visit& visit);

// Where a page says how a program reaches this server: the server as the browser knows it.
std::string origin_of(const http::Request& request);

// What links begin with that somebody hands over to others: where this server is (base_of_links() of server/settings),
// whatever the request calls it; as it is called alone where that is not known.
std::string links_begin_with(const Visit& visit);

// "45 s", "14 min 32 s": units whose names need no plural, in any language. web/pages/script.js counts them down.
std::string in_units(std::chrono::seconds time);

// The sentence for people: of the catalogue, or where it has none, the error's own.
std::string sentence_for_people(const Visit& visit, const Error& error);

// What the API says of a field, in the language of the page if the catalogue has the sentence: under its letters, as
// "said.a_password_has_at_least_characters". A number in it is {{number}}.
std::string in_language(const Visit& visit, const std::string& sentence);

}  // namespace keyhold::pages

namespace keyhold::http {

template <>
struct Extract<pages::Visit> {
    static Result<pages::Visit> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
                                     const pages::Site& site);
    static void describe(Operation&) {}
};

template <>
struct Extract<pages::PersonalVisit> {
    static Result<pages::PersonalVisit> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
                                             const pages::Site& site);
    static void describe(Operation&) {}
};

// Refused: password_needed, which a page's refusal answers by way of /sign-in?again=1, and of a form by a page that
// keeps it (pages/account/confirm_password.cpp).
template <>
struct Extract<pages::RecentVisit> {
    static Result<pages::RecentVisit> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
                                           const pages::Site& site);
    static void describe(Operation&) {}
};

namespace detail {

// `More`: services that the visit asks for beside those of every visit.
template <class Of, class T, class... More>
struct ExtractForm {
    using V = decltype(Of::visit);
    static Result<Of> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
                           const pages::Site& site, More&... more) {
        // The order matters: first the session, then the form's own token, then the fields, so that the fields of a
        // forged form are never read.
        auto visit = Extract<V>::from(request, tokens, sessions, site, more...);
        if (!visit) return std::move(visit).error();
        if (auto checked = pages::check_form(*visit); !checked) return std::move(checked).error();
        auto fields = Extract<T>::from(request);
        if (!fields) return std::move(fields).error();
        return Of{std::move(*visit), std::move(*fields)};
    }
    static void describe(Operation&) {}
};

}  // namespace detail

template <class T>
struct Extract<pages::Form<T>> : detail::ExtractForm<pages::Form<T>, T> {};
template <class T>
struct Extract<pages::PersonalForm<T>> : detail::ExtractForm<pages::PersonalForm<T>, T> {};
template <class T>
struct Extract<pages::RecentForm<T>> : detail::ExtractForm<pages::RecentForm<T>, T> {};

template <>
struct Respond<pages::Answer> {
    static void write(Response& response, const pages::Answer& answer);
    static void describe(Operation& operation) {
        operation.response_media = "text/html";
        operation.response_schema_text = R"({"type":"string"})";
        operation.successes = {200, 303};
    }
};

}  // namespace keyhold::http
