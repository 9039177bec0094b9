// SPDX-License-Identifier: Apache-2.0
// /forgot, /reset, /verify, /account/address and the pages with one button: what links in mails lead to, and how one
// asks for a mail. A look at one of them uses nothing up: programs that look for harmful links open them before anybody
// reads the mail.
#include "domain/recovery.hpp"

#include "domain/errors.hpp"
#include "domain/log_in.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

struct Link {
    static constexpr std::string_view schema_name = "MailLinkForm";
    std::string token;
};
KEYHOLD_FIELDS(Link, (token, may_be_absent()))

domain::Cause cause_of(const Visit& visit) {
    return {.origin = visit.request().remote_address,
            .device = visit.request().find("User-Agent").value_or(""),
            .language = visit.language().code};
}

// What a link that is not good leads to: the way to a new mail.
Answer show_dead_link(const Visit& visit, std::string_view next) {
    return visit.show_error("dead_link", {{"next", std::string(next)}}, errors::one_time_secret_invalid);
}

struct Forgot {
    static constexpr std::string_view schema_name = "ForgotForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string email;
};
KEYHOLD_FIELDS(Forgot, (email, may_be_absent()))

// GET /forgot
Answer show_forgot(const Visit& visit, domain::Recovery& recovery) {
    return visit.show("forgot", {{"is_available", recovery.is_available()}});
}

// POST /forgot: the form for the code, whether a mail is sent or not.
Answer forgot(const Form<Forgot>& form, domain::Recovery& recovery) {
    const auto asked = recovery.ask_reset(form.fields.email, cause_of(form.visit));
    if (!asked)
        return form.visit.show_error("forgot", {{"email", form.fields.email}, {"is_available", true}}, asked.error());
    return form.visit.show("reset", {{"email", form.fields.email}, {"asked", true}});
}

// GET /reset
Answer show_reset(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    if (link->token.empty()) return visit.show("reset", {});
    if (!recovery.is_usable("reset", link->token)) return show_dead_link(visit, "forgot");
    return visit.show("reset", {{"token", link->token}});
}

struct Reset {
    static constexpr std::string_view schema_name = "ResetForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string token;
    std::string email;
    std::string code;
    Secret new_password;
};
KEYHOLD_FIELDS(Reset, (token, may_be_absent()), (email, may_be_absent()), (code, may_be_absent()),
               (new_password, may_be_absent()))

// POST /reset
Answer reset(const Form<Reset>& form, domain::Recovery& recovery) {
    const auto& [visit, fields] = form;
    const auto done = recovery.reset({fields.token, fields.email, fields.code}, fields.new_password, cause_of(visit));
    if (done) return visit.go_to("/sign-in?done=password");
    if (!fields.token.empty() && done.error().errc() == errors::one_time_secret_invalid)
        return show_dead_link(visit, "forgot");
    return visit.show_error("reset", {{"token", fields.token}, {"email", fields.email}, {"code", fields.code}},
                            done.error());
}

// GET /verify: the way back to here goes by /sign-in, for whoever is not signed in yet.
Answer show_verify(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    const std::string path = link->token.empty() ? "/verify" : "/verify?token=" + encoded(link->token);
    if (!link->token.empty() && !recovery.is_usable("verify", link->token)) return show_dead_link(visit, "verify");
    return visit.show("verify", {{"token", link->token}, {"way", way_of(path)}});
}

struct Verify {
    static constexpr std::string_view schema_name = "VerifyForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string token;
    std::string code;
};
KEYHOLD_FIELDS(Verify, (token, may_be_absent()), (code, may_be_absent()))

// POST /verify
Answer verify(const PersonalForm<Verify>& form, domain::Recovery& recovery) {
    const auto& [visit, fields] = form;
    const auto done = recovery.verify(visit.who().account_id(), {.token = fields.token, .code = fields.code});
    if (done) return visit.go_to("/account?done=address");
    if (!fields.token.empty()) return show_dead_link(visit, "verify");
    return visit.show_error("verify", {{"code", fields.code}}, done.error());
}

