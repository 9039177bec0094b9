// SPDX-License-Identifier: Apache-2.0
// /forgot, /reset, /verify, /account/address and the pages with one button: what links in mails lead to, and how one
// asks for a mail. A look at one of them uses nothing up: programs that look for harmful links open them before anybody
// reads the mail.
#include "domain/accounts/recovery.hpp"

#include <array>
#include <cstdint>

#include "domain/errors.hpp"
#include "domain/passwords/log_in.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

struct Link {
    static constexpr std::string_view schema_name = "MailLinkForm";
    std::string token;
    std::string done;  // what the form of this page has done
};
KEYHOLD_FIELDS(Link, (token, may_be_absent()), (done, may_be_absent()))

// What a link that is not good leads to: the way to a new mail. A link to sign in comes from whoever looks after the
// server, so that there is none to ask for.
Answer show_dead_link(const Visit& visit, std::string_view next) {
    return visit.show_error("dead_link", {{"next", std::string(next)}, {"leads_to_sign_in", next == "sign-in"}},
                            errors::one_time_secret_invalid);
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
    return form.visit.go_to("/reset?done=asked", form.fields.email);
}

// Whose password it is, as its owner types it at /sign-in, for password managers; the link knows it.
std::string whose(const Visit& visit, std::string_view token, domain::Recovery& recovery) {
    const auto about = token.empty() ? std::nullopt : recovery.find_about("reset", token);
    if (!about) return {};
    const domain::Account& account = about->account;
    const bool by_address = visit.site().login_with == domain::LoginWith::email && account.email;
    return by_address ? *account.email : account.username;
}

