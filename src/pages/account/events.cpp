// SPDX-License-Identifier: Apache-2.0
// /account/events: what happened to somebody's account, in words.
#include <algorithm>
#include <array>

#include "domain/clients/registered_clients.hpp"
#include "domain/event_chain.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {

bool is_by_another(const store::Event& event) {
    return event.door == "command" || (!event.actor_id.empty() && event.actor_id != event.account_id);
}

namespace {

struct WantedEvents {
    static constexpr std::string_view schema_name = "EventsWay";
    std::string cursor;
};
KEYHOLD_FIELDS(WantedEvents, (cursor, may_be_absent()))

// What happened to an application is told by the name that the person was asked with; by its id, if it is gone.
std::string object_of(const store::Event& event, const domain::RegisteredClients& clients) {
    constexpr std::array of_applications{std::string_view("client_signed_in"), std::string_view("consent_given"),
                                         std::string_view("consent_withdrawn")};
    if (std::ranges::find(of_applications, event.kind) == of_applications.end()) return event.object;
    const auto client = clients.find(event.object);
    return client ? client->name : event.object;
}

std::string in_words(const Visit& visit, const store::Event& event, const domain::RegisteredClients& clients) {
    const std::string key = "event." + event.kind;
    if (!visit.site().templates.has_text(key)) return event.kind;  // a newer Keyhold wrote it
    return visit.text(key, {{"object", object_of(event, clients)}, {"times", std::to_string(event.times)}});
}

Values shown(const Visit& visit, const store::Event& event, const domain::RegisteredClients& clients) {
    Values values{{"what", in_words(visit, event, clients)}, {"at", event.at}};
    if (is_by_another(event)) {
        values.emplace_back("by", visit.text("events.by_another"));
        return values;
    }
    values.emplace_back("address", event.address);
    if (!event.device.empty()) values.emplace_back("device", device_in_words(visit, event.device));
    return values;
}

// GET /account/events
Answer show_own_events(const PersonalVisit& visit, const http::Query<WantedEvents>& wanted, store::EventStore& events,
                       domain::RegisteredClients& clients) {
    constexpr int on_a_page = 20;
    const auto page = events.list({.account = visit.who().account_id(), .before = wanted->cursor, .limit = on_a_page});
    std::vector<Values> list;
    for (const store::ShownEvent& one : page.events) list.push_back(shown(visit, one.event, clients));
    return visit.show("events", {{"events", std::move(list)}, {"next", page.next}});
}

}  // namespace

void add_event_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/account/events", page_route("What happened to my account", http::On::looking_up),
              show_own_events);
}

}  // namespace keyhold::pages
