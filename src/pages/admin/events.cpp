// SPDX-License-Identifier: Apache-2.0
// /admin/events: what happened, newest first, by account, by who did it, by kind and by time.
#include "domain/administration.hpp"
#include "domain/event_chain.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

struct Search {
    static constexpr std::string_view schema_name = "AdminEventsWay";
    std::string account, actor, kind, since, until, cursor;
};
KEYHOLD_FIELDS(Search, (account, may_be_absent()), (actor, may_be_absent()), (kind, may_be_absent()),
               (since, may_be_absent()), (until, may_be_absent()), (cursor, may_be_absent()))

std::string_view sentence_of(std::string_view kind) {
    for (const store::EventKind& one : store::event_kinds)
        if (one.code == kind) return one.sentence;
    return kind;  // a newer Keyhold wrote it
}

std::vector<Values> kinds(std::string_view chosen) {
    std::vector<Values> list;
    for (const store::EventKind& kind : store::event_kinds)
        list.push_back({{"value", std::string(kind.code)}, {"chosen", kind.code == chosen}});
    return list;
}

// A day, as <input type="date"> sends it, begins in UTC; a moment of RFC 3339 is one.
std::optional<Time> time_in(std::string_view text) {
    constexpr std::size_t day = 10;  // "2026-11-30"
    return parse_time(text.size() == day ? std::string(text) + "T00:00:00Z" : std::string(text));
}

// By its id, its name or its address; what is none of them finds nothing.
std::string id_in(std::string_view text, domain::Accounts& accounts) {
    if (text.empty() || accounts.find_by_id(text)) return std::string(text);
    const auto found = accounts.find(text);
    return found ? found->id : std::string(text);
}

std::string query_of(const Search& search, std::string_view cursor) {
    std::string query;
    for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"account", search.account},
                                      {"actor", search.actor},
                                      {"kind", search.kind},
                                      {"since", search.since},
                                      {"until", search.until},
                                      {"cursor", cursor}})
        if (!value.empty()) query.append(query.empty() ? "" : "&").append(name).append("=").append(encoded(value));
    return query;
}

// GET /admin/events
Answer show_events(const SupportVisit& visit, const http::Query<Search>& wanted, domain::Accounts& accounts,
                   store::EventStore& events) {
    constexpr int on_a_page = 50;
    const std::string account = id_in(wanted->account, accounts), actor = id_in(wanted->actor, accounts);
    const auto page = events.list({.account = account,
                                   .actor = actor,
                                   .kind = wanted->kind,
                                   .before = wanted->cursor,
                                   .since = time_in(wanted->since),
                                   .until = time_in(wanted->until),
                                   .limit = on_a_page});
    std::vector<Values> list;
    for (const store::ShownEvent& one : page.events) list.push_back(shown_event(visit, one));
    std::string command = "keyhold event list";
    if (!wanted->account.empty()) command += " --account " + quoted_for_shell(wanted->account);
    if (!wanted->kind.empty()) command += " --kind " + quoted_for_shell(wanted->kind);
    Values values{
        {"account", wanted->account},
        {"actor", wanted->actor},
        {"kinds", kinds(wanted->kind)},
        {"since", wanted->since},
        {"until", wanted->until},
        {"has_events", !list.empty()},
        {"events", std::move(list)},
        {"how", how(visit, {{"admin_events.list", std::move(command), "GET",
                             "/admin/api/events?account=" + encoded(account) + "&kind=" + encoded(wanted->kind)}})}};
    if (!page.next.empty()) values.emplace_back("next", query_of(*wanted, page.next));
    if (!wanted->cursor.empty()) add_first(values, query_of(*wanted, ""));
    return visit.show("events", std::move(values));
}

}  // namespace

Values shown_event(const Visit& visit, const store::ShownEvent& shown) {
    const store::Event& event = shown.event;
    Values values{{"at", rfc3339(event.at)},
                  {"sentence", std::string(sentence_of(event.kind))},
                  {"kind", event.kind},
                  {"about_id", event.account_id},
                  {"about", shown.account.value_or(event.account_id)},
                  {"door", event.door},
                  {"object", event.object},
                  {"reason", event.reason},
                  {"address", event.address},
                  {"note", event.note}};
    if (event.times > 1) values.emplace_back("times", std::to_string(event.times));
    if (!event.actor_id.empty() && event.actor_id != event.account_id) {
        values.emplace_back("actor_id", event.actor_id);
        values.emplace_back("actor", shown.actor.value_or(event.actor_id));
    }
    // Of a command, it is who gave it.
    if (!event.device.empty())
        values.emplace_back("device", event.door == "command" ? event.device : device_in_words(visit, event.device));
    return values;
}

void add_admin_event_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/events", admin_route("What happened", http::On::looking_up), show_events);
}

}  // namespace keyhold::pages
