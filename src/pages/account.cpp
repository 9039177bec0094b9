// SPDX-License-Identifier: Apache-2.0
// /account: what somebody sees and does about the own account. The password is shown again before it is closed or taken
// away as a file; a new password asks for the old one by itself.
#include "domain/accounts.hpp"

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "domain/account_closing.hpp"
#include "domain/errors.hpp"
#include "domain/event_chain.hpp"
#include "http/session_cookies.hpp"
#include "pages/admin/visit.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

struct Done {
    static constexpr std::string_view schema_name = "DoneWay";
    std::string done;
};
KEYHOLD_FIELDS(Done, (done, may_be_absent()))

// GET /account
Result<Answer> show_account(const PersonalVisit& visit, const http::Query<Done>& way, domain::Accounts& accounts,
                            domain::Roles& roles) {
    const auto account = accounts.find_by_id(visit.who().account_id());
    if (!account) return errors::not_authenticated;
    Values values{{"username", account->username},
                  {"since", rfc3339(account->created_at)},
                  {"sends_mails", visit.site().sends_mails},
                  {"may_administer", level_of(rights_of(visit.who(), roles)) != Level::nobody}};
    if (account->email) {
        values.emplace_back("email", *account->email);
        values.emplace_back("is_unverified", !account->email_verified && visit.site().sends_mails);
    }
    if (way->done == "password") values.emplace_back("done", visit.text("account.done_password"));
    if (way->done == "came_back") values.emplace_back("done", visit.text("account.done_came_back"));
    if (way->done == "address") values.emplace_back("done", visit.text("account.done_address"));
    return visit.show("account", std::move(values));
}

// GET /account/password
Answer show_password(const PersonalVisit& visit) {
    return visit.show("account_password", {{"username", visit.who().username()}});
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
                                 {.origin = request.remote_address,
                                  .device = request.find("User-Agent").value_or(""),
                                  .language = visit.language().code});
    if (changed) return visit.go_to("/account?done=password");
    Values values{{"username", visit.who().username()}};
    if (changed.error().errc() == errors::wrong_password)
        values.emplace_back("current_password_error", visit.text("error.wrong_password"));
    return visit.show_error("account_password", std::move(values), changed.error());
}

// GET /account/data: what is kept of an account, for whom it belongs to (GDPR, article 20).
Result<http::File> take_data(const RecentVisit& visit, domain::Accounts& accounts, domain::Sessions& sessions,
                             store::EventStore& events) {
    const auto account = accounts.find_by_id(visit.who().account_id());
    if (!account) return errors::not_authenticated;
    events.add(store::events::exported, {.account = account->id, .object = "account"});
    http::File file{.media_type = "application/json", .name = "account.json"};
    json::Writer out(file.bytes);
    out.begin_object();
    out.name("account");
    out.begin_object();
    out.member("id", account->id);
    out.member("username", account->username);
    out.member("created_at", rfc3339(account->created_at));
    out.end_object();
    out.name("sessions");
    out.begin_array();
    constexpr int at_once = 100;
    std::string next;
    do {
        const auto page = sessions.list(account->id, next, at_once);
        for (const domain::Session& session : page.sessions) {
            out.begin_object();
            out.member("id", session.id);
            out.member("device", session.device);
            out.member("address", session.address);
            out.member("created_at", rfc3339(session.created_at));
            out.member("last_used_at", rfc3339(session.last_used_at));
            out.end_object();
        }
        next = page.next;
    } while (!next.empty());
    out.end_array();
    out.end_object();
    return file;
}

// GET /account/close
Values values_of(const domain::AccountClosing& closing, std::string username = {}) {
    Values values{{"days", std::to_string(closing.stays().count())}};
    values.emplace_back(closing.stays().count() > 0 ? "stays" : "is_erased", true);
    if (!username.empty()) values.emplace_back("username", std::move(username));
    return values;
}

Answer show_close(const RecentVisit& visit, domain::AccountClosing& closing) {
    return visit.show("account_close", values_of(closing));
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
    if (fields.username != visit.who().username())
        return visit.show_error(
            "account_close", values_of(closing, fields.username),
            Error(errors::validation_failed,
                  std::vector{FieldError{
                      "value_error", {"body", "username"}, visit.text("account_close.other_name"), std::nullopt}}));
    const auto account = accounts.find_by_id(visit.who().account_id());
    if (account) {
        const auto closed = closing.close(*account, {.origin = visit.request().remote_address,
                                                     .device = visit.request().find("User-Agent").value_or(""),
                                                     .language = visit.language().code});
        if (!closed) return visit.show_error("account_close", values_of(closing, fields.username), closed.error());
    }
    return visit.go_to_as_another(closing.stays().count() > 0 ? "/sign-out?closed=1" : "/sign-out?closed=for_good",
                                  http::end_session_cookies());
}

}  // namespace

void add_account_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    mount.add(get, "/account", page_route("My account", looking_up), show_account);
    mount.add(get, "/account/password", page_route("The page to change the password", looking_up), show_password);
    mount.add(post, "/account/password", page_route("Change the password", hashing), change_password);
    auto file = page_route("My data as a file", storing);
    file.no_store = true;
    mount.add(get, "/account/data", file, take_data);
    mount.add(get, "/account/close", page_route("The page to close the account", looking_up), show_close);
    mount.add(post, "/account/close", page_route("Close the account", storing), close_account);
}

}  // namespace keyhold::pages
