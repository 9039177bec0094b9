// SPDX-License-Identifier: Apache-2.0
// /sign-up: a new account, by the steps of POST /register, and the session of whoever made it.
#include "domain/passwords/log_in.hpp"

#include "domain/accounts/email_address.hpp"
#include "domain/accounts/registration.hpp"
#include "domain/errors.hpp"
#include "domain/passwords/log_in_counters.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

// Where the person wanted to go, which is kept over the sign-up.
struct SignUpQuery {
    static constexpr std::string_view schema_name = "SignUpWay";
    std::string return_to;
    std::string invitation;  // of a link that an administrator handed over
};
KEYHOLD_FIELDS(SignUpQuery, (return_to, may_be_absent()), (invitation, may_be_absent()))

// Members may be absent, so that what is missing is refused beside its field and in the language of the page.
struct SignUp {
    static constexpr std::string_view schema_name = "SignUpForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string username;
    std::string email;
    Secret password;
    std::string invitation;
    std::string return_to;
};
KEYHOLD_FIELDS(SignUp, (username, may_be_absent()), (email, may_be_absent()), (password, may_be_absent()),
               (invitation, may_be_absent()), (return_to, may_be_absent()))

// An address is asked for where it is of use: for mails, or because it says who may have an account.
Values values_of(const Visit& visit, const SignUp& typed) {
    const Site& site = visit.site();
    const bool by_domain = site.registration == domain::RegistrationPolicy::domains;
    std::string domains;
    for (const std::string& domain : site.registration_domains)
        domains.append(domains.empty() ? "" : ", ").append(domain);
    return {{"username", typed.username},
            {"email", typed.email},
            {"invitation", typed.invitation},
            {"return_to", way_on(site, typed.return_to)},
            {"way", way_of(site, typed.return_to)},
            {"asks_email", by_domain || site.sends_mails},
            {"by_domain", by_domain},
            {"domains", std::move(domains)},
            {"is_closed", site.registration == domain::RegistrationPolicy::closed},
            {"by_invitation", site.registration == domain::RegistrationPolicy::invite}};
}

// The sign-in page, which says by `done` that the account was made.
std::string sign_in_way(const Site& site, std::string_view return_to, std::string_view done) {
    const std::string way = way_of(site, return_to);
    return "/sign-in" + (way.empty() ? "?" : way + "&").append("done=").append(done);
}

// GET /sign-up
Answer show_sign_up(const Visit& visit, const http::Query<SignUpQuery>& way) {
    if (visit.who()) return visit.go_to(target_of(visit.site(), way->return_to));
    SignUp empty;
    empty.invitation = way->invitation;
    empty.return_to = way->return_to;
    Answer answer = visit.show("sign_up", values_of(visit, empty));
    let_forms_lead_on(answer, visit.site(), way->return_to);
    return answer;
}

struct InvitedWay {
    static constexpr std::string_view schema_name = "InvitedWay";
    std::string token, invitation;
};
KEYHOLD_FIELDS(InvitedWay, (token, may_be_absent()), (invitation, may_be_absent()))

// GET /invited: where the link of an invitation leads. A look uses nothing up.
Answer show_invited(const Visit& visit, const http::Query<InvitedWay>& way) {
    return visit.go_to("/sign-up?invitation=" + encoded(way->token.empty() ? way->invitation : way->token));
}

// The form again, with what was typed, and what is wrong beside each field.
Answer refuse(const Visit& visit, const SignUp& typed, const Error& error, Values values = {}) {
    for (auto& value : values_of(visit, typed)) values.push_back(std::move(value));
    // A code that came by a link has no field that is seen, so the sentence stands on top.
    for (const FieldError& field : error.fields())
        if (field.loc.back().text() == "invitation" && visit.site().registration != domain::RegistrationPolicy::invite)
            values.emplace_back("error", in_language(visit, field.msg));
    Answer answer = visit.show_error("sign_up", std::move(values), error);
    let_forms_lead_on(answer, visit.site(), typed.return_to);
    return answer;
}

bool is_taken(std::string_view email, domain::Accounts& accounts) {
    const auto address = domain::parse_email_address(email);
    return address && accounts.find_by_email_key(address->key);
}

// POST /sign-up
Answer sign_up(const Form<SignUp>& form, domain::Registration& registration, domain::Accounts& accounts,
               domain::Throttle& throttle, domain::Sessions& sessions, domain::Tokens& tokens,
               domain::LogInCounters& counters) {
    const auto& [visit, wanted] = form;
    domain::Registration::Request request{.username = wanted.username,
                                          .password = wanted.password,
                                          .invitation = wanted.invitation,
                                          .address = visit.request().remote_address,
                                          .cause = cause_of(visit)};
    if (!wanted.email.empty()) request.email = wanted.email;
    const auto account = registration.create_from_form(request);
    if (!account) {
        // The first that is taken is what is refused; a form says it of both.
        const bool are_both_taken = account.error().errc() == errors::username_taken && request.email &&
                                    !registration.keeps_silent(request) && is_taken(*request.email, accounts);
        Values also;
        if (are_both_taken)
            also = Values{{"error", visit.text("error.fields")}, {"email_error", visit.text("error.email_taken")}};
        return refuse(visit, wanted, account.error(), std::move(also));
    }
    // What the sign-in page asks for: the name alone would be refused there.
    const bool by_address = visit.site().login_with == domain::LoginWith::email && !wanted.email.empty();
    const std::string& signs_in_as = by_address ? wanted.email : account->username;
    // Whether the address was free, its owner alone is told, by a mail.
    if (registration.keeps_silent(request)) {
        Answer answer = visit.go_to(sign_in_way(visit.site(), wanted.return_to, "signed_up"), signs_in_as);
        answer.time_step = registration.time_step(request);
        return answer;
    }
    auto answer = begin_session(visit, {signs_in_as, wanted.password, wanted.return_to}, accounts, throttle, sessions,
                                tokens, counters);
    // The account is there, and signing in tells why it does not open.
    if (!answer) return visit.go_to(sign_in_way(visit.site(), wanted.return_to, "account_made"), signs_in_as);
    return std::move(answer).value();
}

}  // namespace

Answer show_sign_up_again(const Visit& visit, Values kept, const Error& error) {
    const auto typed = http::Extract<SignUp>::from(visit.request());
    if (typed)
        for (auto& value : values_of(visit, *typed)) kept.push_back(std::move(value));
    Answer answer = visit.show_error("sign_up", std::move(kept), error);
    if (typed) let_forms_lead_on(answer, visit.site(), typed->return_to);
    return answer;
}

void add_sign_up_routes(http::Mount& mount) {
    using enum http::Method;
    mount.add(get, "/sign-up", page_route("The page to make an account", http::On::looking_up), show_sign_up);
    mount.add(get, "/invited", page_route("The page of an invitation", http::On::looking_up), show_invited);
    mount.add(post, "/sign-up", page_route("Make an account", http::On::hashing), sign_up);
}

}  // namespace keyhold::pages
