// SPDX-License-Identifier: Apache-2.0
// /admin/clients: the OAuth clients that are registered here. Owners add them, give them another secret and delete
// them; what else there is to say of one, `keyhold client` says.
#include "base/words.hpp"
#include "domain/clients/client_errors.hpp"
#include "domain/clients/registered_clients.hpp"
#include "domain/keys/id_tokens.hpp"
#include "pages/admin/routes.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

struct NewClientForm {
    static constexpr std::string_view schema_name = "AdminNewClientForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string client_id, client_name, kind = "confidential", redirect_uris, first_party;
};
KEYHOLD_FIELDS(NewClientForm, (client_id, may_be_absent()), (client_name, may_be_absent()),
               (kind, one_of("confidential", "public"), otherwise("confidential")), (redirect_uris, may_be_absent()),
               (first_party, may_be_absent()))

// A page of the list, and what was typed into the form.
Values values_of(const AdminVisit& visit, domain::RegisteredClients& clients, std::string_view cursor,
                 const NewClientForm& typed = {}) {
    constexpr int on_a_page = 50;
    // One more than is shown, to learn whether there is a next page.
    auto found = clients.list(cursor, on_a_page + 1);
    Values values{{"client_id", typed.client_id},
                  {"client_name", typed.client_name},
                  {"is_for_devices", typed.kind == "public"},
                  {"redirect_uris", typed.redirect_uris},
                  {"first_party", !typed.first_party.empty()},
                  {"may_add", visit.level() == Level::owner},
                  {"needs_password", !check_recent(visit)}};
    if (found.size() > on_a_page) {
        found.pop_back();
        values.emplace_back("next", encoded(found.back().id));
    }
    if (!cursor.empty()) add_first(values, "");
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
    const std::string_view wanted = R"({"client_id":"ID","redirect_uris":["URI"]})";
    values.emplace_back("how",
                        how(visit, {{"admin_clients.add", "keyhold client add ID --redirect-uri URI", "POST",
                                     "/admin/api/clients", std::string(wanted)},
                                    {"admin_clients.list", "keyhold client list", "GET", "/admin/api/clients"}}));
    return values;
}

// GET /admin/clients
Answer show_clients(const SupportVisit& visit, const http::Query<AdminDone>& way, domain::RegisteredClients& clients) {
    Values values = values_of(visit, clients, way->cursor);
    add_done(values, visit, "admin_clients", way->done);
    return visit.show("clients", std::move(values));
}

// The ends of lines are CR and LF in a text field (HTML §4.10.21.8).
constexpr std::string_view between_words = " \t\r\n";

// One below the other.
std::vector<Values> list_of_words(std::string_view text) {
    std::vector<Values> list;
    for (const std::string_view word : words_in(text, between_words)) list.push_back({{"word", std::string(word)}});
    return list;
}

// Of the secret that the page was shown with: a form that is sent once more does not replace the one that it made. The
// digest of a secret of 256 random bits tells nobody anything.
std::string version_of_secret(const domain::RegisteredClient& client) {
    constexpr std::size_t enough = 16;
    return client.secret_digest.substr(0, enough);
}

Values values_of(const AdminVisit& visit, const domain::RegisteredClient& client) {
    const std::string name = argument_for_command(client.id), path = "/admin/api/clients/" + encoded(client.id);
    return {
        {"client", client.id},
        {"path", encoded(client.id)},
        {"name", client.name},
        {"method", std::string(client.authentication_method())},
        {"is_own", client.first_party},
        {"itself", client.registered_itself()},
        {"since", client.created_at},
        {"redirects", list_of_words(client.redirect_uris)},
        {"after_logout", list_of_words(client.post_logout_redirect_uris)},
        {"grants", list_of_words(client.grants)},
        {"scopes", list_of_words(client.scopes)},
        {"backchannel", client.backchannel_logout_uri},
        {"algorithm", client.id_token_algorithm},
        {"jwks_uri", client.jwks_uri},
        {"may_remove", visit.level() == Level::owner},
        {"version", version_of_secret(client)},
        {"may_rotate", visit.level() == Level::owner && !client.secret_digest.empty()},
        {"how", how(visit, {{"admin_client.show", "keyhold client show " + name, "GET", path},
                            {"admin_client.rotate", "keyhold client rotate-secret " + name, "POST", path + "/secret"},
                            {"admin_client.remove", "keyhold client delete " + name, "DELETE", path}})}};
}