struct Again {
    static constexpr std::string_view schema_name = "VerifyAgainForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::optional<std::string> form_token;
};
KEYHOLD_FIELDS(Again, (form_token))

// POST /verify/send
Answer send_verification(const PersonalForm<Again>& form, domain::Recovery& recovery) {
    const auto asked = recovery.ask_verify(form.visit.who().account_id(), cause_of(form.visit));
    if (!asked) return form.visit.show_error("verify", {}, asked.error());
    return form.visit.show("verify", {{"asked", true}});
}

// A page with one button, which does what a link of a mail is for.
struct Button {
    std::string_view path;     // of the page and its form
    std::string_view purpose;  // of the link
    std::string_view texts;    // "not_me": not_me.title, not_me.what, not_me.do, not_me.done
    std::string_view next;     // where one gets another link
};
constexpr Button not_me_button{"not-me", "not_me", "not_me", "forgot"};
constexpr Button agree_button{"agree-address", "change_old", "agree", "account/address"};
constexpr Button undo_button{"undo-address", "undo_change", "undo", "forgot"};
constexpr Button confirm_button{"confirm-address", "change_new", "confirm", "account/address"};
constexpr Button sign_in_button{"sign-in-link", "sign_in", "sign_in_link", "sign-in"};

std::string text_of(const Visit& visit, const Button& button, std::string_view part) {
    return visit.text(std::string(button.texts).append(".").append(part));
}

Values values_of(const Visit& visit, const Button& button) {
    return {{"heading", text_of(visit, button, "title")}, {"path", std::string(button.path)}};
}

Answer show_button(const Visit& visit, const Button& button, const std::string& token, domain::Recovery& recovery) {
    if (!recovery.is_usable(button.purpose, token)) return show_dead_link(visit, button.next);
    auto values = values_of(visit, button);
    values.emplace_back("what", text_of(visit, button, "what"));
    values.emplace_back("button", text_of(visit, button, "do"));
    values.emplace_back("token", token);
    return visit.show("mail_button", std::move(values));
}

Answer show_done(const Visit& visit, const Button& button, std::string_view text) {
    auto values = values_of(visit, button);
    values.emplace_back("done", visit.text(text));
    return visit.show("mail_button", std::move(values));
}

// What came of a button that was pressed.
Answer show_refusal(const Visit& visit, const Button& button, const Error& error) {
    if (error.errc() == errors::one_time_secret_invalid) return show_dead_link(visit, button.next);
    return visit.show_error("mail_button", values_of(visit, button), error);
}

Answer show_consent(const Visit& visit, const Button& button, const Result<bool>& outcome) {
    if (!outcome) return show_refusal(visit, button, outcome.error());
    return show_done(visit, button, *outcome ? "address.changed" : "address.one_side");
}

struct Pressed {
    static constexpr std::string_view schema_name = "MailButtonForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string token;
};
KEYHOLD_FIELDS(Pressed, (token, may_be_absent()))

// GET /not-me
Answer show_not_me(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, not_me_button, link->token, recovery);
}

// POST /not-me
Answer not_me(const Form<Pressed>& form, domain::Recovery& recovery) {
    if (auto done = recovery.deny({.token = form.fields.token}); !done)
        return show_refusal(form.visit, not_me_button, done.error());
    return show_done(form.visit, not_me_button, "not_me.done");
}

struct NewAddress {
    static constexpr std::string_view schema_name = "AddressForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string email;
};
KEYHOLD_FIELDS(NewAddress, (email, may_be_absent()))

// GET /account/address
Answer show_address(const RecentVisit& visit) { return visit.show("account_address", {}); }

// POST /account/address
Answer change_address(const RecentForm<NewAddress>& form, domain::Recovery& recovery) {
    const auto& [visit, fields] = form;
    const auto asked = recovery.ask_change(visit.who().account_id(), fields.email, cause_of(visit));
    if (!asked) return visit.show_error("account_address", {{"email", fields.email}}, asked.error());
    return visit.show("account_address", {{"done", visit.text("account_address.asked")}});
}

