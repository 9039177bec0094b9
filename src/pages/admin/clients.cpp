// SPDX-License-Identifier: Apache-2.0
// /admin/clients: the OAuth clients that are registered here. They are added and changed by `keyhold client`.
#include "domain/clients/client_errors.hpp"
#include "domain/clients/registered_clients.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

// GET /admin/clients
Answer show_clients(const SupportVisit& visit, const http::Query<AdminDone>& way, domain::RegisteredClients& clients) {
    constexpr int on_a_page = 50;
    // One more than is shown, to learn whether there is a next page.
    auto found = clients.list(way->cursor, on_a_page + 1);
    Values values;
    if (found.size() > on_a_page) {
        found.pop_back();
        values.emplace_back("next", encoded(found.back().id));
    }
    if (!way->cursor.empty()) add_first(values, "");
    std::vector<Values> list;
    for (const domain::RegisteredClient& client : found)
        list.push_back({{"path", encoded(client.id)},
                        {"client", client.id},
                        {"name", client.name},
                        {"is_public", client.secret_digest.empty() && !client.proves_itself_by_key()},
                        {"is_own", client.first_party},
                        {"itself", client.registered_itself()},
                        {"since", client.created_at}});
    values.emplace_back("has_clients", !list.empty());
    values.emplace_back("clients", std::move(list));
    values.emplace_back("how", how(visit, {{"admin_clients.add", "keyhold client add ID --redirect-uri URI"},
                                           {"admin_clients.list", "keyhold client list"}}));
    return visit.show("clients", std::move(values));
}

// Words with spaces between them, one below the other.
std::vector<Values> words_of(std::string_view text) {
    std::vector<Values> list;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        if (!word.empty()) list.push_back({{"word", std::string(word)}});
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return list;
}

// GET /admin/clients/{id}: one client as it is registered. It can be changed by the commands that the page shows.
Result<Answer> show_client(const SupportVisit& visit, const http::Path<"id">& id, domain::RegisteredClients& clients) {
    const auto client = clients.find(*id);
    if (!client) return errors::client_not_found;
    const std::string name = quoted_for_shell(client->id);
    return visit.show("client", {{"client", client->id},
                                 {"name", client->name},
                                 {"method", std::string(client->authentication_method())},
                                 {"is_own", client->first_party},
                                 {"itself", client->registered_itself()},
                                 {"since", client->created_at},
                                 {"redirects", words_of(client->redirect_uris)},
                                 {"after_logout", words_of(client->post_logout_redirect_uris)},
                                 {"grants", words_of(client->grants)},
                                 {"scopes", words_of(client->scopes)},
                                 {"backchannel", client->backchannel_logout_uri},
                                 {"algorithm", client->id_token_algorithm},
                                 {"jwks_uri", client->jwks_uri},
                                 {"how", how(visit, {{"admin_client.show", "keyhold client show " + name},
                                                     {"admin_client.rotate", "keyhold client rotate-secret " + name},
                                                     {"admin_client.remove", "keyhold client delete " + name}})}});
}

}  // namespace

void add_admin_client_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/clients", admin_route("The clients", http::On::looking_up), show_clients);
    mount.add(http::Method::get, "/admin/clients/{id}", admin_route("One client", http::On::looking_up), show_client);
}

}  // namespace keyhold::pages