// GET /reset
Answer show_reset(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    if (link->token.empty()) {
        const auto asked = link->done == "asked" ? visit.done(link->done) : std::nullopt;
        return visit.show("reset", {{"email", asked.value_or("")}, {"asked", asked.has_value()}});
    }
    if (!recovery.is_usable("reset", link->token)) return show_dead_link(visit, "forgot");
    return visit.show("reset", {{"token", link->token},
                                {"by_address", visit.site().login_with == domain::LoginWith::email},
                                {"username", whose(visit, link->token, recovery)}});
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

// POST /reset: /sign-in begins with the name.
Answer reset(const Form<Reset>& form, domain::Recovery& recovery) {
    const auto& [visit, fields] = form;
    const std::string name = whose(visit, fields.token, recovery);
    const auto done = recovery.reset({fields.token, fields.email, fields.code}, fields.new_password, cause_of(visit));
    if (done) return visit.go_to("/sign-in?done=password", fields.token.empty() ? fields.email : name);
    // Beyond repair for a link; a code may have been mistyped and is asked for again.
    if (!fields.token.empty() && done.error().errc() == errors::one_time_secret_invalid)
        return show_dead_link(visit, "forgot");
    return visit.show_error("reset",
                            {{"token", fields.token},
                             {"by_address", visit.site().login_with == domain::LoginWith::email},
                             {"username", name},
                             {"email", fields.email},
                             {"code", fields.code}},
                            done.error());
}

// The way back to here goes by /sign-in, for whoever is not signed in yet.
Answer show_verify(const Visit& visit, const std::string& token, bool was_asked, domain::Recovery& recovery,
                   domain::Accounts& accounts) {
    const auto about = token.empty() ? std::nullopt : recovery.find_about("verify", token);
    const auto account = visit.who() ? accounts.find_by_id(visit.who()->account_id()) : std::nullopt;
    // The mail of another account of the same person: its button would be refused. Its name is not said, as a stranger
    // may have chosen it to say something to whoever has the address.
    if (about && account && about->account.id != account->id) return visit.show("verify", {{"is_of_another", true}});
    const std::string email = account ? account->email.value_or("") : "";
    // A link that was opened once more has done what it is for.
    if (account && account->email_verified) return visit.show("verify", {{"email", email}, {"is_confirmed", true}});
    if (!token.empty() && !about) return show_dead_link(visit, "verify");
    const std::string path = token.empty() ? "/verify" : "/verify?token=" + encoded(token);
    return visit.show("verify", {{"token", token},
                                 {"email", email},
                                 {"may_confirm", account.has_value()},
                                 {"way", way_of(visit.site(), path)},
                                 {"asked", was_asked}});
}

// GET /verify
Answer show_verify_page(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery,
                        domain::Accounts& accounts) {
    return show_verify(visit, link->token, link->done == "asked" && visit.done(link->done), recovery, accounts);
}

struct Verify {
    static constexpr std::string_view schema_name = "VerifyForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string token;
    std::string code;
};
KEYHOLD_FIELDS(Verify, (token, may_be_absent()), (code, may_be_absent()))

// POST /verify
Answer verify(const PersonalForm<Verify>& form, domain::Recovery& recovery, domain::Accounts& accounts) {
    const auto& [visit, fields] = form;
    const auto done = recovery.verify(visit.who().account_id(), {.token = fields.token, .code = fields.code});
    if (done) return visit.go_to("/account?done=address");
    // Whoever presses the button twice is told that the address is confirmed.
    if (!fields.token.empty()) return show_verify(visit, fields.token, false, recovery, accounts);
    return visit.show_error("verify", {{"code", fields.code}, {"may_confirm", true}}, done.error());
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
    if (!asked) return form.visit.show_error("verify", {{"may_confirm", true}}, asked.error());
    return form.visit.go_to("/verify?done=asked");
}

// What a page with one button asks for where no link has led to it.
enum class Asks : std::uint8_t { nothing, code, address_and_code };

// A page with one button, which does what a link of a mail is for.
// The links of mails differ in these members alone.
struct Button {
    std::string_view path;     // of the page and its form
    std::string_view purpose;  // of the link
    std::string_view texts;    // "not_me": not_me.title, not_me.what, not_me.do
    std::string_view next;     // where one gets another link
    std::string_view aside;    // where one goes who is done, or does not want the button
    std::string_view aside_title;
    Asks asks = Asks::nothing;
};
constexpr Button not_me_button{"not-me", "not_me", "not_me", "forgot", "forgot", "forgot.title"};
constexpr Button agree_button{"agree-address", "change_old",          "agree", "account/address", "account",
                              "account.title", Asks::address_and_code};
constexpr Button undo_button{"undo-address", "undo_change", "undo", "forgot", "forgot", "forgot.title"};
constexpr Button confirm_button{"confirm-address", "change_new",    "confirm", "account/address",
                                "account",         "account.title", Asks::code};
constexpr Button sign_in_button{"sign-in-link", "sign_in", "sign_in_link", "sign-in", "forgot", "forgot.title"};

// What came of them: the word in `done`, and the text that says it.
struct Outcome {
    std::string_view word, text;
};
constexpr std::array outcomes{Outcome{"ended", "not_me.done"}, Outcome{"undone", "undo.done"},
                              Outcome{"changed", "address.changed"}, Outcome{"one_side", "address.one_side"}};

std::string text_of(const Visit& visit, const Button& button, std::string_view part) {
    return visit.text(std::string(button.texts).append(".").append(part));
}

struct Pressed {
    static constexpr std::string_view schema_name = "MailButtonForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string token, email, code;
};
KEYHOLD_FIELDS(Pressed, (token, may_be_absent()), (email, may_be_absent()), (code, may_be_absent()))

Values values_of(const Visit& visit, const Button& button) {
    return {{"heading", text_of(visit, button, "title")}, {"path", std::string(button.path)},
            {"what", text_of(visit, button, "what")},     {"button", text_of(visit, button, "do")},
            {"aside", std::string(button.aside)},         {"aside_title", visit.text(std::string(button.aside_title))}};
}

Values values_with_code(const Visit& visit, const Button& button, const Pressed& typed) {
    auto values = values_of(visit, button);
    values.emplace_back("asks_code", true);
    values.emplace_back("asks_email", button.asks == Asks::address_and_code);
    values.emplace_back("email", typed.email);
    values.emplace_back("code", typed.code);
    return values;
}

Answer show_button(const Visit& visit, const Button& button, const Link& link, domain::Recovery& recovery) {
    for (const Outcome& outcome : outcomes) {
        if (link.done != outcome.word || !visit.done(outcome.word)) continue;
        auto values = values_of(visit, button);
        values.emplace_back("done", visit.text(outcome.text));
        values.emplace_back("is_next", true);
        return visit.show("mail_button", std::move(values));
    }
    if (link.token.empty() && button.asks != Asks::nothing)
        return visit.show("mail_button", values_with_code(visit, button, {}));
    // Looked at without being used up, so that nobody presses a button in vain.
    if (!recovery.is_usable(button.purpose, link.token)) return show_dead_link(visit, button.next);
    auto values = values_of(visit, button);
    values.emplace_back("token", link.token);
    if (const auto about =
            button.purpose == not_me_button.purpose ? std::nullopt : recovery.find_about(button.purpose, link.token)) {
        values.emplace_back("username", about->account.username);
        values.emplace_back("address", about->address);
        values.emplace_back("is_new", button.asks != Asks::nothing);
    }
    return visit.show("mail_button", std::move(values));
}

Answer go_to_done(const Visit& visit, const Button& button, std::string_view word) {
    return visit.go_to(std::string("/").append(button.path).append("?done=").append(word));
}

// What came of a button that was pressed.
Answer show_refusal(const Visit& visit, const Button& button, const Pressed& pressed, const Error& error) {
    if (pressed.token.empty() && button.asks != Asks::nothing)
        return visit.show_error("mail_button", values_with_code(visit, button, pressed), error);
    if (error.errc() == errors::one_time_secret_invalid) return show_dead_link(visit, button.next);
    return visit.show_error("mail_button", values_of(visit, button), error);
}

Answer show_consent(const Visit& visit, const Button& button, const Pressed& pressed, const Result<bool>& outcome) {
    if (!outcome) return show_refusal(visit, button, pressed, outcome.error());
    return go_to_done(visit, button, *outcome ? "changed" : "one_side");
}

// GET /not-me
Answer show_not_me(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, not_me_button, *link, recovery);
}

