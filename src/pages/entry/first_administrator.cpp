// SPDX-License-Identifier: Apache-2.0
// /first-administrator: whoever started a server that nobody administers comes here by the link that its terminal shows
// (domain/accounts/first_administrator.hpp). A look at the page uses nothing up.
#include "domain/accounts/first_administrator.hpp"

#include "domain/errors.hpp"
#include "domain/passwords/log_in_counters.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

constexpr std::string_view name_of_page = "first_administrator";

struct Link {
    static constexpr std::string_view schema_name = "FirstAdministratorWay";
    std::string token;
};
KEYHOLD_FIELDS(Link, (token, may_be_absent()))

struct Appointment {
    static constexpr std::string_view schema_name = "FirstAdministratorForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string token, username;
    Secret password;
};
KEYHOLD_FIELDS(Appointment, (token, may_be_absent()), (username, may_be_absent()), (password, may_be_absent()))

// A person who is signed in becomes the administrator with one button; others make an account for it, or sign in and
// come back.
Values values_of(const Site& site, const std::string& token, std::string username) {
    return {{"token", token},
            {"username", std::move(username)},
            {"way", way_of(site, "/first-administrator?token=" + encoded(token))}};
}

Answer show_dead_link(const Visit& visit) {
    return visit.show_error(name_of_page, {}, errors::one_time_secret_invalid);
}

// GET /first-administrator
Answer show_appointment(const Visit& visit, const http::Query<Link>& link, domain::FirstAdministrator& first) {
    if (!first.is_usable(link->token)) return show_dead_link(visit);
    return visit.show(name_of_page, values_of(visit.site(), link->token, {}));
}

// POST /first-administrator
Answer appoint(const Form<Appointment>& form, domain::FirstAdministrator& first, domain::Accounts& accounts,
               domain::Throttle& throttle, domain::Sessions& sessions, domain::Tokens& tokens,
               domain::LogInCounters& counters) {
    const auto& [visit, fields] = form;
    const auto refused = [&visit = visit, &fields = fields](const Error& error) {
        if (error.errc() == errors::one_time_secret_invalid) return show_dead_link(visit);
        return visit.show_error(name_of_page, values_of(visit.site(), fields.token, fields.username), error);
    };
    // Where /admin is at another listener, the browser cannot be sent there: nobody knows how it reaches that one.
    const std::string_view next = visit.site().has_administration ? "/admin" : "/account";
    if (const auto& who = visit.who()) {
        const auto appointed = first.appoint(who->account_id(), fields.token);
        return appointed ? visit.go_to(next) : refused(appointed.error());
    }
    const auto account = first.create({.username = fields.username}, fields.password, fields.token);
    if (!account) return refused(account.error());
    auto answer = begin_session(visit, {account->username, fields.password, std::string(next)}, accounts, throttle,
                                sessions, tokens, counters);
    // The account is there, and signing in tells why it does not open.
    if (!answer) return visit.go_to(std::string("/sign-in?return_to=").append(next));
    return std::move(answer).value();
}

}  // namespace

void add_first_administrator_routes(http::Mount& mount) {
    using enum http::Method;
    mount.add(get, "/first-administrator", page_route("The page of the first administrator", http::On::looking_up),
              show_appointment);
    mount.add(post, "/first-administrator", page_route("Become the first administrator", http::On::hashing), appoint);
}

}  // namespace keyhold::pages