// GET /confirm-address: the mail to the new address. Whoever presses the button has to be signed in.
Answer show_confirm(const PersonalVisit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, confirm_button, link->token, recovery);
}

// POST /confirm-address
Answer confirm(const PersonalForm<Pressed>& form, domain::Recovery& recovery) {
    return show_consent(
        form.visit, confirm_button,
        recovery.confirm_change(form.visit.who().account_id(), {.token = form.fields.token}, cause_of(form.visit)));
}

// GET /agree-address: the mail to the old address.
Answer show_agree(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, agree_button, link->token, recovery);
}

// POST /agree-address
Answer agree(const Form<Pressed>& form, domain::Recovery& recovery) {
    return show_consent(form.visit, agree_button,
                        recovery.agree_to_change({.token = form.fields.token}, cause_of(form.visit)));
}

// GET /undo-address
Answer show_undo(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, undo_button, link->token, recovery);
}

// POST /undo-address
Answer undo(const Form<Pressed>& form, domain::Recovery& recovery) {
    if (auto done = recovery.undo_change({.token = form.fields.token}); !done)
        return show_refusal(form.visit, undo_button, done.error());
    return show_done(form.visit, undo_button, "undo.done");
}

// GET /sign-in-link
Answer show_sign_in_link(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, sign_in_button, link->token, recovery);
}

// POST /sign-in-link
Answer sign_in_by_link(const Form<Pressed>& form, domain::Accounts& accounts, domain::Recovery& recovery,
                       domain::Sessions& sessions, domain::Tokens& tokens) {
    const Visit& visit = form.visit;
    auto logged_in = domain::log_in_by_link(
        form.fields.token, {visit.request().find("User-Agent").value_or(""), visit.request().remote_address}, accounts,
        recovery, sessions, tokens);
    if (!logged_in) return show_refusal(visit, sign_in_button, logged_in.error());
    // The browser has a new session now: nobody would ever end the one before.
    if (const auto& before = visit.who())
        (void)sessions.end(before->session_id(), before->account_id(), domain::logged_out);
    return visit.go_to_as_another("/account", cookies_of(*logged_in));
}

}  // namespace

void add_recovery_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    mount.add(get, "/forgot", page_route("The page for whoever forgot the password", looking_up), show_forgot);
    mount.add(post, "/forgot", page_route("Get a mail for a new password", storing), forgot);
    mount.add(get, "/reset", page_route("The page for a new password by a mail", looking_up), show_reset);
    mount.add(post, "/reset", page_route("Set a new password by a mail", hashing), reset);
    mount.add(get, "/verify", page_route("The page to verify the address", looking_up), show_verify);
    mount.add(post, "/verify", page_route("Verify the address by a mail", storing), verify);
    mount.add(post, "/verify/send", page_route("Get a mail to verify the address", storing), send_verification);
    mount.add(get, "/account/address", page_route("The page to change the address", looking_up), show_address);
    mount.add(post, "/account/address", page_route("Ask for another address", storing), change_address);
    mount.add(get, "/confirm-address", page_route("The page to confirm a new address", looking_up), show_confirm);
    mount.add(post, "/confirm-address", page_route("Confirm a new address", storing), confirm);
    mount.add(get, "/agree-address", page_route("The page to agree to a new address", looking_up), show_agree);
    mount.add(post, "/agree-address", page_route("Agree to a new address", storing), agree);
    mount.add(get, "/undo-address", page_route("The page to undo a change of the address", looking_up), show_undo);
    mount.add(post, "/undo-address", page_route("Undo a change of the address", storing), undo);
    mount.add(get, "/sign-in-link", page_route("The page of a link to sign in", looking_up), show_sign_in_link);
    mount.add(post, "/sign-in-link", page_route("Sign in by a link", storing), sign_in_by_link);
    mount.add(get, "/not-me", page_route("The page for whoever did not do it", looking_up), show_not_me);
    mount.add(post, "/not-me", page_route("End all sessions by a mail", storing), not_me);
}

}  // namespace keyhold::pages
