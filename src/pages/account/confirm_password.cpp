// SPDX-License-Identifier: Apache-2.0
// /account/confirm: a form that came when the password had been shown too long ago for it. It is answered by a page
// that asks for the password and keeps what was typed. With the right one the browser sends the form once more, to
// where it was meant for, so that nobody types it again and each form has one handler.
#include "domain/passwords/log_in.hpp"

#include "domain/errors.hpp"
#include "domain/passwords/log_in_counters.hpp"
#include "pages/frame.hpp"
#include "pages/kept_form.hpp"
#include "pages/known_device.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

// Beside the fields of the form that is kept, so they have names that no form has. The name tells password managers
// whose password it is; whose it is in truth, the session says.
struct Confirmation {
    static constexpr std::string_view schema_name = "ConfirmPasswordForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string confirm_way;  // the path that the form is for
    std::string confirm_username;
    Secret confirm_password;
};
KEYHOLD_FIELDS(Confirmation, (confirm_way, may_be_absent()), (confirm_username, may_be_absent()),
               (confirm_password, may_be_absent()))

// `name` is what whoever is signed in types at /sign-in; `way` is a path of ours.
Values values_to_confirm(const Visit& visit, std::string name, std::string_view way) {
    return {{"username", std::move(name)},
            {"by_address", visit.site().login_with == domain::LoginWith::email},
            {"way", std::string(way)},
            {"back", std::string(page_of(way).substr(1))},
            {"kept", kept_fields(visit.request())}};
}

// POST /account/confirm
Answer confirm_password(const PersonalForm<Confirmation>& form, domain::Accounts& accounts, domain::Throttle& throttle,
                        domain::Sessions& sessions, domain::Tokens& tokens, domain::LogInCounters& counters) {
    const auto& [visit, fields] = form;
    const std::string way = own_path(fields.confirm_way);
    if (way.empty()) return visit.go_to("/account");
    const std::string name = name_to_type(*visit.Visit::who(), visit.site().login_with, accounts);
    auto answer =
        begin_session(visit, {name, fields.confirm_password, {}}, accounts, throttle, sessions, tokens, counters);
    if (!answer) {
        Values values = values_to_confirm(visit, name, way);
        // The name is not theirs to mistype here.
        if (answer.error().errc() == errors::invalid_credentials)
            values.emplace_back("error", visit.text("confirm_password.wrong"));
        return visit.show_error("confirm_password", std::move(values), answer.error());
    }
    // 307 keeps method and body (RFC 9110 §15.4.8). The token of the form is that of the session, which goes on.
    answer->what = http::Redirect{.location = reference(visit.request().path, way), .status = 307};
    return std::move(answer).value();
}

std::string owner_to_confirm(const http::Request& request, domain::Throttle& throttle) {
    return owner_of_device_with(&Confirmation::confirm_username, request, throttle);
}

}  // namespace

Answer show_confirm_password_again(const Visit& visit, Values kept, const Error& error) {
    const auto typed = http::Extract<Confirmation>::from(visit.request());
    const std::string way = typed ? own_path(typed->confirm_way) : std::string();
    const std::string name = typed ? typed->confirm_username : std::string();
    for (auto& value : values_to_confirm(visit, name, way.empty() ? "/account" : way)) kept.push_back(std::move(value));
    return visit.show_error("confirm_password", std::move(kept), error);
}

Answer ask_for_password(const Visit& visit, domain::Accounts& accounts) {
    std::string name = visit.who() ? name_to_type(*visit.who(), visit.site().login_with, accounts) : std::string();
    return visit.show("confirm_password", values_to_confirm(visit, std::move(name), visit.request().path), 403);
}

void add_confirm_password_routes(http::Mount& mount) {
    mount.add(http::Method::post, "/account/confirm", page_route("Show the password for a form", http::On::hashing),
              confirm_password, owner_to_confirm);
}

}  // namespace keyhold::pages
