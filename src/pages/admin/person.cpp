// SPDX-License-Identifier: Apache-2.0
// /admin/users/{id}: one account, why it cannot sign in if it cannot, and what is done to it with one button.
#include <array>

#include "domain/accounts/administration.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/event_chain.hpp"
#include "domain/sessions/sessions.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

using domain::Account;
using domain::Administration;

constexpr int few = 20;  // events and sessions; the rest have pages of their own

// One button of the page. `version` is the account as it was seen, so that two administrators do not overwrite each
// other.
struct Act {
    static constexpr std::string_view schema_name = "AdminUserForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, version, session;
};
KEYHOLD_FIELDS(Act, (action, one_of("disable", "enable", "end_sessions", "end_session", "unlock", "mail_reset")),
               (version, may_be_absent()), (session, may_be_absent()))

// What the actions below work with.
struct Parts {
    Administration& administration;
    domain::Sessions& sessions;
    domain::Recovery& recovery;
    store::EventStore& events;
};

// What the buttons do: a row each.
struct Action {
    std::string_view word;                // of the form; its texts are admin_user.<word> and admin_user.done_<word>
    std::string_view command;             // what stands before the name
    std::string_view method, path, body;  // of the API, below /admin/api/users/{id}
    bool names_version;
    Result<> (*make)(const ManagerVisit& visit, const Account& account, const Act& act, Parts& parts);
};

template <bool disabled>
Result<> set_disabled(const ManagerVisit& visit, const Account& account, const Act& act, Parts& parts) {
    const auto done = parts.administration.set_disabled({account.id, act.version}, disabled, visit.rights());
    return done ? Result<>() : Result<>(done.error());
}
Result<> end_sessions_of_user(const ManagerVisit& visit, const Account& account, const Act&, Parts& parts) {
    const auto ended = parts.administration.end_sessions(account.id, visit.rights());
    return ended ? Result<>() : Result<>(ended.error());
}
// Only a session of this account: the id comes from the form.
Result<> end_session_of_user(const ManagerVisit& visit, const Account& account, const Act& act, Parts& parts) {
    return parts.administration.end_session(act.session, visit.rights(), account.id);
}
// Forgets the failed log-ins of today.
Result<> unlock(const ManagerVisit& visit, const Account& account, const Act&, Parts& parts) {
    return parts.administration.unlock(account.id, visit.rights());
}
// The mail is made without the administrator's address and language: its reader shall not learn where the administrator
// is.
Result<> mail_reset(const ManagerVisit& visit, const Account& account, const Act&, Parts& parts) {
    return parts.administration.mail_reset(account.id, visit.rights(), parts.recovery);
}

constexpr std::array actions{
    Action{"disable", "keyhold user disable", "PUT", "/disabled", R"({"disabled":true})", true, set_disabled<true>},
    Action{"enable", "keyhold user enable", "PUT", "/disabled", R"({"disabled":false})", true, set_disabled<false>},
    Action{"end_sessions", "keyhold session revoke-all", "DELETE", "/sessions", "", false, end_sessions_of_user},
    Action{"end_session", "keyhold session revoke", "DELETE", "/sessions/SESSION", "", false, end_session_of_user},
    Action{"unlock", "keyhold user unlock", "DELETE", "/lock", "", false, unlock},
    Action{"mail_reset", "", "POST", "/reset-mail", "", false, mail_reset},
};

// The account as it is. It refers to what the page has read of it.
struct State {
    const Account& account;
    const domain::Obstacles& obstacles;
    bool is_last;  // Administration::is_last_administrator()
};

// Whether the button makes sense for the account, and would not be refused for sure.
bool is_offered(const Action& action, const State& state, const Site& site) {
    const auto& [account, obstacles, is_last] = state;
    if (action.word == "disable") return !account.disabled && !is_last;
    if (action.word == "enable") return account.disabled;
    if (action.word == "unlock") return obstacles.guesses.failures > 0;
    if (action.word == "mail_reset") return site.sends_mails && account.email && !account.disabled;
    return action.word != "end_session";  // stands beside each session
}

// The buttons, and for each the command and the call of the API that do the same.
void add_actions(Values& values, const AdminVisit& visit, const State& state) {
    const Account& account = state.account;
    std::vector<Values> buttons;
    std::vector<SameThing> things;
    // Quoted, since the command is there to be copied into a shell.
    const std::string name = argument_for_command(account.username), path = "/admin/api/users/" + account.id;
    for (const Action& action : actions) {
        const bool is_beside_each = action.word == "end_session";
        if (!is_beside_each && !is_offered(action, state, visit.site())) continue;
        const std::string label = "admin_user." + std::string(action.word);
        if (!is_beside_each) buttons.push_back({{"action", std::string(action.word)}, {"label", visit.text(label)}});
        SameThing thing{.label = label, .command = {}};
        if (!action.command.empty())
            thing.command = std::string(action.command) + " " + (is_beside_each ? "SESSION" : name);
        if (!action.path.empty()) thing.path = path + std::string(action.path);
        thing.method = action.method;
        thing.body = action.body;
        if (action.names_version) thing.version = domain::version_of(account);
        things.push_back(std::move(thing));
    }
    values.emplace_back("actions", std::move(buttons));
    values.emplace_back("how", how(visit, things));
}