// POST /not-me
Answer not_me(const Form<Pressed>& form, domain::Recovery& recovery) {
    if (auto done = recovery.deny({.token = form.fields.token}); !done)
        return show_refusal(form.visit, not_me_button, form.fields, done.error());
    return go_to_done(form.visit, not_me_button, "ended");
}

struct NewAddress {
    static constexpr std::string_view schema_name = "AddressForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string email;
};
KEYHOLD_FIELDS(NewAddress, (email, may_be_absent()))

// GET /account/address
Answer show_address(const RecentVisit& visit, const http::Query<Link>& link) {
    Values values;
    if (link->done == "asked" && visit.done(link->done))
        values.emplace_back("done", visit.text("account_address.asked"));
    return visit.show("account_address", std::move(values));
}

// POST /account/address
Answer change_address(const RecentForm<NewAddress>& form, domain::Recovery& recovery) {
    const auto& [visit, fields] = form;
    const auto asked = recovery.ask_change(visit.who().account_id(), fields.email, cause_of(visit));
    if (!asked) return visit.show_error("account_address", {{"email", fields.email}}, asked.error());
    return visit.go_to("/account/address?done=asked");
}

// GET /confirm-address: the mail to the new address. Whoever presses the button has to be signed in.
Answer show_confirm(const PersonalVisit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    const auto about = recovery.find_about(confirm_button.purpose, link->token);
    if (about && about->account.id != visit.who().account_id()) return visit.show("verify", {{"is_of_another", true}});
    return show_button(visit, confirm_button, *link, recovery);
}

// POST /confirm-address
Answer confirm(const PersonalForm<Pressed>& form, domain::Recovery& recovery) {
    const auto& [visit, fields] = form;
    return show_consent(visit, confirm_button, fields,
                        recovery.confirm_change(visit.who().account_id(), {.token = fields.token, .code = fields.code},
                                                cause_of(visit)));
}

// GET /agree-address: the mail to the old address.
Answer show_agree(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, agree_button, *link, recovery);
}

// POST /agree-address
Answer agree(const Form<Pressed>& form, domain::Recovery& recovery) {
    const auto& [visit, fields] = form;
    return show_consent(visit, agree_button, fields,
                        recovery.agree_to_change({fields.token, fields.email, fields.code}, cause_of(visit)));
}

// GET /undo-address
Answer show_undo(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, undo_button, *link, recovery);
}

// POST /undo-address
Answer undo(const Form<Pressed>& form, domain::Recovery& recovery) {
    if (auto done = recovery.undo_change({.token = form.fields.token}); !done)
        return show_refusal(form.visit, undo_button, form.fields, done.error());
    return go_to_done(form.visit, undo_button, "undone");
}

// GET /sign-in-link
Answer show_sign_in_link(const Visit& visit, const http::Query<Link>& link, domain::Recovery& recovery) {
    return show_button(visit, sign_in_button, *link, recovery);
}

// POST /sign-in-link
Answer sign_in_by_link(const Form<Pressed>& form, domain::Accounts& accounts, domain::Recovery& recovery,
                       domain::Sessions& sessions, domain::Tokens& tokens) {
    const Visit& visit = form.visit;
    auto logged_in = domain::log_in_by_link(form.fields.token, client_of(visit), accounts, recovery, sessions, tokens);
    if (!logged_in) return show_refusal(visit, sign_in_button, form.fields, logged_in.error());
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
    mount.add(get, "/verify", page_route("The page to verify the address", looking_up), show_verify_page);
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
