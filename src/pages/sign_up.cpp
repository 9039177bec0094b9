// SPDX-License-Identifier: Apache-2.0
// /sign-up: a new account, by the steps of POST /register, and the session of whoever made it.
#include "domain/log_in.hpp"

#include "domain/log_in_counters.hpp"
#include "domain/registration.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

struct Way {
    static constexpr std::string_view schema_name = "SignUpWay";
    std::string return_to;
};
KEYHOLD_FIELDS(Way, (return_to, may_be_absent()))

struct SignUp {
    static constexpr std::string_view schema_name = "SignUpForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string username;
    Secret password;
    std::string invitation;
    std::string return_to;
};
KEYHOLD_FIELDS(SignUp, (username, may_be_absent()), (password, may_be_absent()), (invitation, may_be_absent()),
               (return_to, may_be_absent()))

Values values_of(const Visit& visit, std::string username, std::string invitation, std::string_view return_to) {
    return {{"username", std::move(username)},
            {"invitation", std::move(invitation)},
            {"return_to", own_path(return_to)},
            {"way", way_of(return_to)},
            {"is_closed", visit.site().registration == domain::RegistrationPolicy::closed},
            {"by_invitation", visit.site().registration == domain::RegistrationPolicy::invite}};
}

// GET /sign-up
Answer show_sign_up(const Visit& visit, const http::Query<Way>& way) {
    if (visit.who()) return visit.go_to(target_of(way->return_to));
    return visit.show("sign_up", values_of(visit, {}, {}, way->return_to));
}

// POST /sign-up
Answer sign_up(const Form<SignUp>& form, domain::Registration& registration, domain::Accounts& accounts,
               domain::Throttle& throttle, domain::Sessions& sessions, domain::Tokens& tokens,
               domain::LogInCounters& counters) {
    const SignUp& wanted = form.fields;
    const auto account = registration.create({.username = wanted.username,
                                              .password = wanted.password,
                                              .invitation = wanted.invitation,
                                              .address = form.visit.request().remote_address,
                                              .cause = {.origin = form.visit.request().remote_address,
                                                        .device = form.visit.request().find("User-Agent").value_or(""),
                                                        .language = form.visit.language().code}});
    if (!account) {
        auto values = values_of(form.visit, wanted.username, wanted.invitation, wanted.return_to);
        return form.visit.show_error("sign_up", std::move(values), account.error());
    }
    auto answer = begin_session(form.visit, {account->username, wanted.password, wanted.return_to}, accounts, throttle,
                                sessions, tokens, counters);
    // The account is there, and signing in tells why it does not open.
    if (!answer) return form.visit.go_to("/sign-in");
    return std::move(answer).value();
}

}  // namespace

void add_sign_up_routes(http::Mount& mount) {
    using enum http::Method;
    mount.add(get, "/sign-up", page_route("The page to make an account", http::On::looking_up), show_sign_up);
    mount.add(post, "/sign-up", page_route("Make an account", http::On::hashing), sign_up);
}

}  // namespace keyhold::pages