// In sentences: what keeps the person from signing in, as far as the server knows it.
void add_obstacles(Values& values, const Visit& visit, const domain::Obstacles& obstacles,
                   const std::vector<store::ShownEvent>& newest) {
    std::vector<Values> sentences;
    const auto say = [&](std::string_view key, const Values& of = {}, const std::optional<Time>& moment = {}) {
        sentences.push_back({{"sentence", visit.text(std::string("admin_why.").append(key), of)}});
        if (moment) sentences.back().emplace_back("moment", *moment);
    };
    if (obstacles.disabled) say("disabled");
    if (obstacles.guesses.locked_until)
        say("locked", {{"times", std::to_string(obstacles.guesses.failures)}}, obstacles.guesses.locked_until);
    if (obstacles.has_nothing_to_type) say("no_address");
    if (!obstacles.hash_refused.empty()) say("hash", {{"why", obstacles.hash_refused}});
    const bool nothing = sentences.empty();
    if (nothing) say("nothing");
    if (nothing && obstacles.guesses.failures > 0)
        say("failures", {{"times", std::to_string(obstacles.guesses.failures)}});
    // Among the newest events, which are on the page anyway: an older one costs no question.
    const auto last = [&](std::string_view kind) {
        for (const store::ShownEvent& one : newest)
            if (one.event.kind == kind) return std::optional(one.event.at);
        return std::optional<Time>();
    };
    if (const auto at = last("signed_in")) say("last_signed_in", {}, at);
    if (const auto at = last("refused")) say("last_refused", {}, at);
    values.emplace_back("sentences", std::move(sentences));
}

// The first twenty, with a link to the others.
void add_sessions(Values& values, const AdminVisit& visit, const Account& account, domain::Sessions& sessions) {
    const auto page = sessions.list(account.id, "", few);
    std::vector<Values> list;
    for (const domain::Session& session : page.sessions) list.push_back(shown_session(visit, session));
    values.emplace_back("has_sessions", !list.empty());
    values.emplace_back("sessions", std::move(list));
    values.emplace_back("more_sessions", !page.next.empty());
}

// All values of the page. Support may see them; buttons are for managers alone.
Values values_of(const AdminVisit& visit, const Account& account, Parts& parts) {
    Values values{{"id", account.id},
                  {"version", domain::version_of(account)},
                  {"username", account.username},
                  {"email", account.email.value_or("")},
                  {"is_unverified", account.email && !account.email_verified},
                  {"is_disabled", account.disabled},
                  {"since", account.created_at}};
    std::vector<Values> roles;
    for (const std::string& role : parts.administration.roles_of(account)) roles.push_back({{"role", role}});
    values.emplace_back("has_roles", !roles.empty());
    values.emplace_back("roles", std::move(roles));
    const auto obstacles = parts.administration.obstacles_of(account);
    const auto timeline = parts.events.list({.account = account.id, .limit = few});
    add_obstacles(values, visit, obstacles, timeline.events);
    add_sessions(values, visit, account, parts.sessions);
    // By what refuses the actions themselves, so that no button is there in vain.
    const bool may_act = visit.may_change() && parts.administration.check_owner(account, visit.rights());
    const bool is_last = may_act && parts.administration.is_last_administrator(account);
    if (may_act) add_actions(values, visit, {account, obstacles, is_last});
    values.emplace_back("may_act", may_act);
    values.emplace_back("is_last", is_last);
    const bool may_sign_in_as = may_act && parts.administration.check_within(account, visit.rights());
    values.emplace_back("may_link", may_sign_in_as && !account.disabled);
    values.emplace_back("exceeds", may_act && !may_sign_in_as);
    std::vector<Values> events;
    for (const store::ShownEvent& one : timeline.events) events.push_back(shown_event(visit, one));
    values.emplace_back("events", std::move(events));
    values.emplace_back("more_events", !timeline.next.empty());
    return values;
}

// GET /admin/users/{id}
Result<Answer> show_person(const SupportVisit& visit, const http::Path<"id">& id, const http::Query<AdminDone>& way,
                           Administration& administration, domain::Sessions& sessions, domain::Recovery& recovery,
                           store::EventStore& events) {
    Parts parts{administration, sessions, recovery, events};
    const auto account = administration.find(*id);
    if (!account) return account.error();
    Values values = values_of(visit, *account, parts);
    add_done(values, visit, "admin_user", way->done);
    return visit.show("user", std::move(values));
}

// POST /admin/users/{id}
Result<Answer> act(const ManagerForm<Act>& form, const http::Path<"id">& id, Administration& administration,
                   domain::Sessions& sessions, domain::Recovery& recovery, store::EventStore& events) {
    Parts parts{administration, sessions, recovery, events};
    const auto& [visit, fields] = form;
    const auto account = administration.find(*id);
    if (!account) return account.error();
    for (const Action& action : actions) {
        if (action.word != fields.action) continue;
        const auto done = action.make(visit, *account, fields, parts);
        if (done) return visit.go_to("/admin/users/" + account->id + "?done=" + fields.action);
        // As it is now, as the button may have been refused because somebody changed it.
        const auto now = administration.find(*id);
        if (!now) return now.error();
        return visit.show_error("user", values_of(visit, *now, parts), done.error());
    }
    // An action of no row: a form of another release.
    return visit.go_to("/admin/users/" + account->id);
}

}  // namespace

Values shown_session(const Visit& visit, const domain::Session& session) {
    return {{"session", session.id},
            {"account_id", session.account_id},
            {"device", device_in_words(visit, session.device)},
            {"user_agent", session.device},
            {"address", session.address},
            {"client", session.client_id},
            {"client_path", encoded(session.client_id)},
            {"began", session.created_at},
            {"used", session.last_used_at}};
}

void add_admin_person_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/users/{id}", admin_route("One user", http::On::storing), show_person);
    mount.add(http::Method::post, "/admin/users/{id}", admin_route("Change a user", http::On::storing), act);
}

}  // namespace keyhold::pages