// GET /admin/clients/{id}: one client as it is registered.
Result<Answer> show_client(const SupportVisit& visit, const http::Path<"id">& id, domain::RegisteredClients& clients) {
    const auto client = clients.find(*id);
    if (!client) return errors::client_not_found;
    return visit.show("client", values_of(visit, *client));
}

// The client's page with what was done to it. The secret is in this answer, once, and nowhere else.
Answer show_with_secret(const OwnerVisit& visit, const domain::RegisteredClient& client, std::string_view done,
                        const Secret& secret) {
    Values values = values_of(visit, client);
    values.emplace_back("done", visit.text(done));
    values.emplace_back("secret", std::string(secret.reveal()));
    return visit.show("client", std::move(values));
}

// POST /admin/clients
Answer add_client(const OwnerForm<NewClientForm>& form, domain::RegisteredClients& clients,
                  domain::IdTokens& id_tokens) {
    const auto& [visit, fields] = form;
    const auto uris = words_in(fields.redirect_uris, between_words);
    const auto made =
        clients.add({.id = fields.client_id,
                     .name = fields.client_name,
                     .kind = fields.kind == "public" ? domain::ClientKind::public_ : domain::ClientKind::confidential,
                     .redirect_uris = {uris.begin(), uris.end()},
                     .first_party = !fields.first_party.empty()});
    if (!made) {
        Values values = values_of(visit, clients, {}, fields);
        if (made.error().errc() == errors::validation_failed)
            values.emplace_back("problem", std::string(made.error().detail()));
        return visit.show_error("clients", std::move(values), made.error());
    }
    id_tokens.prepare_for(made->client);
    return show_with_secret(visit, made->client, "admin_client.made", made->secret);
}

struct ClientAct {
    static constexpr std::string_view schema_name = "AdminClientForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string action, version;
};
KEYHOLD_FIELDS(ClientAct, (action, one_of("rotate", "remove")), (version, may_be_absent()))

// POST /admin/clients/{id}
Result<Answer> change_client(const OwnerForm<ClientAct>& form, const http::Path<"id">& id,
                             domain::RegisteredClients& clients) {
    const auto& [visit, fields] = form;
    if (fields.action == "remove") {
        if (auto removed = clients.remove(*id); !removed) return std::move(removed).error();
        return visit.go_to("/admin/clients?done=removed");
    }
    const auto client = clients.find(*id);
    if (!client) return errors::client_not_found;
    if (fields.version != version_of_secret(*client))
        return visit.show_error("client", values_of(visit, *client), Error(errors::precondition_failed));
    const auto secret = clients.rotate_secret(*id);
    if (!secret) return visit.show_error("client", values_of(visit, *client), secret.error());
    return show_with_secret(visit, clients.find(*id).value_or(*client), "admin_client.rotated", *secret);
}

}  // namespace

void add_admin_client_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/admin/clients", admin_route("The clients", http::On::looking_up), show_clients);
    mount.add(http::Method::get, "/admin/clients/{id}", admin_route("One client", http::On::looking_up), show_client);
    mount.add(http::Method::post, "/admin/clients", admin_route("Add a client", http::On::storing), add_client);
    mount.add(http::Method::post, "/admin/clients/{id}",
              admin_route("Give a client another secret, or delete it", http::On::storing), change_client);
}

}  // namespace keyhold::pages
