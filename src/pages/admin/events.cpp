// SPDX-License-Identifier: Apache-2.0
// /admin/events: what happened, newest first, by account, by who did it, by kind and by time.
#include <chrono>
#include <cstdint>
#include <tuple>

#include "base/integer.hpp"
#include "domain/accounts/administration.hpp"
#include "domain/errors.hpp"
#include "domain/event_chain.hpp"
#include "pages/admin/live_events.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

struct EventSearch {
    static constexpr std::string_view schema_name = "AdminEventsWay";
    std::string account, actor, kind, since, until, cursor;
};
KEYHOLD_FIELDS(EventSearch, (account, may_be_absent()), (actor, may_be_absent()), (kind, may_be_absent()),
               (since, may_be_absent()), (until, may_be_absent()), (cursor, may_be_absent()))

std::string sentence_of(const Visit& visit, std::string_view kind) {
    return word_of_code(visit, "admin_event", std::string(kind));
}

// What happened to a mail has the kind of the mail for a reason.
std::string reason_in_words(const Visit& visit, const store::Event& event) {
    const bool is_of_mail = event.kind == "mail_dropped" || event.kind == "mail_retried";
    return word_of_code(visit, is_of_mail ? "admin_mail" : "admin_reason", event.reason);
}

// Of a command "keyhold role grant, by root": who gave it is said in the language of the page.
std::string command_in_words(const Visit& visit, std::string device) {
    constexpr std::string_view by = ", by ";
    if (const std::size_t at = device.rfind(by); at != device.npos)
        device.replace(at, by.size(), ", " + visit.text("admin_events.by") + " ");
    return device;
}

std::vector<Values> kinds(const Visit& visit, std::string_view chosen) {
    std::vector<Values> list;
    for (const store::EventKind& kind : store::event_kinds)
        list.push_back({{"value", std::string(kind.code)},
                        {"label", sentence_of(visit, kind.code)},
                        {"chosen", kind.code == chosen}});
    return list;
}

// By its id, its name or its address; what is none of them finds nothing.
// A name that is an id of somebody finds that one, as events hold ids.
std::string id_in(std::string_view text, domain::Accounts& accounts) {
    if (text.empty() || accounts.find_by_id(text)) return std::string(text);
    const auto found = accounts.find(text);
    return found ? found->id : std::string(text);
}

std::string query_of(const EventSearch& search, std::string_view cursor) {
    return query_with({{"account", search.account},
                       {"actor", search.actor},
                       {"kind", search.kind},
                       {"since", search.since},
                       {"until", search.until},
                       {"cursor", cursor}});
}

// The search by the command and by the API, which takes ids and moments.
SameThing same_search(const EventSearch& search, std::string_view account, std::string_view actor,
                      const std::optional<Time>& since, const std::optional<Time>& until) {
    const std::string from = since ? rfc3339(*since) : std::string(), to = until ? rfc3339(*until) : std::string();
    const std::string query =
        query_with({{"account", account}, {"actor", actor}, {"kind", search.kind}, {"since", from}, {"until", to}});
    return {"admin_events.list",
            "keyhold event list" + option_for_command("--account", search.account) +
                option_for_command("--by", search.actor) + option_for_command("--kind", search.kind) +
                option_for_command("--since", from) + option_for_command("--until", to),
            "GET", "/admin/api/events" + (query.empty() ? query : "?" + query)};
}

// What is told to whoever goes on looking: the same search, behind what the page shows.
// `end`: the last event of the chain that the page may show.
void add_stream(Values& values, const EventSearch& wanted, std::int64_t end) {
    EventSearch same = wanted;
    // What comes from now on is later than any beginning.
    same.since.clear();
    std::string query = query_of(same, "");
    if (!query.empty()) query += '&';
    values.emplace_back("stream", query + "after=" + std::to_string(end));
    values.emplace_back("again", query_of(wanted, ""));
}

// What the list reads by a join of tables is looked up one by one here: few events come at a time.
store::ShownEvent with_names(store::Event event, domain::Accounts& accounts) {
    const auto name_of = [&](const std::string& id) -> std::optional<std::string> {
        const auto account = id.empty() ? std::nullopt : accounts.find_by_id(id);
        return account ? std::optional(account->username) : std::nullopt;
    };
    auto account = name_of(event.account_id), actor = name_of(event.actor_id);
    return {std::move(event), std::move(account), std::move(actor)};
}

// WHATWG HTML §9.2.5: each line of the data has the field's name in front, and an empty line ends the event.
void append_event(std::string& out, std::int64_t id, std::string_view data) {
    out.append("id: ").append(std::to_string(id)).append("\n");
    while (!data.empty()) {
        const std::string_view line = data.substr(0, data.find('\n'));
        data.remove_prefix(std::min(line.size() + 1, data.size()));
        out.append("data: ").append(line).append("\n");
    }
    out += '\n';
}

