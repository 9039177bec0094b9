// SPDX-License-Identifier: Apache-2.0
#include "pages/kept_form.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "crypto/equal.hpp"
#include "domain/passwords/log_in.hpp"
#include "http/routes/session_cookies.hpp"
#include "pages/frame.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

// The names in the sign-in form: that has a username of its own.
constexpr std::string_view name_prefix = "kept.", way_field = "kept_way", proof_field = "kept_proof";

// Of the 64 KiB and the 64 fields that a form may have: a name, a password and the token come along.
constexpr std::size_t most_kept_bytes = 56 * 1024;
constexpr std::size_t most_kept_fields = 56;

bool is_kept(std::string_view field) {
    constexpr std::array own{std::string_view("form_token"), std::string_view("confirm_way"),
                             std::string_view("confirm_username")};
    return !field.ends_with("password") && std::ranges::find(own, field) == own.end();
}

// The one of /account/confirm is asked for again by the sign-in page itself.
bool holds_password(const http::Incoming& form) {
    bool found = false;
    form.for_each_member([&found](std::string_view name, const http::Incoming&) {
        found = found || (name.ends_with("password") && name != "confirm_password");
    });
    return found;
}

std::vector<Values> fields_of(const http::Incoming& form) {
    std::vector<Values> fields;
    form.for_each_member([&fields](std::string_view name, const http::Incoming& value) {
        if (is_kept(name))
            fields.push_back({{"name", std::string(name)}, {"value", std::string(value.string().value_or(""))}});
    });
    return fields;
}

std::string text_in(const http::Incoming& form, std::string_view name) {
    const auto field = form.find(name);
    return std::string(field ? field->string().value_or("") : "");
}

// Forms of OAuth are not kept: what they allow was asked for in the session that has ended.
bool is_of_people(std::string_view way) {
    const auto is_within = [way](std::string_view section) {
        return way == section || (way.starts_with(section) && way[section.size()] == '/');
    };
    return is_within("/account") || is_within("/admin");
}

}  // namespace

std::vector<Values> kept_fields(const http::Request& request) {
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    return body ? fields_of(body->root()) : std::vector<Values>();
}

std::optional<KeptForm> keep_form(const Visit& visit, domain::Sessions& sessions) {
    const http::Request& request = visit.request();
    // As check_form(), but for the session: that is the one which the token names, as the cookies may be gone.
    if (request.method != http::Method::post || !http::refuse_all_but_own_pages(request)) return std::nullopt;
    if (request.body.size() > most_kept_bytes) return std::nullopt;
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    if (!body || holds_password(body->root())) return std::nullopt;
    const std::string token = text_in(body->root(), "form_token");
    const auto session_id = visit.form_key().session_of(token);
    const auto found = session_id ? sessions.find(*session_id) : std::nullopt;
    if (!found) return std::nullopt;
    KeptForm kept{.way = std::string(request.path), .proof = {}, .fields = fields_of(body->root())};
    // A form that was kept once already, for the password.
    if (kept.way == "/account/confirm") kept.way = own_path(text_in(body->root(), "confirm_way"));
    if (!is_of_people(kept.way) || kept.fields.size() > most_kept_fields) return std::nullopt;
    kept.proof = visit.form_key().proof_of_owner(found->session.account_id, kept.way);
    return kept;
}

std::optional<KeptForm> kept_form_of(const http::Request& request) {
    const auto body = http::IncomingBody::read(request, http::Notation::form);
    if (!body) return std::nullopt;
    KeptForm kept{
        .way = own_path(text_in(body->root(), way_field)), .proof = text_in(body->root(), proof_field), .fields = {}};
    if (!is_of_people(kept.way)) return std::nullopt;
    body->root().for_each_member([&kept](std::string_view name, const http::Incoming& value) {
        if (name.starts_with(name_prefix) && is_kept(name))
            kept.fields.push_back({{"name", std::string(name.substr(name_prefix.size()))},
                                   {"value", std::string(value.string().value_or(""))}});
    });
    return kept;
}

void add_kept_form(Values& values, const KeptForm& kept) {
    values.emplace_back(way_field, kept.way);
    values.emplace_back(proof_field, kept.proof);
    values.emplace_back("kept", kept.fields);
}

std::optional<Answer> send_kept_form(const Visit& visit, const KeptForm& kept, const domain::LoggedIn& logged_in,
                                     domain::Sessions& sessions) {
    const auto found = sessions.find_by_token(logged_in.refresh_token.reveal());
    if (!found) return std::nullopt;  // it has ended meanwhile
    const std::string proof = visit.form_key().proof_of_owner(found->session.account_id, kept.way);
    if (!crypto::equal(kept.proof, proof)) return std::nullopt;
    // As every log-in, it replaces the key: of the forms from before, this one alone goes on.
    const FormKey key = FormKey::fresh(visit.site().random);
    Answer answer = visit.show("send_again", {{"form_token", key.token(found->session.id)},
                                              {"signed_in", found->account.username},
                                              {"way", kept.way.substr(1)},
                                              {"back", std::string(page_of(kept.way).substr(1))},
                                              {"kept", kept.fields}});
    answer.cookies = cookies_of(logged_in);
    answer.cookies.push_back(key.cookie());
    return answer;
}

}  // namespace keyhold::pages
