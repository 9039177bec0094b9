// SPDX-License-Identifier: Apache-2.0
// /account: what somebody sees and does about the own account. The password is shown again before it is closed; a new
// password asks for the old one by itself.
#include "domain/accounts/accounts.hpp"

#include <algorithm>
#include <array>

#include "domain/accounts/account_closing.hpp"
#include "domain/accounts/administration.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/errors.hpp"
#include "domain/event_chain.hpp"
#include "http/routes/session_cookies.hpp"
#include "pages/admin/visit.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

// What a form has just done, which the page says once.
struct Done {
    static constexpr std::string_view schema_name = "DoneWay";
    std::string done;
};
KEYHOLD_FIELDS(Done, (done, may_be_absent()))

// GET /account
Result<Answer> show_account(const PersonalVisit& visit, const http::Query<Done>& way, domain::Accounts& accounts,
                            domain::Roles& roles, domain::Profiles& profiles) {
    const auto account = accounts.find_by_id(visit.who().account_id());
    // The account was deleted a moment ago.
    if (!account) return errors::not_authenticated;
    Values values{{"username", account->username},
                  {"since", account->created_at},
                  {"sends_mails", visit.site().sends_mails},
                  {"may_administer",
                   visit.site().has_administration && level_of(rights_of(visit.who(), roles)) != Level::nobody}};
    if (account->email) {
        values.emplace_back("email", *account->email);
        values.emplace_back("is_unverified", !account->email_verified && visit.site().sends_mails);
    }
    const std::string chosen = profiles.find(account->id).locale.value_or("");
    std::vector<Values> choices;
    for (const LanguageOfMails& one : languages_of_mails)
        choices.push_back(
            {{"value", std::string(one.code)}, {"label", std::string(one.name)}, {"chosen", one.code == chosen}});
    values.emplace_back("languages_of_mails", std::move(choices));
    for (const char* word : {"password", "came_back", "address", "language"})
        if (way->done == word && visit.done(word))
            values.emplace_back("done", visit.text(std::string("account.done_") + word));
    return visit.show("account", std::move(values));
}

struct MailLanguage {
    static constexpr std::string_view schema_name = "MailLanguageForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string language;
};
KEYHOLD_FIELDS(MailLanguage, (language, one_of("", "en", "de", "fr", "es", "pt", "ja")))

// POST /account/language: of mails, whoever causes them; the same as `locale` of the profile.
Result<Answer> choose_language(const PersonalForm<MailLanguage>& form, domain::Profiles& profiles) {
    const auto& [visit, fields] = form;
    domain::Profile profile = profiles.find(visit.who().account_id());
    profile.locale = fields.language.empty() ? std::nullopt : std::optional(fields.language);
    if (auto done = profiles.replace(visit.who().account_id(), std::move(profile)); !done)
        return std::move(done).error();
    return visit.go_to("/account?done=language");
}

Values password_values(const PersonalVisit& visit, domain::Accounts& accounts) {
    return {{"username", name_to_type(visit.who(), visit.site().login_with, accounts)},
            {"sends_mails", visit.site().sends_mails}};
}

// GET /account/password
Answer show_password(const PersonalVisit& visit, domain::Accounts& accounts) {
    return visit.show("account_password", password_values(visit, accounts));
}

struct NewPassword {
    static constexpr std::string_view schema_name = "PasswordForm";
    static constexpr http::Notation notation = http::Notation::form;
    Secret current_password, new_password;
};
KEYHOLD_FIELDS(NewPassword, (current_password, may_be_absent()), (new_password, may_be_absent()))

// POST /account/password
Answer change_password(const PersonalForm<NewPassword>& form, domain::Accounts& accounts) {
    const auto& [visit, fields] = form;
    const http::Request& request = visit.request();
    const auto changed =
        accounts.change_password(visit.who().username(), fields.current_password, fields.new_password,
                                 {.address = request.remote_address,
                                  .device_token = http::find_cookie(request, http::device_cookie).value_or(""),
                                  .session_id = visit.who().session_id()},
                                 cause_of(visit));
    if (changed) return visit.go_to("/account?done=password");
    Values values = password_values(visit, accounts);
    // Beside the field too, as there are two of them.
    if (changed.error().errc() == errors::wrong_password)
        values.emplace_back("current_password_error", visit.text("error.wrong_password"));
    return visit.show_error("account_password", std::move(values), changed.error());
}

// GET /account/close
Values values_of(const domain::AccountClosing& closing, std::string username = {}) {
    Values values{{"days", std::to_string(closing.stays().count())}};
    values.emplace_back(closing.stays().count() > 0 ? "stays" : "is_erased", true);
    if (!username.empty()) values.emplace_back("username", std::move(username));
    return values;
}

Answer show_close(const RecentVisit& visit, domain::AccountClosing& closing, domain::Accounts& accounts,
                  domain::Administration& administration) {
    Values values = values_of(closing);
    // No form whose button would be refused for sure: what it says then is said at once.
    const auto account = accounts.find_by_id(visit.who().account_id());
    values.emplace_back("is_last", account && administration.is_last_administrator(*account));
    return visit.show("account_close", std::move(values));
}

struct Close {
    static constexpr std::string_view schema_name = "CloseForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string username;
};
KEYHOLD_FIELDS(Close, (username, may_be_absent()))

// POST /account/close
Answer close_account(const RecentForm<Close>& form, domain::Accounts& accounts, domain::AccountClosing& closing) {
    const auto& [visit, fields] = form;
    // Typed out, so that nobody closes an account by a slip of the hand.
    if (fields.username != visit.who().username())
        return visit.show_error(
            "account_close", values_of(closing, fields.username),
            Error(errors::validation_failed,
                  std::vector{FieldError{
                      "value_error", {"body", "username"}, visit.text("account_close.other_name"), std::nullopt}}));
    const auto account = accounts.find_by_id(visit.who().account_id());
    // Gone already: then the page says the same as if it had been closed here.
    if (account) {
        const auto closed = closing.close(*account, cause_of(visit));
        if (!closed) return visit.show_error("account_close", values_of(closing, fields.username), closed.error());
    }
    return visit.go_to_as_another(closing.stays().count() > 0 ? "/sign-out?done=closed" : "/sign-out?done=erased",
                                  http::end_session_cookies());
}

}  // namespace

void add_account_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    mount.add(get, "/account", page_route("My account", looking_up), show_account);
    mount.add(post, "/account/language", page_route("Choose the language of mails", storing), choose_language);
    mount.add(get, "/account/password", page_route("The page to change the password", looking_up), show_password);
    mount.add(post, "/account/password", page_route("Change the password", hashing), change_password);
    mount.add(get, "/account/close", page_route("The page to close the account", looking_up), show_close);
    mount.add(post, "/account/close", page_route("Close the account", storing), close_account);
}

}  // namespace keyhold::pages
