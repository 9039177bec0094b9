// SPDX-License-Identifier: Apache-2.0
// /admin/api/events and /admin/api/sessions: what happened, and who is signed in.
#include "api/admin_shapes.hpp"
#include "api/routes.hpp"
#include "domain/event_chain.hpp"
#include "domain/sessions/sessions.hpp"
#include "http/errors.hpp"

namespace keyhold::api {
namespace {

struct EventSearch {
    std::string account, actor, kind;
    std::optional<std::string> since, until;
    int limit = 100;
    std::string cursor;
};
KEYHOLD_FIELDS(EventSearch, (account, about("Events about this account, by its id"), otherwise("")),
               (actor, about("Events that this account caused, by its id"), otherwise("")),
               (kind, about("Events of this kind: `signed_in`, `refused`, `role_granted` ..."), otherwise("")),
               (since, about("From this moment on (RFC 3339)")), (until, about("Before this moment (RFC 3339)")),
               (limit, range(1, 1000), otherwise(100), about("How many a page has at most")),
               (cursor, about("`next` of the page before"), otherwise("")))

struct ShownEvent {
    static constexpr std::string_view schema_name = "AdminEvent";
    std::string id;
    std::optional<std::int64_t> sequence;
    std::string at, kind, account_id;
    std::optional<std::string> account;
    std::string actor_id;
    std::optional<std::string> actor;
    std::string door, object, reason;
    std::int64_t times = 1;
    std::string address, device, note;
};
KEYHOLD_FIELDS(ShownEvent, (id, about("The order of ids is that of time")),
               (sequence, about("Its number in the chain; absent until it is sealed")), (at, about("When (RFC 3339)")),
               (kind, about("What happened")), (account_id, about("Whom it is about; empty: nobody")),
               (account, about("What that account is called today; absent if it is gone")),
               (actor_id, about("Whose token or cookie was shown; empty: nobody's")),
               (actor, about("What that account is called today")),
               (door, about("`page`, `api`, `admin`, `oauth`, `command` or `server`")),
               (object, about("The session, role, client or key that it is about, by its id")),
               (reason, about("Why, as a code")), (times, about("How often; one event may tell of many")),
               (address, about("From where")), (device, about("With what; of a command, who gave it")),
               (note, about("What else it says of the person")))

struct EventList {
    static constexpr std::string_view schema_name = "AdminEvents";
    std::vector<ShownEvent> events;
    std::optional<std::string> next;
};
KEYHOLD_FIELDS(EventList, (events, about("Newest first")),
               (next, about("The cursor of the next page; absent on the last")))

// A day ("2026-11-30") or a moment (RFC 3339) of the query. The rules of KEYHOLD_FIELDS know either form alone, so it
// is checked here. Refused: validation_failed, naming the parameter.
Result<std::optional<Time>> time_in(const std::optional<std::string>& text, const char* field) {
    if (!text) return std::optional<Time>();
    const auto time = parse_day_or_time(*text);
    if (time) return time;
    return Error(
        errors::validation_failed,
        std::vector{FieldError{
            "value_error", {"query", field}, "This is no day and no moment: 2026-11-30 or 2026-11-30T08:00:00Z", {}}});
}

ShownEvent shown_event(store::ShownEvent&& shown) {
    store::Event& event = shown.event;
    return {.id = std::move(event.id),
            .sequence = event.sequence,
            .at = rfc3339(event.at),
            .kind = std::move(event.kind),
            .account_id = std::move(event.account_id),
            .account = std::move(shown.account),
            .actor_id = std::move(event.actor_id),
            .actor = std::move(shown.actor),
            .door = std::move(event.door),
            .object = std::move(event.object),
            .reason = std::move(event.reason),
            .times = event.times,
            .address = std::move(event.address),
            .device = std::move(event.device),
            .note = std::move(event.note)};
}

// GET /admin/api/events: newest first. `before` is the id of the last event of the page before, so that a page costs
// the same wherever it is, and events that happen meanwhile move nothing.
Result<EventList> list_events(const Onlooker&, const http::Query<EventSearch>& wanted, store::EventStore& events) {
    const auto since = time_in(wanted->since, "since"), until = time_in(wanted->until, "until");
    if (!since) return since.error();
    if (!until) return until.error();
    if (!wanted->kind.empty() && !store::is_event_kind(wanted->kind))
        return Error(errors::validation_failed,
                     std::vector{FieldError{
                         "value_error", {"query", "kind"}, "There is no such kind of event: docs/events.md", {}}});
    auto page = events.list({.account = wanted->account,
                             .actor = wanted->actor,
                             .kind = wanted->kind,
                             .before = wanted->cursor,
                             .since = *since,
                             .until = *until,
                             .limit = wanted->limit});
    EventList list;
    for (store::ShownEvent& one : page.events) list.events.push_back(shown_event(std::move(one)));
    if (!page.next.empty()) list.next = std::move(page.next);
    return list;
}

struct LiveSession {
    static constexpr std::string_view schema_name = "AdminLiveSession";
    std::string id, account_id, device, address, created_at, last_used_at, expires_at, client_id;
};
KEYHOLD_FIELDS(LiveSession, (id, about("Stands in its tokens as `sid`")), (account_id, about("Whose it is")),
               (device, about("What the client says it is")), (address, about("Where the log-in came from")),
               (created_at, about("RFC 3339, as the others")), (last_used_at, about("The log-in or the last refresh")),
               (expires_at, about("Unless it is refreshed before")),
               (client_id, about("The OAuth client that it was given to; empty: none")))

struct LiveSessions {
    static constexpr std::string_view schema_name = "AdminLiveSessions";
    std::vector<LiveSession> sessions;
    std::optional<std::string> next;
};
KEYHOLD_FIELDS(LiveSessions, (sessions, about("Those that are live, newest first")),
               (next, about("The cursor of the next page; absent on the last")))

LiveSession shown_session(const domain::Session& session, const domain::Sessions& sessions) {
    return {.id = session.id,
            .account_id = session.account_id,
            .device = session.device,
            .address = session.address,
            .created_at = rfc3339(session.created_at),
            .last_used_at = rfc3339(session.last_used_at),
            .expires_at = rfc3339(sessions.expires_at(session)),
            .client_id = session.client_id};
}

// GET /admin/api/sessions: everybody's, of people and of OAuth clients, newest first.
LiveSessions list_all_sessions(const Onlooker&, const http::Query<http::Page>& wanted, domain::Sessions& sessions) {
    const auto page = sessions.list_all(wanted->cursor, wanted->limit);
    LiveSessions list;
    for (const domain::Session& session : page.sessions) list.sessions.push_back(shown_session(session, sessions));
    if (!page.next.empty()) list.next = page.next;
    return list;
}

// DELETE /admin/api/sessions/{id}. A session has no entity tag, so that an If-Match that names one is refused:
// precondition_failed. Refused also: session_not_found; rights_exceeded, for a session of an administrator, unless
// `who` is an owner.
Result<> end_any_session(
    const Administrator& who,
    const http::Path<"id", std::string, about("The session's id, from GET /admin/api/sessions")>& id,
    const OptionalIfMatch& seen, domain::Administration& administration) {
    if (auto checked = seen.check_untagged(); !checked) return checked;
    return administration.end_session(*id, who.rights());
}

}  // namespace

void add_admin_event_routes(http::Mount& mount) {
    using enum http::Method;
    using enum http::On;
    mount.add(get, "/admin/api/events",
              about_route("What happened", looking_up,
                          "Events, newest first, by account, by who did it, by kind and by time. A page costs the same "
                          "wherever it is."),
              list_events);
    mount.add(get, "/admin/api/sessions",
              about_route("Who is logged in", storing, "The live sessions of everybody, newest first."),
              list_all_sessions);
    mount.add(delete_, "/admin/api/sessions/{id}",
              about_route("End a session", storing, "Its tokens are refused from the moment of the answer.",
                          {errors::session_not_found, errors::rights_exceeded}),
              end_any_session);
}

}  // namespace keyhold::api