// GET /admin/events
Answer show_events(const SupportVisit& visit, const http::Query<EventSearch>& wanted, domain::Accounts& accounts,
                   store::EventStore& events) {
    constexpr int on_a_page = 50;
    const std::int64_t end = events.end().sequence;  // before the list: what is in both is shown once
    const std::string account = id_in(wanted->account, accounts), actor = id_in(wanted->actor, accounts);
    const auto since = parse_day_or_time(wanted->since), until = parse_day_or_time(wanted->until);
    std::vector<FieldError> wrong;
    for (const auto& [field, text, time] :
         {std::tuple("since", &wanted->since, since), std::tuple("until", &wanted->until, until)})
        if (!text->empty() && !time)
            wrong.push_back({"value_error", {"query", field}, visit.text("admin_events.no_day"), std::nullopt});
    store::EventPage page;
    if (wrong.empty())
        page = events.list({.account = account,
                            .actor = actor,
                            .kind = wanted->kind,
                            .before = wanted->cursor,
                            .since = since,
                            .until = until,
                            .limit = on_a_page});
    std::vector<Values> list;
    for (const store::ShownEvent& one : page.events) list.push_back(shown_event(visit, one));
    Values values{{"account", wanted->account},
                  {"actor", wanted->actor},
                  {"kinds", kinds(visit, wanted->kind)},
                  {"since", wanted->since},
                  {"until", wanted->until},
                  {"has_events", !list.empty()},
                  {"events", std::move(list)},
                  {"how", how(visit, {same_search(*wanted, account, actor, since, until)})}};
    if (!page.next.empty()) values.emplace_back("next", query_of(*wanted, page.next));
    if (!wanted->cursor.empty()) add_first(values, query_of(*wanted, ""));
    if (!wrong.empty())
        return visit.show_error("events", std::move(values), Error(errors::validation_failed, std::move(wrong)));
    // Only the first page of a search without an end: elsewhere nothing new can come.
    const bool is_live = wanted->cursor.empty() && wanted->until.empty();
    if (is_live) add_stream(values, *wanted, end);
    return visit.show("events", std::move(values));
}

struct Listening {
    static constexpr std::string_view schema_name = "AdminEventsStream";
    std::string account, actor, kind;
    std::optional<std::int64_t> after;
};
KEYHOLD_FIELDS(Listening, (account, may_be_absent()), (actor, may_be_absent()), (kind, may_be_absent()), (after))

// GET /admin/events/stream: what happened since the page was shown, as server-sent events (WHATWG HTML §9.2). Each
// answer ends with what there is, or after a while with nothing, and the browser asks again for what comes behind it.
EventStream tell_events(const SupportVisit& visit, const http::Query<Listening>& wanted, domain::Accounts& accounts,
                        store::EventStore& events, LiveEvents& live) {
    constexpr std::chrono::seconds at_most{25};  // proxies close what says nothing for half a minute
    constexpr int at_once = 200;
    // Before the events are read: one that is sealed in between ends the wait at once.
    const std::uint64_t moment = live.watchers.moment();
    // Sent by the browser when it asks again (§9.2.4), and newer than what the address says.
    const auto heard = visit.request().find("Last-Event-ID");
    const auto last_heard = heard ? parse_integer<std::int64_t>(*heard) : wanted->after;
    std::int64_t last = last_heard ? *last_heard : events.end().sequence;
    const auto is_wanted = [&, account = id_in(wanted->account, accounts),
                            actor = id_in(wanted->actor, accounts)](const store::Event& event) {
        return (account.empty() || event.account_id == account) && (actor.empty() || event.actor_id == actor) &&
               (wanted->kind.empty() || event.kind == wanted->kind);
    };
    std::string told;
    auto found = events.after(last, at_once);
    for (store::Event& event : found) {
        last = event.sequence.value_or(last);
        if (!is_wanted(event)) continue;
        Values row = shown_event(visit, with_names(std::move(event), accounts));
        // The row stands in that page, whose links are relative to it.
        row.emplace_back("root", reference("/admin/events", "/"));
        append_event(told, last, visit.site().templates.render_part("admin_event_row", visit.language().code, row));
    }
    // Holds no thread (http/connection/wait_list.hpp).
    if (told.empty() && found.size() < at_once) live.watchers.wait(moment, at_most);
    // Milliseconds until the browser asks again. The last id goes along also where no event was wanted, so that they
    // are not read once more.
    return {"retry: 1000\n\n" + told + "id: " + std::to_string(last) + "\n\n"};
}

}  // namespace

Values shown_event(const Visit& visit, const store::ShownEvent& shown) {
    const store::Event& event = shown.event;
    Values values{{"at", event.at},
                  {"event", event.id},
                  {"sentence", sentence_of(visit, event.kind)},
                  {"kind", event.kind},
                  {"about_id", event.account_id},
                  {"about", shown.account.value_or(event.account_id)},
                  {"door", word_of_code(visit, "admin_door", event.door)},
                  {"object", event.object},
                  {"reason", reason_in_words(visit, event)},
                  {"address", event.address},
                  {"note", event.note}};
    if (event.times > 1) values.emplace_back("times", std::to_string(event.times));
    if (!event.actor_id.empty() && event.actor_id != event.account_id) {
        values.emplace_back("actor_id", event.actor_id);
        values.emplace_back("actor", shown.actor.value_or(event.actor_id));
    }
    if (!event.device.empty())
        values.emplace_back("device", event.door == "command" ? command_in_words(visit, event.device)
                                                              : device_in_words(visit, event.device));
    return values;
}

void add_admin_event_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/events", admin_route("What happened", http::On::looking_up), show_events);
    auto stream = admin_route("What happens", http::On::looking_up);
    stream.no_store = true;
    mount.add(http::Method::get, "/admin/events/stream", stream, tell_events);
}

}  // namespace keyhold::pages
