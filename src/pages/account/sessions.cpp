// SPDX-License-Identifier: Apache-2.0
// /account/sessions: where somebody is signed in, with devices in words, and the end of what should not go on.
#include "domain/sessions/sessions.hpp"

#include "pages/device_words.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {

// "Firefox on Windows", in the language of the page.
std::string device_in_words(const Visit& visit, std::string_view device) {
    const auto [browser, system] = device_words(device);
    if (browser.empty()) return visit.text("sessions.unknown");
    if (system.empty()) return std::string(browser);
    return visit.text("sessions.device", {{"browser", std::string(browser)}, {"system", std::string(system)}});
}

namespace {

// `cursor` is the next page, `done` what a button has just done.
struct WantedSessions {
    static constexpr std::string_view schema_name = "SessionsWay";
    std::string cursor;
    std::string done;
};
KEYHOLD_FIELDS(WantedSessions, (cursor, may_be_absent()), (done, may_be_absent()))

// `own` is the session of this browser, which is marked and has no button.
Values shown(const Visit& visit, const domain::Session& session, std::string_view own) {
    return {{"id", session.id},
            {"current", session.id == own},
            {"device", device_in_words(visit, session.device)},
            {"user_agent", session.device},
            {"address", session.address},
            {"began", session.created_at},
            {"used", session.last_used_at}};
}

// GET /account/sessions
Answer show_sessions(const PersonalVisit& visit, const http::Query<WantedSessions>& wanted,
                     domain::Sessions& sessions) {
    constexpr int on_a_page = 20;
    const auto page = sessions.list(visit.who().account_id(), wanted->cursor, on_a_page);
    std::vector<Values> list;
    for (const domain::Session& session : page.sessions)
        list.push_back(shown(visit, session, visit.who().session_id()));
    Values values{{"has_others", page.sessions.size() > 1 || !page.next.empty() || !wanted->cursor.empty()},
                  {"sessions", std::move(list)},
                  {"next", page.next}};
    for (const char* done : {"one", "others"})
        if (wanted->done == done && visit.done(done))
            values.emplace_back("done", visit.text(std::string("sessions.done_") + done));
    return visit.show("sessions", std::move(values));
}

// One session by its id, or all but this one.
struct End {
    static constexpr std::string_view schema_name = "EndSessionForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string id;  // empty: all but this one
};
KEYHOLD_FIELDS(End, (id, may_be_absent()))

// POST /account/sessions
Answer end_sessions(const PersonalForm<End>& form, domain::Sessions& sessions) {
    const auto& [visit, fields] = form;
    const Visitor& who = visit.who();
    if (fields.id.empty()) {
        sessions.end_all({.account_id = who.account_id(), .all_but = who.session_id()}, domain::revoked);
        return visit.go_to("/account/sessions?done=others");
    }
    // One that is over already, or that is somebody else's, is not there either way.
    (void)sessions.end(fields.id, who.account_id(), domain::revoked);
    return visit.go_to("/account/sessions?done=one");
}

}  // namespace

void add_session_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/account/sessions", page_route("Where I am signed in", http::On::storing),
              show_sessions);
    mount.add(http::Method::post, "/account/sessions", page_route("End sessions", http::On::storing), end_sessions);
}

}  // namespace keyhold::pages
