// SPDX-License-Identifier: Apache-2.0
// /admin/sessions: who is signed in, newest first, and the end of what should not go on.
#include "domain/accounts/administration.hpp"
#include "domain/errors.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

// Sessions of all accounts, each with its username; the id where the account was deleted meanwhile.
Values values_of(const AdminVisit& visit, std::string_view cursor, domain::Administration& administration,
                 domain::Sessions& sessions) {
    constexpr int on_a_page = 50;
    const auto page = sessions.list_all(cursor, on_a_page);
    std::vector<Values> list;
    for (const domain::Session& session : page.sessions) {
        Values one = shown_session(visit, session);
        const auto account = administration.find(session.account_id);
        one.emplace_back("username", account ? account->username : session.account_id);
        one.emplace_back("may_end",
                         visit.may_change() && (!account || administration.check_owner(*account, visit.rights())));
        list.push_back(std::move(one));
    }
    Values values{
        {"has_sessions", !list.empty()},
        {"sessions", std::move(list)},
        {"how", how(visit, {{"admin_sessions.end", "keyhold session revoke ID", "DELETE", "/admin/api/sessions/ID"}})}};
    if (!page.next.empty()) values.emplace_back("next", encoded(page.next));
    if (!cursor.empty()) add_first(values, "");
    return values;
}

// GET /admin/sessions
Answer show_all_sessions(const SupportVisit& visit, const http::Query<AdminDone>& way,
                         domain::Administration& administration, domain::Sessions& sessions) {
    Values values = values_of(visit, way->cursor, administration, sessions);
    add_done(values, visit, "admin_sessions", way->done);
    return visit.show("sessions", std::move(values));
}

struct EndAnySession {
    static constexpr std::string_view schema_name = "AdminEndSessionForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string session;
};
KEYHOLD_FIELDS(EndAnySession, (session))

// POST /admin/sessions
Answer end_any_session(const ManagerForm<EndAnySession>& form, domain::Administration& administration,
                       domain::Sessions& sessions) {
    const auto& [visit, fields] = form;
    const auto ended = administration.end_session(fields.session, visit.rights());
    // One that is over already is what was wanted.
    if (ended || ended.error().errc() == errors::session_not_found) return visit.go_to("/admin/sessions?done=ended");
    return visit.show_error("sessions", values_of(visit, "", administration, sessions), ended.error());
}

}  // namespace

void add_admin_session_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/sessions", admin_route("Who is signed in", http::On::storing),
              show_all_sessions);
    mount.add(http::Method::post, "/admin/sessions", admin_route("End a session", http::On::storing), end_any_session);
}

}  // namespace keyhold::pages
