// SPDX-License-Identifier: Apache-2.0
// /account/applications: which applications can act for somebody, what they were allowed, and the end of it.
#include "domain/clients/connected_applications.hpp"
#include "domain/words.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {

// A ':' cannot stand in the key of a text, so "read:all" is looked for as scope.read_all.
std::vector<Values> sentences_of_scopes(const Visit& visit, std::string_view scope) {
    std::vector<Values> sentences;
    for (const std::string_view word : words_in(scope)) {
        std::string key = "scope." + std::string(word);
        std::ranges::replace(key, ':', '_');
        const bool is_known = visit.site().templates.has_text(key);
        sentences.push_back({{"sentence", is_known ? visit.text(key) : std::string(word)}});
    }
    return sentences;
}

namespace {

struct ApplicationsWay {
    static constexpr std::string_view schema_name = "ApplicationsWay";
    std::string done;
};
KEYHOLD_FIELDS(ApplicationsWay, (done, may_be_absent()))

// One that was allowed for good, or holds a session; each has its own time.
Values values_of_application(const Visit& visit, const domain::ConnectedApplication& application) {
    const store::ConnectedClient& client = application.client;
    Values values{{"client_id", client.client_id},
                  {"name", application.name},
                  {"scopes", sentences_of_scopes(visit, client.scope)}};
    if (client.allowed_at) values.emplace_back("allowed", *client.allowed_at);
    if (client.used_at) values.emplace_back("used", *client.used_at);
    return values;
}

// GET /account/applications
Answer show_applications(const PersonalVisit& visit, const http::Query<ApplicationsWay>& way,
                         domain::ConnectedApplications& applications) {
    std::vector<Values> list;
    for (const auto& application : applications.list(visit.who().account_id()))
        list.push_back(values_of_application(visit, application));
    Values values{{"is_empty", list.empty()}, {"applications", std::move(list)}};
    if (way->done == "disconnected" && visit.done(way->done))
        values.emplace_back("done", visit.text("applications.done"));
    return visit.show("applications", std::move(values));
}

// The button beside an application.
struct Disconnect {
    static constexpr std::string_view schema_name = "DisconnectForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string client_id;
};
KEYHOLD_FIELDS(Disconnect, (client_id))

// POST /account/applications
Answer disconnect_application(const PersonalForm<Disconnect>& form, domain::ConnectedApplications& applications) {
    const auto& [visit, fields] = form;
    // One that is disconnected already is not there any more either way.
    (void)applications.disconnect(visit.who().account_id(), fields.client_id);
    return visit.go_to("/account/applications?done=disconnected");
}

}  // namespace

void add_application_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/account/applications",
              page_route("The applications that use my account", http::On::storing), show_applications);
    mount.add(http::Method::post, "/account/applications", page_route("Disconnect an application", http::On::storing),
              disconnect_application);
}

}  // namespace keyhold::pages
